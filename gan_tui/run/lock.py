"""One trainer a run: an exclusive `flock`, which the kernel drops however the trainer dies.

The lock, not a pid file, says whether a run is alive.
"""

import errno
import fcntl
import os
import time
from pathlib import Path
from typing import Self

from gan_tui.errors import UserError

PROBE_GRACE = 1.0
"""Seconds: `is_held` takes a shared lock for an instant, which must not turn a trainer away."""


class RunLock:
    """Holds the run while it is open. The trainer opens it first and never closes it itself."""

    def __init__(self, path: Path) -> None:
        """Raises UserError where another trainer holds the run, OSError where the file cannot be made."""
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + PROBE_GRACE
        while not _try_lock(self._descriptor, fcntl.LOCK_EX):
            if time.monotonic() > deadline:
                os.close(self._descriptor)
                raise UserError(f"{path.parent} is being trained by another process; `gan-tui attach {path.parent}` shows it")
            time.sleep(0.02)

    def release(self) -> None:
        """Let the run go."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


def is_held(path: Path) -> bool:
    """Does a living trainer hold the lock file at `path`?"""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return not _try_lock(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _try_lock(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return False
        raise
    return True
