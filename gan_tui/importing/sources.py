"""What lies at a path, and how it is read."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Protocol

from gan_tui.errors import UserError, reason_of
from gan_tui.file_kinds import HEAD, how_to_make_plain
from gan_tui.files import open_regular
from gan_tui.importing.rows import Row
from gan_tui.importing.tensorboard import TensorBoard, runs_below
from gan_tui.importing.text import JsonLines, Table

TABLES = (".csv", ".tsv")
JSON = (".jsonl", ".ndjson")
KNOWN = ("stats.jsonl", "metrics.csv", "progress.csv", "training.csv", "log.csv", "metrics.jsonl", "training_log.csv")
"""Names of files that are looked for in a folder; where there is one, others there are not numbers of a training."""
MOST = 200
"""Runs of a folder."""
LOOKED_AT = 64 << 10
"""Bytes of a file in which there should be a number."""


class Reader(Protocol):
    """What reads it."""

    began_anew: bool
    """Forget what was read before the next row; it stays until the one who has done so sets it back."""

    def read(self) -> Iterator[Row]:
        """What is new. Raises OSError, UserError, and ValueError for what is no regular file."""


class Source(NamedTuple):
    """One run of another program."""

    path: Path
    name: str
    pictures: str
    """Files beside it that are its samples, as a shell's pattern; empty: none."""

    def reader(self) -> Reader:
        """Raises UserError for what cannot be read."""
        if self.path.is_dir():
            return TensorBoard(self.path)
        return Table(self.path) if self.path.suffix.lower() in TABLES else JsonLines(self.path)


def check(source: Source) -> None:
    """Before a screen is opened: can it be read, and are there numbers in it? Raises UserError. An empty file may be written yet."""
    reader = source.reader()
    if source.path.is_dir():
        return
    _refuse_what_is_not_plain(source.path)
    try:
        found = next(iter(reader.read()), None)
        with open_regular(source.path) as file:
            start = file.read(LOOKED_AT)
    except OSError as error:
        raise UserError(f"{source.path} cannot be read: {reason_of(error)}") from None
    except ValueError as error:
        raise UserError(f"{source.path} cannot be read: {error}") from None
    if b"\0" in start and (found is None or not _is_text(start)):
        raise UserError(f"{source.path} is a binary file, no table: a .csv, .tsv or .jsonl file is text")
    head = start if found is None else b""
    if head and b"\n" not in head:
        raise UserError(f"{source.path} has no whole line: a table begins with its header, and JSON lines with an object")
    if head.count(b"\n") > 1:
        raise UserError(f"{source.path} has no numbers: below its first line there are only words")


def _is_text(start: bytes) -> bool:
    """Zeros are that as well: a crash of the machine leaves them in a file that was being written."""
    text = start.decode("utf-8", "replace")
    return "\ufffd" not in text[:-1]  # the last character may be cut


def sources_at(path: Path) -> list[Source]:
    """All that can be read there. Raises UserError that says what could."""
    if not path.is_dir() and not path.is_file():
        raise UserError(f"{path} is neither a file nor a folder that can be watched")
    if path.is_file():
        _refuse_what_is_not_plain(path)
        if path.suffix.lower() in TABLES + JSON:
            return [_file(path)]
        if "tfevents" in path.name:
            return [Source(path.parent, path.parent.name, "")]
        printed = f"; `gan-tui run --dry-run {shlex.quote(str(path))}` reads what a script has printed"
        raise UserError(f"{path} is no file that can be watched: .csv, .tsv and .jsonl can, and folders of TensorBoard{printed}")
    if found := runs_below(path)[:MOST]:
        return [Source(folder, "-".join(folder.relative_to(path.parent).parts) or folder.name, "") for folder in found]
    named = [path / name for name in KNOWN if (path / name).is_file()]
    there = named or sorted(file for file in path.iterdir() if file.is_file() and file.suffix.lower() in TABLES + JSON)
    if len(there) > 1:
        return [_file(file)._replace(name=file.name) for file in there[:MOST]]
    if there:
        return [_file(there[0])]
    for file in sorted(file for file in path.iterdir() if _may_be_packed(file))[:MOST]:
        _refuse_what_is_not_plain(file)
    raise UserError(f"{path} holds nothing that can be watched: neither a run, nor TensorBoard's event files, nor a .csv or .jsonl file")


def _may_be_packed(path: Path) -> bool:
    """Is it called like what can be watched, with another ending behind that? Of other archives in a folder nothing is known."""
    return path.is_file() and (path.with_suffix("").suffix.lower() in TABLES + JSON or "tfevents" in path.name)


def _refuse_what_is_not_plain(path: Path) -> None:
    """Raises UserError for a compressed file, and for text that is not UTF-8, whatever it is called."""
    try:
        with open_regular(path) as file:
            said = how_to_make_plain(path, file.read(HEAD))
    except (OSError, ValueError):
        return  # whoever reads it says so
    if said:
        raise UserError(f"{path} cannot be watched: {said}")


def _file(path: Path) -> Source:
    """With StyleGAN's pictures, where they lie beside it."""
    fakes = path.name == "stats.jsonl" and any(path.parent.glob("fakes*.png"))
    return Source(
        path, path.stem if path.stem not in ("metrics", "stats", "log") else path.absolute().parent.name, "*.png" if fakes else ""
    )
