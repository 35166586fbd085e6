"""Room on the disk that is kept for what must be said once it is full: that it is, and how the run ended."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

SIZE = 48 << 10
"""Bytes of a part: the last words of a run and its summary need half of that."""
PARTS = 2
"""One for the word that the disk is full, one for the end."""


class Reserve:
    """Files without a name, which take room until they are closed. Where the disk gives none, there is none."""

    def __init__(self, folder: Path) -> None:
        self._parts: list[IO[bytes]] = []
        with suppress(OSError):
            for _ in range(PARTS):
                part = tempfile.TemporaryFile(dir=folder, buffering=0)
                self._parts.append(part)
                if hasattr(os, "posix_fallocate"):
                    os.posix_fallocate(part.fileno(), 0, SIZE)
                else:  # on macOS
                    part.write(bytes(SIZE))

    def give(self, *, leave: int = 0) -> None:
        """Give the disk its room back, but for so many parts."""
        while len(self._parts) > leave:
            self._parts.pop().close()


def is_full(folder: Path) -> bool:
    """Has the disk no room for even the last words of a run?"""
    with suppress(OSError):
        status = os.statvfs(folder)
        return status.f_blocks > 0 and status.f_bavail * status.f_frsize < SIZE
    return False
