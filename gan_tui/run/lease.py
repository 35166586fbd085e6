"""A lock for file systems that have none: a file that says who holds the run, touched again and again while its holder lives.

On the holder's own machine its process tells whether it lives. From any other one the age of the file does, by the clock of the file
system: a lease that was not touched for `EXPIRES` seconds is over.
"""

import contextlib
import os
import shlex
import socket
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from gan_tui.errors import UserError
from gan_tui.files import read_at_most, write_atomic

HEARTBEAT = 5.0
"""Seconds between two touches."""
EXPIRES = 60.0
"""Seconds: many heartbeats, and more than the clocks of two machines are apart."""
SETTLE = 1.0
"""Seconds in which another taker of the same lease would show."""
LARGEST = 1 << 12


class Holder(msgspec.Struct, frozen=True):
    """Who holds a run."""

    host: str
    place: str
    """Which start of which machine, and which of its containers: where a process number means anything."""
    pid: int
    born: str
    """When the process began, as the kernel counts: numbers of processes are used again."""
    secret: str
    """Of this lease and no other."""

    @classmethod
    def here(cls) -> "Holder":
        """This process."""
        return cls(socket.gethostname(), _place(), os.getpid(), _born(os.getpid()), os.urandom(8).hex())


class Lease:
    """The lease at one path."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._mine: Holder | None = None
        self._over = threading.Event()

    def holder(self) -> Holder | None:
        """Who holds it, dead or alive; None if free."""
        try:
            return msgspec.json.decode(read_at_most(self.path, LARGEST), type=Holder)
        except (OSError, ValueError, RecursionError):
            return None

    def is_held(self, now: float | None = None) -> bool:
        """Does its holder live? `now`: by the clock of the file system, if known."""
        try:
            with open(self.path, "rb") as file:  # opening is what makes a network file system ask again
                touched = os.fstat(file.fileno()).st_mtime
        except OSError:
            return False
        holder = self.holder()
        if holder is not None and holder.place == _place():
            return _born(holder.pid) == holder.born
        return abs((time.time() if now is None else now) - touched) < EXPIRES

    def take(self, on_lost: Callable[[str], None] | None) -> None:
        """Hold it from now on; `on_lost` is called, in a thread, should another process have taken it all the same.

        Raises UserError where a living process holds it, OSError where the file cannot be written.
        """
        self._mine = Holder.here()
        content = msgspec.json.encode(self._mine)
        try:
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            self._outwait()
            write_atomic(self.path, content)
            time.sleep(SETTLE)
            if self.holder() != self._mine:
                self._mine = None
                raise UserError(self.busy()) from None
        else:
            with open(descriptor, "wb") as file:
                file.write(content)
        threading.Thread(target=self._beat, args=(on_lost,), daemon=True).start()

    def _outwait(self) -> None:
        """Come back when the lease is over. Another machine's is watched for a heartbeat. Raises UserError, OSError."""
        touched = self.path.stat().st_mtime
        while self.is_held(_now_of(self.path.parent)):
            holder = self.holder()
            if (holder is not None and holder.place == _place()) or self.path.stat().st_mtime != touched:
                raise UserError(self.busy())
            time.sleep(HEARTBEAT / 10)

    def busy(self) -> str:
        """One line for who comes second."""
        holder = self.holder()
        who = f"process {holder.pid} on {holder.host}" if holder else "another process"
        run = self.path.parent
        return f"{run} is being trained by {who}; `gan-tui attach {shlex.quote(str(run))}` shows it"

    def _beat(self, on_lost: Callable[[str], None] | None) -> None:
        while not self._over.wait(HEARTBEAT):
            if self.holder() != self._mine:
                if on_lost and not self._over.is_set() and self.path.parent.is_dir():
                    on_lost(self.busy())
                return
            with contextlib.suppress(OSError):  # a full disk takes this too
                os.utime(self.path)

    def release(self) -> None:
        self._over.set()
        if self._mine is not None and self.holder() == self._mine:
            with contextlib.suppress(OSError):
                self.path.unlink()


def _now_of(folder: Path) -> float:
    """The time by the clock of a file system. Raises OSError."""
    with tempfile.TemporaryFile(dir=folder) as file:
        file.write(b"now")
        file.flush()
        return os.fstat(file.fileno()).st_mtime


def _place() -> str:
    parts = [socket.gethostname()]
    with contextlib.suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip())
        parts.append(str(Path("/proc/self/ns/pid").readlink()))
    return " ".join(parts)


def _born(pid: int) -> str:
    """When a process began; empty where there is none, or only what its parent has not collected yet.

    Where there is no /proc, every living process began alike.
    """
    try:
        fields = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
        return "" if fields[0] in ("Z", "X") else fields[19]
    except FileNotFoundError:
        if Path("/proc/self/stat").exists():
            return ""
    except (OSError, IndexError):
        return ""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return ""
    except OSError:
        pass
    return "unknown"
