"""Writes to the terminal and never waits for it: a terminal may stand still for hours, by Ctrl+S, a stopped client, a line that is gone."""

import os
import select
import threading
import time
from collections import deque

SELECT_SECONDS = 0.2
PIECE = 256
"""Bytes written at once where a write may block: a terminal that says it can take something takes as many."""


class TerminalWriter(threading.Thread):
    """A thread that writes in order what it is given."""

    def __init__(self, terminal: int) -> None:
        """`terminal`: its descriptor. It is opened once more where that can be, because O_NONBLOCK would reach the shell by this one."""
        super().__init__(daemon=True, name="terminal-writer")
        self._pieces: deque[bytes] = deque()
        self._changed = threading.Condition()
        self._waiting = 0
        self._ends = False
        try:
            self._own: int | None = os.open(os.ttyname(terminal), os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            self._own = None
        self._terminal = terminal if self._own is None else self._own

    @property
    def waiting(self) -> int:
        """Bytes that the system has not taken yet."""
        return self._waiting

    def write(self, text: str) -> int:
        """Have it written; the number of bytes comes back at once."""
        data = text.encode("utf-8", "replace")
        with self._changed:
            self._pieces.append(data)
            self._waiting += len(data)
            self._changed.notify()
        return len(data)

    def run(self) -> None:
        """Until it is stopped, or the terminal is gone: what is written then is lost."""
        try:
            while (piece := self._next()) is not None:
                self._write(piece)
        except OSError:
            pass
        with self._changed:
            self._pieces.clear()
            self._waiting = 0
            self._changed.notify_all()

    def _next(self) -> bytes | None:
        with self._changed:
            while not self._pieces:
                if self._ends:
                    return None
                self._changed.wait()
            return self._pieces.popleft()

    def _write(self, piece: bytes) -> None:
        left = memoryview(piece)
        while left:
            if not select.select([], [self._terminal], [], SELECT_SECONDS)[1]:
                continue
            try:
                written = os.write(self._terminal, left if self._own is not None else left[:PIECE])
            except BlockingIOError:
                continue
            left = left[written:]
            with self._changed:
                self._waiting -= written

    def stop(self, seconds: float) -> None:
        """Write what is left, as long as the terminal takes it within that time."""
        deadline = time.monotonic() + seconds
        with self._changed:
            self._ends = True
            self._changed.notify()
        self.join(max(0.0, deadline - time.monotonic()))
        if not self.is_alive() and self._own is not None:
            os.close(self._own)
            self._own = None
