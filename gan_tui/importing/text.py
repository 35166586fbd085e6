"""Tables (CSV, tabs) and JSON lines, as they grow."""

import csv
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from gan_tui.errors import UserError
from gan_tui.files import open_regular
from gan_tui.importing.rows import Row, flat, row_of

AT_ONCE = 1 << 20
"""Bytes that are read together."""
LONGEST = 1 << 20
"""Bytes of a line; what is longer is none of ours."""
DELIMITERS = ",\t;"
_DECIMAL_COMMA = re.compile(r"\s*[+-]?\d*,\d+(?:[eE][+-]?\d+)?\s*")
"""Of a number in a table whose columns a semicolon parts, as half of Europe's spreadsheets write it."""


class Lines:
    """The whole lines of a file, from where it was read last."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._inode = 0
        self._beginning = b""
        self.began_anew = False
        """The last read found the file replaced or cut: what was read of it before is no more."""

    def read(self) -> list[str]:
        """Those that are new, at most about AT_ONCE bytes; raises OSError, and ValueError for what is no regular file."""
        with open_regular(self.path) as file:
            status = os.fstat(file.fileno())
            head = os.pread(file.fileno(), len(self._beginning) or 256, 0)
            self.began_anew = bool(self._offset) and (
                status.st_size < self._offset or status.st_ino != self._inode or head != self._beginning
            )
            if self.began_anew or not self._offset:
                self._offset, self._beginning = 0, head
            self._inode = status.st_ino
            data = os.pread(file.fileno(), AT_ONCE, self._offset)
        end = data.rfind(b"\n") + 1
        if not end and len(data) >= LONGEST:
            end = len(data)
        text = data[:end].decode("utf-8", "replace")
        if not self._offset:
            self._beginning = data[: min(256, end)]
            text = text.removeprefix("\ufeff")  # of UTF-8, as Windows writes it
        self._offset += end
        return [line for line in text.splitlines() if line.strip()]


class Table:
    """A file with a header, as Lightning's and Keras' CSVLogger write it."""

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path)
        self._names: list[str] = []
        self._delimiter = ","
        self.began_anew = False

    def read(self) -> Iterator[Row]:
        """New rows. Raises OSError, and UserError for a file that is no table."""
        lines = self._lines.read()
        if self._lines.began_anew:
            self._names, self.began_anew = [], True
        for line in lines:
            if not self._names:
                self._begin(line)
                continue
            cells = _cells(line, self._delimiter)
            if self._delimiter == ";":
                cells = [cell.replace(",", ".") if _DECIMAL_COMMA.fullmatch(cell) else cell for cell in cells]
            if cells and cells[0].strip() == self._names[0] and row_of(zip(cells, cells, strict=True)) is None:
                self._begin(line)  # the header once more, perhaps with a column that has come
                continue
            if (row := row_of(zip(self._names, cells, strict=False))) is not None:
                yield row

    def _begin(self, line: str) -> None:
        self._delimiter = max(DELIMITERS, key=line.count)
        names = [name.strip() for name in _cells(line, self._delimiter)]
        if not any(name and row_of([(name, name)]) is None for name in names):
            raise UserError(f"{self._lines.path} has no header: its first line gives the columns no names")
        self._names = names


def _cells(line: str, delimiter: str) -> list[str]:
    """Of any length: Python's own limit, at an eighth of a line's, is one for the whole process."""
    limit = csv.field_size_limit(LONGEST)
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    finally:
        csv.field_size_limit(limit)


class JsonLines:
    """A JSON object a line, as StyleGAN's stats.jsonl."""

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path)
        self._fits = False
        self.began_anew = False

    def read(self) -> Iterator[Row]:
        """New rows. Raises OSError, and UserError for a file that has none."""
        lines = self._lines.read()
        self.began_anew = self.began_anew or self._lines.began_anew
        for line in lines:
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                found = None
            if isinstance(found, dict):
                self._fits = True
                if (row := row_of(flat(found))) is not None:
                    yield row
            elif not self._fits:
                raise UserError(f"{self._lines.path} is no file of JSON lines: its first line is no object")
