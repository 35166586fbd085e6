"""Which class each image of a folder is of: by its sub-folder, or by a list of labels (CSV: file name, class)."""

import csv
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePath
from typing import NamedTuple

from gan_tui.byte_paths import shown
from gan_tui.config import MOST_CLASSES
from gan_tui.counted import counted
from gan_tui.errors import SettingsError

LABELS = "labels.csv"
"""A list of labels that lies in the folder itself."""
LARGEST = 1 << 26
"""Bytes of such a list."""
LONGEST = 80
"""Characters of a class's name."""
NAMED = 20
"""Classes that are named with their counts in the line that says what was found."""
DELIMITERS = ",;\t"


class Classes(NamedTuple):
    """What was found."""

    names: tuple[str, ...]
    """In the order of their numbers."""
    of: Mapping[str, int]
    """The number of the class of each image that has one."""
    notes: tuple[str, ...]


def find(images: Sequence[str], listed: bytes | None, where: str, known: Sequence[str] = ()) -> Classes:
    """The classes of `images`, names relative to their folder: as a list of labels says, or their sub-folders without one.

    Where all lie below one sub-folder, those in it count. `listed`: the content of the list. `where`: its name, or the folder's, for
    messages. `known`: the classes that there are to be, in their order; images of others have none. Raises SettingsError.
    """
    found, notes = (_by_list(images, listed, where)) if listed is not None else (_by_folder(images), [])
    names = tuple(known) or _in_order(set(found.values()))
    numbers = {name: number for number, name in enumerate(names)}
    of = {image: numbers[name] for image, name in found.items() if name in numbers}
    counts = Counter(of.values())
    if len(names) < 2:
        there = f"all images are of one class, {shown(names[0], LONGEST)}" if names else "the images lie in no sub-folders"
        there += "".join(f"; {note}" for note in notes)
        raise SettingsError(
            f"model.conditional = true is not allowed: {there} ({where}): put each class into a sub-folder of its own, "
            f"or list them (file name, class) in {LABELS} or --labels FILE"
        )
    if len(names) > MOST_CLASSES:
        raise SettingsError(f"there are {len(names):,} classes ({where}), and {MOST_CLASSES:,} are the most: is the class in column two?")
    if empty := [name for number, name in enumerate(names) if not counts[number]]:
        raise SettingsError(f"no image is of the class {shown(empty[0], LONGEST)} of data.classes ({where})")
    said = [f"{name} {counts[number]:,}" for number, name in enumerate(names[:NAMED])]
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return Classes(names, of, (f"{counted(len(names), 'class', 'classes')} found: {', '.join(said)}{more}", *notes))


def _by_folder(images: Sequence[str]) -> dict[str, str]:
    rows = [image.split("/") for image in images]
    while all(len(row) > 1 for row in rows) and len({row[0] for row in rows}) == 1 and any(len(row) > 2 for row in rows):
        rows = [row[1:] for row in rows]
    return {image: shown(row[0], LONGEST) for image, row in zip(images, rows, strict=True) if len(row) > 1}


def _in_order(names: set[str]) -> tuple[str, ...]:
    """Numbers by their value, other names by the alphabet."""
    if all(name.isdecimal() and name.isascii() for name in names):
        return tuple(sorted(names, key=lambda name: (int(name), name)))
    return tuple(sorted(names))


def _by_list(images: Sequence[str], listed: bytes, where: str) -> tuple[dict[str, str], list[str]]:
    """The class of each image, and notes. The first line may be a header: then it names no image."""
    known, found, lines = _Names(images), dict[str, str](), dict[str, int]()
    unknown, of_several = list[str](), list[str]()
    for line, name, label in _rows(listed, where):
        image = known.find(name)
        if image is None:
            if known.are_several(name):
                of_several.append(name)
            elif line > 1:
                unknown.append(name)
        elif found.setdefault(image, label) != label:
            first = f"{shown(found[image], LONGEST)} in line {lines[image]}"
            raise SettingsError(f"{where}, line {line}: {shown(image)} is {shown(label, LONGEST)}, and was {first}")
        else:
            lines.setdefault(image, line)
    if not found:
        example = f", such as {shown(unknown[0])}" if unknown else _lines_that("fit several images", of_several, where, "; ")
        raise SettingsError(f"{where} names none of the {len(images):,} images{example}: a line is: file name, class")
    notes = (
        _lines_that("name no image that was found", unknown, where),
        _lines_that("fit several images (write their path in the folder)", of_several, where),
    )
    return found, [note for note in notes if note]


def _lines_that(do_what: str, names: Sequence[str], where: str, before: str = "") -> str:
    """Empty where there are none."""
    which = ", ".join(shown(name, LONGEST) for name in names[:3]) + (", ..." if len(names) > 3 else "")
    return f"{before}lines of {where} that {do_what}: {len(names):,} ({which})" if names else ""


class _Names:
    """Images by their path, and by their file name, or that without its ending, where only one is called so."""

    def __init__(self, images: Sequence[str]) -> None:
        self._paths = set(images)
        self._short: dict[str, str | None] = {}
        for image in images:
            path = PurePath(image)
            for short in {path.name, path.stem, str(path.with_suffix(""))}:
                self._short[short] = None if short in self._short else image

    def find(self, name: str) -> str | None:
        name = self._plain(name)
        return name if name in self._paths else self._short.get(name)

    def are_several(self, name: str) -> bool:
        name = self._plain(name)
        return name not in self._paths and name in self._short and self._short[name] is None

    @staticmethod
    def _plain(name: str) -> str:
        return name.strip().replace("\\", "/").removeprefix("./")


def _rows(listed: bytes, where: str) -> Iterator[tuple[int, str, str]]:
    """(line, file name, class). Raises SettingsError."""
    try:
        text = listed.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise SettingsError(f"{where} is no UTF-8 text: save it as CSV, file name and class in each line") from None
    first = text.partition("\n")[0]
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) < 2 or not row[1].strip():
                raise SettingsError(
                    f"{where}, line {reader.line_num}: a file name and a class are wanted, not {shown(' '.join(row), 60)!r}"
                )
            yield reader.line_num, row[0], shown(row[1].strip(), LONGEST)
    except csv.Error as error:
        raise SettingsError(f"{where}, line {reader.line_num}: {error}") from None
