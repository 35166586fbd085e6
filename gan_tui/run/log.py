"""Writing and following `events.jsonl`."""

import os
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from gan_tui.errors import reason_of
from gan_tui.files import open_append, open_regular
from gan_tui.run import events, index
from gan_tui.run.caller import Caller
from gan_tui.run.cut import cut_to_step, keep_aside
from gan_tui.run.events import AnyEvent, Checkpoint, Metrics
from gan_tui.run.state import RunState

FLUSH_SECONDS = 0.05
"""A flush costs more than the encoding of an event, so metrics wait for company: at most 20 flushes a second."""
SUMMARY_SECONDS = 2.0
"""Between two summaries; what is written meanwhile is read from the log."""
CHUNK = 1 << 20
LONGEST_LINE = 256 << 10
"""Bytes: the grid of 4096 samples with its scores has 80 thousand. What is longer is passed over, and never in memory as a whole."""
ANCHOR = 256
"""Bytes before the place where a reader stands, by which it sees whether the log was cut and written anew."""


class EventWriter:
    """Appends events to a log. Metrics may wait up to `FLUSH_SECONDS`; everything else goes out at once.

    It knows what the whole log adds up to (`state`), keeps the log's index and summary (run/index.py), and calls the owner (run/caller.py).
    """

    def __init__(self, path: Path, *, calls: bool = True) -> None:
        """Open `path` for appending; a last line torn by a kill is cut off first. Without `calls` no owner is called. Raises OSError."""
        self._path = path
        self.heard: list[Callable[[AnyEvent], None]] = []
        """Called with each event that was written; what they raise, `write` raises."""
        _cut_torn_line(path)
        self._open()
        self._flushed = 0.0
        self._summarised = time.monotonic()
        self._caller = Caller(path.parent, calls=calls)

    def _open(self) -> None:
        self._file = open_append(self._path)
        self.state, self._offset = read_state_at(self._path)
        self._indexed = self._offset

    def write(self, event: AnyEvent) -> None:
        """Append one event. Raises OSError, for instance on a full disk."""
        self._append(event)
        for trouble in self._caller.see(event, self.state):
            self._append(events.Note(step=event.step, text=trouble))
        for hear in self.heard:
            hear(event)

    def _append(self, event: AnyEvent) -> None:
        line = events.encode(event)
        self._file.write(line)
        self._offset += len(line)
        self.state.apply(event)
        now = time.monotonic()
        due = index.is_due(self._offset, self._indexed, checkpoint=isinstance(event, Checkpoint))
        if due or not isinstance(event, Metrics) or now - self._flushed >= FLUSH_SECONDS:
            self._file.flush()
            self._flushed = now
        if due:
            index.save(self._path, self.state, self._offset)
            self._indexed = self._offset
        if now == self._flushed and now - self._summarised >= SUMMARY_SECONDS:
            self._summarise()

    def _summarise(self) -> None:
        index.save_summary(self._path, self.state, self._offset)
        self._summarised = time.monotonic()

    @property
    def path(self) -> Path:
        return self._path

    def flush(self) -> None:
        """Leave nothing in memory. Raises OSError."""
        self._file.flush()

    def cut_to_step(self, step: int) -> None:
        """Move aside what lies behind `step` (see run/cut.py) and go on from there. Raises OSError."""
        try:
            self._file.close()
            cut_to_step(self._path, step)
        finally:  # a full disk is no end of the log
            self._open()

    def close(self) -> None:
        for trouble in self._caller.close():
            with suppress(OSError, ValueError):
                self._append(events.Note(step=self.state.step, text=trouble))
        self._file.close()
        self._summarise()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


class News(NamedTuple):
    """What `EventReader.read` found."""

    events: list[AnyEvent]
    restarted: bool
    """The log was cut (as a resume does) or replaced, behind what was read or before it: forget everything read before."""
    more: bool
    """The chunk was full: there is more to read at once."""


