"""A screen in a real terminal: a process on a pseudo-terminal."""

import contextlib
import fcntl
import os
import pty
import select
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

from tests import zygote
from tests.patience import CEILING

STATUS = "\x1b[0n"


class Answering(pyte.Screen):
    """A screen that hands on what a terminal would answer."""

    def __init__(self, columns: int, rows: int, answer: Callable[[str], None]) -> None:
        super().__init__(columns, rows)
        self._answer = answer

    def write_process_input(self, data: str) -> None:
        self._answer(data)


class PtyScreen:
    """A real process on a real pseudo-terminal, its screen kept by pyte."""

    def __init__(self, argv: Sequence[str], environment: Mapping[str, str], columns: int = 80, rows: int = 24) -> None:
        self._screen = Answering(columns, rows, self._answer)
        self._stream = pyte.ByteStream(self._screen)
        self.received = 0
        self.raw = bytearray()
        """Everything that was sent to the terminal."""
        # pytest exports LINES and COLUMNS behind os.environ, and Textual believes them.
        kept = {
            name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS", "NO_COLOR", "LC_ALL", "GAN_TUI_ASCII")
        }
        kept |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", **environment}
        self._descriptor, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._process = zygote.start_on_terminal(argv, kept, theirs)
        self.pid = self._process.pid
        self._open = True

    def _answer(self, words: str) -> None:
        """As every terminal does, what it is asked: whether all is drawn. What it is it does not say."""
        if words == STATUS:
            with contextlib.suppress(OSError):  # the program has gone
                os.write(self._descriptor, words.encode())

    @property
    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def pump(self, seconds: float = 0.05) -> None:
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if not select.select([self._descriptor], [], [], left)[0]:
                return
            try:
                data = os.read(self._descriptor, 65_536)
            except OSError:
                return
            self.received += len(data)
            self.raw += data
            self._stream.feed(data)

    def feed(self, data: bytes) -> None:
        """What another program writes to the terminal."""
        self._stream.feed(data)

    def wait_for(self, words: str, seconds: float = CEILING) -> None:
        deadline = time.monotonic() + seconds
        while words not in self.text:
            assert time.monotonic() < deadline, f"{words!r} never appeared:\n{self.text}"
            self.pump()

    def wait_until_gone(self, words: str) -> None:
        """Wait until the screen shows these no more."""
        deadline = time.monotonic() + CEILING
        while words in self.text:
            assert time.monotonic() < deadline, f"{words!r} never went:\n{self.text}"
            self.pump()

    def wait_until_silent(self, seconds: float) -> None:
        """Wait for a time of such length in which nothing is sent to the terminal."""
        deadline, before = time.monotonic() + CEILING, -1
        while self.received != before:
            assert time.monotonic() < deadline, f"it never stops to write:\n{self.text}"
            before, quiet = self.received, time.monotonic() + seconds
            while time.monotonic() < quiet:
                self.pump(quiet - time.monotonic())

    def send(self, keys: str) -> None:
        os.write(self._descriptor, keys.encode())

    def send_bytes(self, data: bytes) -> None:
        """Whatever they are; a terminal takes them in pieces."""
        while data:
            data = data[os.write(self._descriptor, data[:1024]) :]
            self.pump(0.01)

    def hang_up(self) -> None:
        """The line is cut: the terminal is gone, and the kernel says so."""
        os.close(self._descriptor)
        self._open = False

    def wait_exit(self, seconds: float = CEILING) -> int:
        deadline = time.monotonic() + seconds
        while True:
            if self._open:
                self.pump()
            if (status := self._process.poll()) is not None:
                return status
            assert time.monotonic() < deadline, f"it did not exit:\n{self.text}"
            time.sleep(0.02)

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        if self._open:
            os.close(self._descriptor)
