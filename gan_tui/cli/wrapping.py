"""What is printed to a person, broken between words where a terminal would break it anywhere. A command stays whole, to be copied."""

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

NARROWEST = 20
"""Columns of a text in a terminal that has hardly room for what stands before it."""
_PIECES = re.compile(r"[^\s`]*`[^`]+`\S*|\S+")
"""A command in backquotes, or a word."""


@contextmanager
def without_padding(console: "Console") -> Iterator[None]:
    """What is printed in here has no blanks at the ends of its lines, where that is no terminal: tables fill their columns with them."""
    if console.is_terminal:
        yield
        return
    with console.capture() as held:
        yield
    console.file.write("".join(f"{line.rstrip()}\n" for line in held.get().splitlines()))


def wrapped(text: str, stream: TextIO, lead: str = "") -> list[str]:
    """The lines of a text behind `lead`, and below each other there; one, where `stream` is no terminal.

    A command or path that is longer than a line begins one of its own, which the terminal breaks.
    """
    if not stream.isatty():
        return [lead + text]
    from rich.cells import cell_len  # not on the way to --help

    room = max(NARROWEST, columns_of(stream) - len(lead))
    if cell_len(text) <= room:
        return [lead + text]
    rows = [""]
    for piece in _PIECES.findall(text):
        longer = f"{rows[-1]} {piece}".lstrip()
        if cell_len(longer) <= room or not rows[-1]:
            rows[-1] = longer
        else:
            rows.append(piece)
    return [(" " * len(lead) if number else lead) + row for number, row in enumerate(rows)]


def columns_of(stream: TextIO) -> int:
    """Of the terminal behind a stream, which is not always that of the standard output."""
    said = os.environ.get("COLUMNS", "")
    try:
        return int(said) if said.isdecimal() and int(said) else os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return shutil.get_terminal_size().columns
