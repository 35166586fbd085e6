"""`trainer.log` of a command: all that it printed, bounded."""

from contextlib import suppress
from pathlib import Path

from gan_tui.files import open_append

MOST = 64 << 20
"""Bytes; then what is there becomes `trainer.log.1`, in the place of an earlier one, and a new file begins."""


class OutputFile:
    """Written at its end. A disk that is full loses lines here and nothing else."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._path = path
        self._file = open_append(path, mode=0o600)
        self._size = self._file.tell()

    def write(self, data: bytes) -> None:
        with suppress(OSError):
            if self._size + len(data) > MOST:
                self._file.close()
                self._path.replace(self._path.with_name(f"{self._path.name}.1"))
                self._file = open_append(self._path, mode=0o600)
                self._size = 0
            self._file.write(data)
            self._file.flush()
            self._size += len(data)

    def close(self) -> None:
        with suppress(OSError):
            self._file.close()
