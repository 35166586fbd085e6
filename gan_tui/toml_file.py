"""A TOML file that was written by hand: read within bounds, and each mistake in it named with its line."""

import re
import tomllib
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple, Self

from gan_tui.errors import DamagedError, UserError, reason_of
from gan_tui.files import read_at_most, read_pipe

PIPE_SECONDS = 20.0
"""How long a pipe is waited for."""
LONGEST_REASON = 120
"""Characters of what the parser says."""
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"""\s*([\w.\-"' ]+?)\s*=""")


class TomlFile(NamedTuple):
    """What a file holds."""

    path: Path
    table: dict[str, Any]
    text: str

    @classmethod
    def of(cls, path: Path, text: str) -> Self:
        """A file that was read elsewhere. Raises ValueError."""
        return cls(path, deepcopy(_table(text)), text)

    def place(self, key: str) -> str:
        """Where `section.key` stands, as an error says it: the path, and the line where one is found."""
        line = _line_of(self.text, _parts(key))
        return f"{self.path}, line {line}" if line else str(self.path)


@lru_cache(maxsize=16)
def _table(text: str) -> dict[str, Any]:
    """Parsed once: a screen asks for the settings of its run from a dozen places as it opens."""
    return tomllib.loads(text)


def read_toml(path: Path, limit: int, what: str, *, pipes: bool = False) -> TomlFile:
    """A file of at most `limit` bytes; `pipes` are welcome where a person names the file: `--config <(...)`.

    Raises DamagedError, and UserError where it may be whole but cannot be read; both call it `what`, for instance "settings file".
    """
    try:
        content = read_pipe(path, limit, PIPE_SECONDS) if pipes else read_at_most(path, limit)
    except OSError as error:
        kind = DamagedError if isinstance(error, FileNotFoundError | IsADirectoryError) else UserError
        raise kind(f"cannot read the {what} {path}: {reason_of(error)}") from None
    except ValueError as error:
        raise DamagedError(f"cannot read the {what} {path}: {error}") from None
    try:
        return TomlFile.of(path, content.decode("utf-8-sig"))  # Windows begins a file with a mark
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DamagedError(f"the {what} {path} is not valid TOML: line {line} is not UTF-8") from None
    except RecursionError:
        raise DamagedError(f"the {what} {path} is nested too deeply, {_deepest(content)}: a key may have a few dots") from None
    except ValueError as error:  # what tomllib makes of junk, and of huge numbers
        reason = str(error).replace("at end of document", f"at line {max(1, len(content.splitlines()))}, the last")
        raise DamagedError(f"the {what} {path} is not valid TOML: {' '.join(reason[:LONGEST_REASON].split())}") from None


def _deepest(content: bytes) -> str:
    """The line with the most dots and brackets, as an error says it."""
    counts = [sum(map(line.count, (b".", b"[", b"{"))) for line in content.splitlines()]
    return f"line {counts.index(max(counts)) + 1}"


def _line_of(text: str, key: list[str]) -> int | None:
    """The line, counted from 1, on which a key or the header of a table stands."""
    table: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        if header := _HEADER.match(line):
            table = _parts(header[1])
            if table == key:
                return number
        elif (found := _KEY.match(line)) and [*table, *_parts(found[1])] == key:
            return number
    return None


def _parts(key: str) -> list[str]:
    return [part.strip(" \"'") for part in key.split(".")]
