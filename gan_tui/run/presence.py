"""Which screens show a run now, and which processes train the trials of a sweep.

Each keeps a file in the folder, and a lock on it that the kernel drops however its process ends. A file without a lock is what a killed
one left, or came with a copy of the folder: it counts for nothing, and whoever finds it removes it. Where the file system has no such
locks, or the folder cannot be written, nobody is counted.
"""

import fcntl
import os
from contextlib import suppress
from pathlib import Path
from typing import Self
from uuid import uuid4

from gan_tui.run.lock import lease_of

SCREEN, WORKER = "screen-*.lock", "worker-*.lock"
"""Files of screens in a run's folder, of processes that train trials in a sweep's."""
ATTEMPTS = 3
"""Who looks between another one's opening and locking takes that file for one that was left, and removes it."""


class Presence:
    """The file of this process, and a look at those of the others of its kind."""

    def __init__(self, folder: Path, kind: str = SCREEN) -> None:
        """`kind`: SCREEN or WORKER."""
        self._folder, self._kind = folder, kind
        self._path = folder
        """Of its file, once it has one."""
        self._descriptor: int | None = None

    def enter(self) -> None:
        """Be seen from now on, where that can be."""
        with suppress(OSError):
            for _ in range(ATTEMPTS):
                self._path = self._folder / self._kind.replace("*", uuid4().hex[:12])  # whoever removes the one before takes no new one
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
        """How many others of its kind there are; 0 where that cannot be told."""
        if self._descriptor is None:
            return 0
        with suppress(OSError):
            return sum(_is_there(path) for path in self._folder.glob(self._kind) if path != self._path)
        return 0

    def __enter__(self) -> Self:
        self.enter()
        return self

    def __exit__(self, *_: object) -> None:
        self.leave()


def is_anybody(folder: Path, kind: str) -> bool:
    """Is one of this kind there?"""
    with suppress(OSError):
        return any(_is_there(path) for path in folder.glob(kind))
    return False


def may_be_seen(folder: Path) -> bool:
    """Does a screen show the run of that folder? So it is taken to be where that cannot be told, for there are no such locks."""
    return is_anybody(folder, SCREEN) or lease_of(folder / "lock").path.exists()


def _is_there(path: Path) -> bool:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)  # several may look at once
        path.unlink()
    except BlockingIOError:
        return True
    except OSError:  # no such locks here, or a folder that cannot be written
        return False
    else:
        return False
    finally:
        os.close(descriptor)
