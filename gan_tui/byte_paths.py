"""Paths whose names are not UTF-8, written as text: settings, TOML and JSON hold text only, and file systems hold bytes.

A byte that is no UTF-8 is written as `\\xe9`. Python itself has it as a lone surrogate, which no TOML file can hold.
"""

import os
import re
from pathlib import Path

from gan_tui.errors import UserError

_BYTE = re.compile(r"\\x([89a-f][0-9a-f])")
_SURROGATE = re.compile("[\udc80-\udcff]")


def to_text(word: str) -> str:
    """A word of the command line as settings can hold it."""
    return _SURROGATE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", word)


def to_path(text: str) -> Path:
    """The path that a setting means: the one of that very name, or the one whose bytes it spells. Raises UserError where both are there."""
    literal, spelt = Path(text), Path(_BYTE.sub(lambda found: chr(0xDC00 + int(found[1], 16)), text))
    if spelt == literal or not os.path.lexists(spelt):
        return literal
    if os.path.lexists(literal):
        raise UserError(f"there are two paths that are written {text}: rename one of them")
    return spelt


def shown(path: str | Path, longest: int = 160) -> str:
    """A name as it may stand on a screen and in a log: one line, nothing that a terminal would obey."""
    text = "".join(sign if sign.isprintable() else "?" for sign in to_text(str(path)))
    return text if len(text) <= longest else text[: longest - 3] + "..."
