"""Writing and following `events.jsonl`."""

import os
import stat
import time
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from gan_tui.run import events
from gan_tui.run.cut import cut_to_step, keep_aside
from gan_tui.run.events import AnyEvent, Metrics

FLUSH_SECONDS = 0.05
"""A flush costs more than the encoding of an event, so metrics wait for company: at most 20 flushes a second."""
CHUNK = 1 << 20


class EventWriter:
    """Appends events to a log. Metrics may wait up to `FLUSH_SECONDS`; everything else goes out at once."""

    def __init__(self, path: Path) -> None:
        """Open `path` for appending; a last line torn by a kill is cut off first. Raises OSError."""
        self._path = path
        _cut_torn_line(path)
        self._file = path.open("ab")
        self._flushed = 0.0

    def write(self, event: AnyEvent) -> None:
        """Append one event. Raises OSError, for instance on a full disk."""
        self._file.write(events.encode(event))
        now = time.monotonic()
        if not isinstance(event, Metrics) or now - self._flushed >= FLUSH_SECONDS:
            self._file.flush()
            self._flushed = now

    def cut_to_step(self, step: int) -> None:
        """Move aside what lies behind `step` (see run/cut.py) and go on from there. Raises OSError."""
        self._file.close()
        cut_to_step(self._path, step)
        self._file = self._path.open("ab")

    def close(self) -> None:
        """Flush and close."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class News(NamedTuple):
    """What `EventReader.read` found."""

    events: list[AnyEvent]
    restarted: bool
    """The log was rewritten (a resume cuts it to its checkpoint): forget everything read before."""
    more: bool
    """The chunk was full: there is more to read at once."""


class EventReader:
    """Follows a log that another process writes. Costs one `stat` while nothing happens."""

    def __init__(self, path: Path, *, from_end: bool = False) -> None:
        """Follow `path` from its beginning, or only what is written from now on."""
        self._path = path
        self._inode = 0
        self._offset = 0
        if from_end and path.exists():
            status = path.stat()
            self._inode, self._offset = status.st_ino, status.st_size

    def read(self, limit: int = CHUNK) -> News:
        """The events appended since the last call, at most about `limit` bytes of them.

        A line that is not complete yet stays for the next call. A missing file has no events.
        """
        if not self._path.is_file():  # missing, or a pipe, which would be waited for
            return News([], False, False)
        try:
            with open(self._path, "rb") as file:
                status = os.fstat(file.fileno())
                restarted = bool(self._inode) and (status.st_ino != self._inode or status.st_size < self._offset)
                if restarted:
                    self._offset = 0
                self._inode = status.st_ino
                if status.st_size == self._offset:
                    return News([], restarted, False)
                file.seek(self._offset)
                data = file.read(limit)
                if b"\n" not in data:
                    data += file.readline()
        except (FileNotFoundError, PermissionError):  # `unreadable` says which
            return News([], False, False)
        complete = data.rfind(b"\n") + 1
        self._offset += complete
        found = [event for line in data[:complete].splitlines() if (event := events.decode(line)) is not None]
        return News(found, restarted, complete > 0 and self._offset < status.st_size)


def unreadable(path: Path) -> str | None:
    """Why a log cannot be read; None where it can, or where there is none yet."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return (error.strerror or str(error)).lower()
    if stat.S_ISDIR(status.st_mode):
        return "it is a directory"
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    return None if os.access(path, os.R_OK) else "permission denied"


def read_all(path: Path) -> list[AnyEvent]:
    """Every event of a log that is not being followed."""
    reader, found, more = EventReader(path), [], True
    while more:
        batch, _, more = reader.read()
        found += batch
    return found


def _cut_torn_line(path: Path) -> None:
    """Truncate to the last newline, looking back no further than needed. What is more than half an event is kept aside."""
    if not path.exists():
        return
    with open(path, "r+b") as file:
        end = size = file.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - 65_536)
            file.seek(start)
            newline = file.read(end - start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        file.seek(end)
        torn = file.read(CHUNK).strip(b"\0")  # zeros are what a power cut leaves
        if torn and (size - end > CHUNK or not torn.startswith(b'{"kind"')):
            file.seek(end)
            keep_aside(path, iter(lambda: file.read(CHUNK), b""))
        file.truncate(end)
