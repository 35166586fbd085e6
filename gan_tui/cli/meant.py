"""What is said of a word that is no command: which one is near, or which does what the word says."""

from collections.abc import Iterable

from gan_tui.nearest import perhaps
from gan_tui.printable import printable, shortened
from gan_tui.spec.commands import COMMANDS

LONGEST = 60
"""Characters of a word that are said again."""
_LISTS = "`gan-tui runs` lists the runs"
_DELETES = "the key d in `gan-tui runs` deletes a run"
_SHOWS = "`gan-tui attach` shows a run that is being trained, `gan-tui watch RUN` any other"
MEANT = {
    "compare": "`gan-tui plot RUN RUN` compares runs, and the key c in `gan-tui runs` those that are marked",
    "dashboard": _SHOWS,
    "delete": _DELETES,
    "dataset": "`gan-tui train --help` lists what is trained on",
    "datasets": "`gan-tui train --help` lists what is trained on",
    "fid": "`gan-tui evaluate RUN` measures the Frechet distance",
    "generate": "`gan-tui sample RUN` draws images",
    "help": "`gan-tui --help` lists the commands, `gan-tui COMMAND --help` explains one",
    "list": _LISTS,
    "log": _SHOWS,
    "logs": _SHOWS,
    "ls": _LISTS,
    "open": _SHOWS,
    "remove": _DELETES,
    "rm": _DELETES,
    "search": "`gan-tui sweep --trials N` searches settings",
    "show": _SHOWS,
    "start": "`gan-tui train` starts a run",
    "tune": "`gan-tui sweep --trials N` searches settings",
    "version": "`gan-tui --version` says it",
}
"""What other programs call it."""


def no_command(word: str, names: Iterable[str]) -> str:
    """The line for a word that none of the commands `names` is."""
    said = printable(shortened(word, LONGEST))
    if word in MEANT:
        return f"there is no command '{said}': {MEANT[word]}"
    if word in COMMANDS:
        return f"there is no command '{said}': `gan-tui control RUN {word}` does that to a run"
    if word.endswith(".py"):
        return f"there is no command '{said}': `gan-tui run {said}` runs a script"
    return f"there is no command '{said}'{perhaps(word, names)}: `gan-tui --help` lists them"
