"""Keys for a live table: read from the terminal one by one, while signals from it (ctrl+c) go on to work."""

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AT_ONCE = 64
"""Bytes that are read together: more than anybody types between two looks."""


class Keys:
    """What was typed since the last look."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def pressed(self) -> str:
        """The keys, in their order; empty where there was none, or where the terminal is gone."""
        try:
            if select.select([self._descriptor], [], [], 0)[0]:
                return os.read(self._descriptor, AT_ONCE).decode("utf-8", "ignore")
        except OSError:
            pass
        return ""


@contextmanager
def keys_of_terminal() -> Iterator[Keys]:
    """Keys without echo and without waiting for enter, until the end. Of a terminal that has no such mode: none ever."""
    descriptor = sys.stdin.fileno()
    before: list[Any] | None = None
    try:
        before = termios.tcgetattr(descriptor)
        tty.setcbreak(descriptor)
    except termios.error:
        pass
    try:
        yield Keys(descriptor)
    finally:
        if before is not None:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
