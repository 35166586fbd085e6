"""Keys for a live table: read from the terminal one by one, while signals from it (ctrl+c) go on to work."""

import os
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from gan_tui.job_control import in_foreground

AT_ONCE = 64
"""Bytes that are read together: more than anybody types between two looks."""

LOCAL = 3
"""The place of the flags with ICANON, by which a terminal waits for enter, in what `tcgetattr` gives."""
STOPPING = "stopping: what is being trained is saved first"
SAID_SECONDS = 20.0
"""For which the answer to a key stands in place of the keys."""


class PassingWords:
    """What a key was answered with: news for a while, and nothing afterwards."""

    def __init__(self) -> None:
        self._words, self._until = "", 0.0

    def say(self, words: str) -> None:
        """In place of what was said before."""
        self._words, self._until = words, time.monotonic() + SAID_SECONDS

    @property
    def words(self) -> str:
        """Empty once they have stood for long enough."""
        return self._words if time.monotonic() < self._until else ""


def that_fits(lines: Sequence[str], width: int) -> str:
    """Of lines that say which keys there are, from the longest on, the first that a terminal has room for; else the last."""
    return next((words for words in lines if len(words) < width), lines[-1])


class Keys:
    """What was typed since the last look. In the background it leaves the terminal alone, or the whole program would be stopped."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._before: list[Any] | None = None
        """The terminal's mode, where it has been changed."""
        self._in_front = False

    def pressed(self) -> str:
        """The keys, in their order; empty where there was none, in the background, or where the terminal is gone."""
        self.look()
        if not self._in_front:
            return ""
        try:
            if select.select([self._descriptor], [], [], 0)[0]:
                return os.read(self._descriptor, AT_ONCE).decode("utf-8", "ignore")
        except OSError:
            pass
        return ""

    def look(self) -> None:
        """Change the mode in the foreground: at the beginning, and again after the shell's `fg`, which may bring the shell's own."""
        self._in_front = in_foreground(self._descriptor)
        if not self._in_front:
            return
        with suppress(termios.error):
            mode = termios.tcgetattr(self._descriptor)
            if mode[LOCAL] & termios.ICANON:
                tty.setcbreak(self._descriptor)
                self._before = self._before or mode

    def close(self) -> None:
        """The mode as it was before; in the background the shell has seen to that."""
        if self._before is not None and in_foreground(self._descriptor):
            with suppress(termios.error):
                termios.tcsetattr(self._descriptor, termios.TCSADRAIN, self._before)


@contextmanager
def keys_of_terminal() -> Iterator[Keys]:
    """Keys without echo and without waiting for enter, until the end. Of a terminal that has no such mode: none ever."""
    keys = Keys(sys.stdin.fileno())
    keys.look()
    try:
        yield keys
    finally:
        keys.close()
