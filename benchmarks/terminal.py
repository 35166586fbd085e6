"""A program on a pseudo-terminal that is read as fast as it writes."""

import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

PATIENCE = 60.0
REQUEST, ANSWER = b"\x1b[5n", b"\x1b[0n"
"""By which a program learns that all before is drawn, as terminals do."""


class Program(Protocol):
    """What can be asked of what runs on a terminal, as of a subprocess.Popen."""

    def poll(self) -> int | None: ...
    def wait(self, timeout: float = ...) -> int: ...
    def kill(self) -> None: ...


class Terminal:
    """What arrives is kept and counted, not interpreted: with two cores an emulator would compete with what is measured."""

    def __init__(self, argv: Sequence[str], columns: int = 80, rows: int = 24, environment: Mapping[str, str] | None = None) -> None:
        """`environment`: of the program, where it is another than that of a terminal of all colours."""
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        inherited = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS", "NO_COLOR")}
        usual = {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8"}
        self.process = self._start(argv, inherited | usual | dict(environment or {}), theirs)
        self._text = bytearray()
        self._reader = threading.Thread(target=self._drain, daemon=True)
        self._reader.start()

    def _start(self, argv: Sequence[str], environment: Mapping[str, str], theirs: int) -> Program:
        """The program on the terminal's other end, which is closed here."""
        try:
            return subprocess.Popen(
                argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True, cwd=Path(__file__).parent.parent
            )
        finally:
            os.close(theirs)

    @property
    def received(self) -> int:
        """Bytes so far."""
        return len(self._text)

    def bytes_within(self, seconds: float) -> int:
        """Bytes that arrive in the next `seconds`."""
        before = self.received
        time.sleep(seconds)
        return self.received - before

    def wait_for(self, words: str, start: int = 0) -> None:
        """Until `words` have arrived behind byte `start`."""
        deadline = time.monotonic() + PATIENCE
        while self._text.find(words.encode(), start) < 0:
            if time.monotonic() > deadline or not self._reader.is_alive():
                raise RuntimeError(f"{words!r} never appeared; the end of what did: {bytes(self._text[-500:])!r}")
            time.sleep(0.002)

    def send(self, keys: str) -> None:
        """Press keys."""
        os.write(self._ours, keys.encode())

    def close(self) -> None:
        """End the program; a trainer that it started lives on."""
        self.process.kill()
        self.process.wait()
        self._reader.join(1)
        os.close(self._ours)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _drain(self) -> None:
        try:
            while data := os.read(self._ours, 65_536):
                self._text += data
                os.write(self._ours, ANSWER * data.count(REQUEST))
        except OSError:  # Linux says EIO when the program has gone
            return
