"""Which of some names somebody meant who typed another one."""

from collections.abc import Iterable

MOST = 3
ALIKE = 0.7
"""Share of signs that two words have in common, in order, from which on one may be meant for the other."""

EDITS = 3
"""Signs of a word for each of which one may be wrong: of three one, of six two."""

ABOUT_AS = 0.1
"""As alike as the likeliest, as far as that can be told."""

SECTION = 0.3
"""How much the section counts, where one was typed."""

BEGINNING = 3
"""Signs of a word that may be the beginning of a name, or all of it in another order: `wat` for `watch`, `mpl` for `mlp`."""

LONGEST = 60
"""Signs of a word that are looked at: no name has more, and the time grows with them."""


def nearest(word: str, names: Iterable[str]) -> list[str]:
    """The likeliest first, at most three; none where none is alike.

    Of `section.key` the key is what counts, and a part of it as well: `lr` means `optimizer.d_lr` and `optimizer.g_lr`, and `vae-2` a run
    `20261128-114234-vae-2`.
    """
    from difflib import SequenceMatcher  # a mistake can wait for it, and a start cannot

    said = word[:LONGEST].casefold().strip("'\" -")
    last = said.rpartition(".")[2]

    def likeness(name: str) -> float:
        key = name.rpartition(".")[2].casefold()
        if last and last == key:
            return 3
        if last and f"_{last}_".replace("-", "_") in f"_{key}_".replace("-", "_"):
            return 2
        if key in last.replace("-", "_").split("_"):
            return 1
        compared = SequenceMatcher(None, last, key)
        wrong = sum(max(a2 - a1, b2 - b1) for tag, a1, a2, b1, b2 in compared.get_opcodes() if tag != "equal")
        meant = len(last) >= BEGINNING and (key.startswith(last) or sorted(last) == sorted(key))
        if wrong > max(1, len(last) // EDITS) and not meant:
            return 0
        alike = max(compared.ratio(), ALIKE * meant)
        if "." in said and "." in name:
            alike = (1 - SECTION) * alike + SECTION * SequenceMatcher(None, said.rpartition(".")[0], name.rpartition(".")[0]).ratio()
        return alike

    found = sorted(((likeness(name), name) for name in dict.fromkeys(names)), key=lambda one: -one[0])
    best = found[0][0] if found else 0.0
    return [name for score, name in found if score >= max(ALIKE, best - ABOUT_AS)][:MOST]


def perhaps(word: str, names: Iterable[str]) -> str:
    """` (optimizer.d_lr or optimizer.g_lr?)`, to stand behind an unknown word; empty where no name is alike."""
    found = nearest(word, names)
    return f" ({' or '.join(found)}?)" if found else ""
