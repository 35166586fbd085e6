"""Standard output and standard error, whatever they lead to.

A closed one, one in a narrow encoding, a full disk, a pipe without a reader: none of them ends a command with a traceback,
and none of them makes a trainer wait.
"""

import atexit
import codecs
import contextlib
import io
import os
import select
import stat
import sys
import threading
import time
from collections import deque

from gan_tui.counted import counted
from gan_tui.printable import printable

PLAIN = {
    "●": "*",
    "○": "o",
    "✗": "x",
    "·": "-",
    "…": "...",
    "→": "->",
    "←": "<-",
    "—": "-",
    "–": "-",
    "’": "'",
    "×": "x",
    "━": "-",
    "─": "-",
}
"""What stands for a sign that the encoding lacks; for all others: "?"."""
ERRORS = "gan-tui"
"""The name of that rule among Python's error handlers."""
MOST_WAITING = 1 << 20
"""Bytes that wait for a reader; what comes then is dropped, and counted."""
DRAIN_SECONDS = 2.0
"""How long a trainer that is done waits for a reader who takes nothing."""


def _in_plain_signs(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(PLAIN.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


codecs.register_error(ERRORS, _in_plain_signs)


def prepare() -> None:
    """For every command, before its first word: all three standard streams are open, and take any text.

    A descriptor that is closed would go to the next file that is opened, and libraries that print would write into it. Standard output
    then leads to what cannot be written: a command whose output is all it does then fails.
    """
    for descriptor in (0, 1, 2):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY if descriptor == 1 else os.O_RDWR)  # takes the lowest number that is free: this one
    sys.stdin = sys.stdin or open(0, closefd=False)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)
    sys.stderr = sys.stderr or open(2, "w", closefd=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=ERRORS)


def say(text: str) -> None:
    """One line to standard error, which may stand on the very disk that is full."""
    with contextlib.suppress(OSError):
        print(f"gan-tui: {printable(text)}", file=sys.stderr, flush=True)


def plain(text: str) -> str:
    """`text` in the signs that standard output has."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, ERRORS).decode(encoding)


def unblock() -> None:
    """From now on nothing waits for standard output or standard error, and neither raises. What is no file of the system stays."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if isinstance(stream, Outlet):
            continue
        with contextlib.suppress(OSError, ValueError, AttributeError):  # a stream in memory has no descriptor
            descriptor = stream.fileno()
            stream.flush()
            setattr(sys, name, Outlet(descriptor, stream.encoding))
    atexit.register(drain)


def drain() -> None:
    """Wait for what is still on its way, as long as it is being read."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Outlet):
            stream.drain()


def failure() -> OSError | None:
    """Why standard output takes nothing any more; None while it does."""
    return sys.stdout.failure if isinstance(sys.stdout, Outlet) else None


class Outlet(io.TextIOBase):
    """A text stream that never blocks and never raises: a thread writes to what may make one wait."""

    def __init__(self, descriptor: int, encoding: str) -> None:
        self._descriptor, self._encoding = descriptor, encoding
        self.failure: OSError | None = None
        """The first error; nothing is written after it."""
        self._line = ""
        """What was written since the last end of a line."""
        self._waiting: deque[bytes] = deque()
        self._size = 0
        """Bytes that wait, those included that are being written."""
        self._dropped = 0
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        mode = os.fstat(descriptor).st_mode
        self._patient = not stat.S_ISREG(mode) and not (stat.S_ISCHR(mode) and not os.isatty(descriptor))

    @property
    def encoding(self) -> str:  # type: ignore[override]  # io declares an attribute
        return self._encoding

    @property
    def errors(self) -> str:  # type: ignore[override]
        """See `prepare`."""
        return ERRORS

    def fileno(self) -> int:
        return self._descriptor

    def isatty(self) -> bool:
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        """Let a line go that has no end yet; nothing else waits here that could be hurried."""
        line, self._line = self._line, ""
        if line:
            self._send(line.encode(self._encoding, ERRORS))

    def write(self, text: str) -> int:
        """Take `text`, or drop it where too much waits already."""
        self._line += text
        if "\n" in text:
            self.flush()
        return len(text)

    def _send(self, data: bytes) -> None:
        if self.failure is None and not self._patient:
            self._put(data)
        elif self.failure is None:
            with self._changed:
                if self._size + len(data) > MOST_WAITING:
                    self._dropped += data.count(b"\n")
                else:
                    self._tell_what_was_dropped()
                    self._queue(data)
                if self._thread is None:
                    self._thread = threading.Thread(target=self._work, daemon=True)
                    self._thread.start()

    def _queue(self, data: bytes) -> None:
        self._waiting.append(data)
        self._size += len(data)
        self._changed.notify_all()

    def _tell_what_was_dropped(self) -> None:
        if self._dropped:
            self._queue(f"gan-tui: {counted(self._dropped, 'line')} left out here: nobody read on\n".encode())
            self._dropped = 0

    def drain(self) -> None:
        """Wait until all is written, or nothing has been read for `DRAIN_SECONDS`."""
        self.flush()
        with self._changed:
            self._tell_what_was_dropped()
            size, deadline = self._size, time.monotonic() + DRAIN_SECONDS
            while self._size and self.failure is None and time.monotonic() < deadline:
                self._changed.wait(0.05)
                if self._size < size:
                    size, deadline = self._size, time.monotonic() + DRAIN_SECONDS

    def _work(self) -> None:
        while self.failure is None:
            with self._changed:
                while not self._waiting:
                    self._changed.wait()
                data = self._waiting.popleft()
            self._put(data)
            with self._changed:
                self._size -= len(data)
                self._changed.notify_all()

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                try:
                    view = view[os.write(self._descriptor, view) :]
                except BlockingIOError:  # another process has made it so
                    select.select([], [self._descriptor], [])
        except OSError as error:
            self.failure = error


def silent(words: str) -> None:
    """In the place of whoever hears how far something is: nobody."""
