"""Which screens show a run now: each keeps a file in the run directory, and a lock on it that the kernel drops however the screen ends.

A file without a lock is what a killed screen left, or came with a copy of the run: it counts for nothing, and whoever finds it removes it.
Where the file system has no such locks, or the run cannot be written, no screen is counted.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

PATTERN = "screen-*.lock"
ATTEMPTS = 3
"""A screen that looks between another one's opening and locking takes that file for one that was left, and removes it."""


class Presence:
    """One screen's own file, and a look at those of the others."""

    def __init__(self, folder: Path) -> None:
        """`folder`: the run's."""
        self._folder = folder
        self._path = folder / PATTERN.replace("*", uuid4().hex[:12])
        self._descriptor: int | None = None

    def enter(self) -> None:
        """Be seen from now on, where that can be."""
        with suppress(OSError):
            for _ in range(ATTEMPTS):
                self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
                with suppress(OSError):
                    fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    if self._path.exists():
                        return
                self.leave()

    def leave(self) -> None:
        """Be gone."""
        if self._descriptor is not None:
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            os.close(self._descriptor)
            self._descriptor = None

    def others(self) -> int:
        """How many other screens show the run; 0 where that cannot be told."""
        if self._descriptor is None:
            return 0
        with suppress(OSError):
            return sum(_is_there(path) for path in self._folder.glob(PATTERN) if path != self._path)
        return 0


def _is_there(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(descriptor)