class EventReader:
    """Follows a log that another process writes. Costs one `stat` while nothing happens."""

    def __init__(self, path: Path, *, from_end: bool = False, offset: int = 0) -> None:
        """Follow `path` from its beginning, from a byte at which a line begins, or only what is written from now on."""
        self._path = path
        self._inode = 0
        self._stamp: tuple[int, int, int] | None = None
        """Of the file of which everything was read."""
        self._anchor = b""
        self._skipping = False
        """Inside of a line that is too long."""
        self.offset = offset
        """Bytes that were taken in."""
        if from_end or offset:
            self._begin_at(None if from_end else offset)

    def _begin_at(self, offset: int | None) -> None:
        try:
            with open_regular(self._path) as file:
                status = os.fstat(file.fileno())
                self.offset = status.st_size if offset is None else offset
                self._inode = status.st_ino
                self._anchor = os.pread(file.fileno(), min(ANCHOR, self.offset), max(0, self.offset - ANCHOR))
        except (OSError, ValueError):
            self.offset, self._inode = 0, -1  # it was there when its index was read

    def read(self, limit: int = CHUNK) -> News:
        """The events appended since the last call, at most about `limit` bytes of them.

        A line that is not complete yet stays for the next call. A missing file has no events, and neither has a pipe.
        """
        try:
            if self._stamp is not None and _stamp(self._path.stat()) == self._stamp:
                return News([], False, False)
            with open_regular(self._path) as file:
                return self._read(file.fileno(), limit)
        except (OSError, ValueError):  # `unreadable` says which
            return News([], False, False)

    def _read(self, descriptor: int, limit: int) -> News:
        status = os.fstat(descriptor)
        restarted = bool(self._inode) and not self._stands(descriptor, status)
        if restarted:
            self.offset, self._anchor, self._skipping = 0, b"", False
        self._inode = status.st_ino
        data = os.pread(descriptor, CHUNK if self._skipping else limit, self.offset)
        if b"\n" not in data and limit <= len(data) <= LONGEST_LINE:
            data += os.pread(descriptor, LONGEST_LINE + 1 - len(data), self.offset + len(data))
        begin, end = 0, data.rfind(b"\n") + 1
        if self._skipping and end:
            begin, self._skipping = data.find(b"\n") + 1, False
        if not end and (self._skipping or len(data) > LONGEST_LINE):
            begin = end = len(data)
            self._skipping = True
        self._anchor = (self._anchor + data[max(0, end - ANCHOR) : end])[-ANCHOR:]
        self.offset += end
        more = end > 0 and self.offset < status.st_size
        self._stamp = None if more else _stamp(status)
        found = (events.decode(line) for line in data[begin:end].splitlines() if len(line) <= LONGEST_LINE)
        return News([event for event in found if event is not None], restarted, more)

    def _stands(self, descriptor: int, status: os.stat_result) -> bool:
        """Is this the file that was read before, and what was read still in it?"""
        if status.st_ino != self._inode or status.st_size < self.offset:
            return False
        return os.pread(descriptor, len(self._anchor), self.offset - len(self._anchor)) == self._anchor


class StateReader:
    """Follows a log by what it adds up to. A long one begins with its index, and gets one where it has none."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._begin()

    def _begin(self) -> None:
        indexed = index.load(self._path)
        self.state = indexed.state if indexed else RunState()
        self._indexed = indexed.offset if indexed else 0
        self._reader = EventReader(self._path, offset=self._indexed)

    @property
    def offset(self) -> int:
        """Bytes that were taken in."""
        return self._reader.offset

    @property
    def unread(self) -> int:
        """Bytes that there are to take in, roughly."""
        try:
            return max(0, self._path.stat().st_size - self.offset)
        except OSError:
            return 0

    def read(self, limit: int = CHUNK) -> News:
        """Take in what is new, at most about `limit` bytes of it. Where the log was cut or replaced, `state` is another one."""
        news = self._reader.read(limit)
        if news.restarted:
            self._begin()
            first = self._reader.read(limit)
            news = News(first.events, True, first.more)
        for event in news.events:
            self.state.apply(event)
        # Somewhat before the end, so that a resume, which cuts the log at its newest checkpoint, does not cut into it.
        if index.is_due(self.offset, self._indexed, checkpoint=False) and self.unread < index.GROWTH:
            index.save(self._path, self.state, self.offset)
            self._indexed = self.offset
        return news


def read_state(path: Path) -> RunState:
    """What a log that is not being followed adds up to."""
    return read_state_at(path)[0]


def read_state_at(path: Path) -> tuple[RunState, int]:
    """The same, and how many bytes that are."""
    reader = StateReader(path)
    while reader.read().more:
        pass
    return reader.state, reader.offset


def unreadable(path: Path) -> str | None:
    """Why a log cannot be read; None where it can, or where there is none yet."""
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    except OSError as error:
        return reason_of(error)
    if stat.S_ISDIR(status.st_mode):
        return "it is a directory"
    if not stat.S_ISREG(status.st_mode):
        return "it is no regular file"
    return None if os.access(path, os.R_OK) else "permission denied"


def iterate(path: Path) -> Iterator[AnyEvent]:
    """Every event of a log, one after the other, never all of them in memory."""
    reader, more = EventReader(path), True
    while more:
        batch, _, more = reader.read()
        yield from batch


def read_all(path: Path) -> list[AnyEvent]:
    """Every event of a short log."""
    return list(iterate(path))


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns


def _cut_torn_line(path: Path) -> None:
    """Truncate to the last newline, looking back no further than needed. What is more than half an event is kept aside."""
    try:
        file = open_append(path, existing=True)
    except FileNotFoundError:
        return
    with file, open_regular(path) as content:
        end = size = content.seek(0, os.SEEK_END)
        while end > 0:
            start = max(0, end - CHUNK)
            newline = os.pread(content.fileno(), end - start, start).rfind(b"\n")
            if newline >= 0:
                end = start + newline + 1
                break
            end = start
        content.seek(end)
        torn = content.read(CHUNK).strip(b"\0")  # zeros are what a power cut leaves
        if torn and (size - end > CHUNK or not torn.startswith(b'{"kind"')):
            content.seek(end)
            keep_aside(path, iter(lambda: content.read(CHUNK), b""))
        file.truncate(end)
