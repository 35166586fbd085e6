"""One trainer a run: an exclusive `flock`, which the kernel drops however the trainer dies.

The lock, not a pid file, says whether a run is alive. Where the file system has no `flock` (some NFS and Lustre mounts), a lease
(run/lease.py) takes its place.
"""

import errno
import fcntl
import os
import shlex
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Self

from gan_tui.errors import UserError, reason_of
from gan_tui.files import WITHOUT_LOCKS
from gan_tui.run.lease import EXPIRES, HEARTBEAT, Lease

PROBE_GRACE = 1.0
"""Seconds: `is_held` takes a shared lock for an instant, which must not turn a trainer away."""


class RunLock:
    """Holds the run while it is open. The trainer opens it first and never closes it itself."""

    def __init__(self, path: Path, on_lost: Callable[[str], None] | None = None) -> None:
        """Take it; `on_lost` is called, in a thread, should a lease be lost to another process after all.

        Raises UserError where another trainer holds the run, OSError where the file cannot be made.
        """
        self._lease = lease_of(path)
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            deadline = time.monotonic() + PROBE_GRACE
            while (locked := _try_lock(self._descriptor, fcntl.LOCK_EX)) is False:
                if time.monotonic() > deadline:
                    attach = f"gan-tui attach {shlex.quote(str(path.parent))}"
                    raise UserError(f"{path.parent} is being trained by another process; `{attach}` shows it")
                time.sleep(0.02)
            if locked is None:
                self._lease.take(on_lost)
            elif self._lease.is_held():  # by a machine that has no flock on this file system
                raise UserError(self._lease.busy())
        except BaseException:
            os.close(self._descriptor)
            raise

    def release(self) -> None:
        self._lease.release()
        os.close(self._descriptor)

    def forget(self) -> None:
        """Of a process that was forked from the one that holds it: that one goes on to hold it, alone."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def lease_of(path: Path) -> Lease:
    """The lease that takes the place of the lock file at `path`."""
    return Lease(path.with_name(f"{path.name}.lease"))


def is_held(path: Path) -> bool:
    """Does a living trainer hold the lock file at `path`?"""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError:
        return False
    try:
        locked = _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)
    return locked is False or lease_of(path).is_held()


def describe(folder: Path) -> str:
    """What kind of lock the file system of a folder has, in words."""
    try:
        with tempfile.TemporaryFile(dir=folder) as file:
            works = _try_lock(file.fileno(), fcntl.LOCK_EX)
    except OSError as error:
        return f"nobody knows: {folder} cannot be written ({reason_of(error)})"
    if works is None:
        return f"no flock in {folder}: a lease file, touched every {HEARTBEAT:.0f} s and over after {EXPIRES:.0f} s, says who trains a run"
    return f"flock works in {folder}"


def _try_lock(descriptor: int, kind: int) -> bool | None:
    """True: taken; False: another process has it; None: the file system has no such locks. Raises OSError."""
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        if error.errno in WITHOUT_LOCKS:
            return None
        raise
    return True
