"""The process of a command, in a session of its own, on a pseudo-terminal of a fixed size or behind a pipe; the file of what it prints."""

import ctypes
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from gan_tui.errors import reason_of
from gan_tui.files import open_append

COLUMNS, LINES = 120, 40
MOST = 64 << 20
"""Bytes of `trainer.log`; then what is there becomes `trainer.log.1`, in the place of an earlier one, and a new file begins."""
PR_SET_PDEATHSIG = 1
"""prctl(2): the signal that this process gets when its parent ends."""
BLOCK = 1 << 16


class Child:
    """A command that runs. What it prints comes out of one file, standard output and standard error in their order."""

    def __init__(
        self, command: Sequence[str], folder: Path, *, terminal: bool, environment: Mapping[str, str], stdin: int = subprocess.DEVNULL
    ) -> None:
        """Start it; `stdin`: an open file that it reads, else there is nothing to read. Raises OSError where that is impossible.

        Should this process be killed, the child is hung up on (on Linux), and what it has started finds nobody to print to.
        """
        ours, theirs = pty.openpty() if terminal else os.pipe()
        self.output = ours
        self._other_end = _identity(os.fstat(theirs))
        if terminal:
            _set_up(theirs)
        names = dict(environment) | ({"TERM": environment.get("TERM") or "xterm-256color"} if terminal else {"PYTHONUNBUFFERED": "1"})
        try:
            self._process = subprocess.Popen(
                list(command),
                cwd=folder,
                env={name: value for name, value in names.items() if name not in ("LINES", "COLUMNS")},
                stdin=stdin,
                stdout=theirs,
                stderr=theirs,
                start_new_session=True,
                preexec_fn=_ends_with_parent,
            )
        except BaseException:
            os.close(ours)
            raise
        finally:
            os.close(theirs)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number where one killed it."""
        return self._process.poll()

    def read(self, seconds: float) -> bytes | None:
        """What it has printed since, waiting for it at most so long; None where nothing can come any more."""
        if not select.select([self.output], [], [], seconds)[0]:
            return b""
        try:
            return os.read(self.output, BLOCK) or None
        except OSError:  # of a pseudo-terminal whose other end is closed
            return None

    def send(self, number: signal.Signals) -> None:
        """A signal to it and to what it has started; once it has ended, to what it has left."""
        if self.exit_code is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)
            return
        for process in self.left():
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, number)

    def left(self) -> list[int]:
        """The processes that can print still. Empty where the system does not say."""
        with suppress(OSError):
            numbers = [int(name) for name in os.listdir("/proc") if name.isdigit()]
            return [number for number in numbers if number != os.getpid() and self._can_print(number)]
        return []

    def _can_print(self, process: int) -> bool:
        with suppress(OSError):  # of another user, or gone
            return any(_is(place, self._other_end) for place in Path(f"/proc/{process}/fd").iterdir())
        return False

    def close(self) -> None:
        os.close(self.output)


def _set_up(terminal: int) -> None:
    """Its size, and every byte as it was printed."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    modes = termios.tcgetattr(terminal)
    modes[1] &= ~termios.OPOST
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSANOW, modes)


def _identity(status: os.stat_result) -> tuple[int, int, int]:
    """Of an open file. A name would not do: each container has a /dev/pts/0 of its own."""
    return status.st_dev, status.st_ino, status.st_rdev


def _is(place: Path, identity: tuple[int, int, int]) -> bool:
    with suppress(OSError):  # closed meanwhile
        return _identity(place.stat()) == identity
    return False


def _ends_with_parent() -> None:
    """Linux hangs up on it. A terminal that controls it would do so too, but also on all that it leaves when it ends."""
    _heed_signals()
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal.SIGHUP), 0, 0, 0)


def _heed_signals() -> None:
    """What `nohup` or a shell's `&` has made deaf was meant for this process: it passes on what the child has to hear."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


class OutputFile:
    """`trainer.log` of a command: all that it printed, bounded. A disk that is full loses lines here and nothing else."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._path = path
        self._file = open_append(path, mode=0o600)
        self._size = self._file.tell()
        self.refused = ""
        """Why the disk did not take all of it; empty: it did."""

    def write(self, data: bytes) -> None:
        try:
            if self._size + len(data) > MOST:
                self._file.close()
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
                self._file = open_append(self._path, mode=0o600)
                self._size = 0
            self._file.write(data)
            self._file.flush()
            self._size += len(data)
        except OSError as error:
            self.refused = reason_of(error)

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
