"""Code of a person's own that settings name, `package.module:name`: found in the working directory or where libraries are, and imported.

Nothing is imported because a file says so. A run, a preset or a `run.toml` may come from elsewhere, and an import runs what it finds.
So only what a person has named on a command line (`--model`, `--loss`, `--set`), or a program in its own settings, is ever imported: the
setting, the name and the file that it was found in are remembered, and all must be the same the next time.
"""

import importlib
import importlib.util
import sys
import traceback
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import msgspec

from gan_tui import memory
from gan_tui.errors import SettingsError, first_line, reason_of
from gan_tui.files import read_at_most, write_atomic

RECORD = "own-code.json"
LARGEST = 1 << 20
"""Bytes of the record."""


class Option(NamedTuple):
    """What allows code on a command line."""

    name: str
    where: str
    """The commands that take it, in words."""


OPTIONS = {
    "model.family": Option("--model", "sample, evaluate, export, resume and train take that"),
    "loss.name": Option("--loss", "evaluate, resume and train take that"),
}
"""By the settings that may name code."""
_named: set[tuple[str, str, str]] = set()
"""Setting, name and file, by this process: a factory of networks is no loss."""


def is_own(name: str) -> bool:
    """Is it code that is named, and nothing of gan-tui's?"""
    return ":" in name


def file_of(setting: str, name: str) -> Path:
    """Where the outermost package of `name` lies; nothing is imported for that. Raises SettingsError where there is none."""
    top = name.partition(":")[0].partition(".")[0]
    here = str(Path.cwd())
    try:
        found = importlib.util.find_spec(top) or PathFinder.find_spec(top, [here])
    except (ImportError, ValueError, AttributeError):  # what is there is no module that can be found again
        found = None
    places = [found.origin, *(found.submodule_search_locations or ())] if found is not None else []
    place = next((place for place in places if place and Path(place).exists()), None)
    if place is None:
        nowhere = f"there is no module `{top}` in {here}, nor among what is installed"
        raise SettingsError(f"{setting} = {name}: {nowhere}: start gan-tui in the folder where it lies")
    return Path(place).resolve()


def allow(setting: str, name: str) -> None:
    """A person has said that this is to be imported: remember it. Raises SettingsError where it is not to be found."""
    triple = (setting, name, str(file_of(setting, name)))
    _named.add(triple)
    known = _remembered()
    if triple not in known:
        record = memory.file_of(RECORD)
        try:
            record.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(record, msgspec.json.encode(sorted({*known, triple})), durable=False)
        except OSError as error:
            raise SettingsError(f"{record} cannot be written ({reason_of(error)}), and {name} must be remembered there") from None


def _remembered() -> set[tuple[str, str, str]]:
    try:
        return msgspec.json.decode(read_at_most(memory.file_of(RECORD), LARGEST), type=set[tuple[str, str, str]])
    except (OSError, ValueError):  # msgspec's errors are ValueErrors
        return set()


def load(setting: str, name: str) -> Any:
    """What `name` means, imported. Raises SettingsError where the user has not named it yet, and where it cannot be imported."""
    file = file_of(setting, name)
    if (setting, name, str(file)) not in _named | _remembered():
        option = OPTIONS[setting]
        raise SettingsError(
            f"{setting} = {name} is not run unasked: read {file}, then allow it with `{option.name} {name}` ({option.where})"
        )
    module, _, attribute = name.partition(":")
    here = str(Path.cwd())
    if here not in sys.path and importlib.util.find_spec(module.partition(".")[0]) is None:
        sys.path.append(here)  # at the end: a file of its own there must not be taken for a library's
        importlib.invalidate_caches()
    try:
        found = importlib.import_module(module)
    except (Exception, SystemExit) as error:  # whatever a person's module raises
        fail(f"{setting} = {name}: {module} cannot be imported", error)
    try:
        return getattr(found, attribute)
    except AttributeError:
        raise SettingsError(f"{setting} = {name}: {found.__file__ or file} has no `{attribute}`") from None


def fail(what: str, error: BaseException) -> NoReturn:
    """Raises SettingsError with what a person's code has raised, and the line of theirs in which it did."""
    here = str(Path(__file__).parent)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith((here, "<"))]
    own = [frame for frame in frames if "site-packages" not in frame.filename and "importlib" not in frame.filename]
    where = f" ({own[-1].filename}, line {own[-1].lineno})" if own else ""
    raise SettingsError(f"{what}: {type(error).__name__}: {first_line(error)}{where}") from None
