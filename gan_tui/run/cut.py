"""Cutting a log back, as a resume and a roll-back do; what is cut is moved aside and never lost.

Metrics come again when their steps are trained again. Bookmarks, notes and evaluations do not, and where checkpoints are torn or gone,
the part that is cut may be hours of training.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gan_tui.files import sync_folder, write_atomic
from gan_tui.run import events

ASIDE = "events-cut.jsonl"
"""Beside the log: every line that was ever cut from it."""
BLOCK = 1 << 20
"""Bytes looked at together, from the end backwards."""
LONGEST = 1 << 20
"""Bytes of a line; what is longer is no event, and is read in pieces."""


def cut_to_step(log: Path, step: int) -> int:
    """Move every event behind `step` from the log into `events-cut.jsonl`; how many lines went comes back.

    A line that cannot be read goes where the one before it goes; one whose step is damaged takes no other along. The log is
    replaced by a new file, so a reader notices and starts over; where nothing is to be cut it stays as it is. Needs the memory of
    a block, however long the log is. Raises OSError.
    """
    try:
        file = open(log, "rb")
    except FileNotFoundError:
        return 0
    with file:
        size = file.seek(0, os.SEEK_END)
        start = _where_it_may_go_beyond(file, size, step)
        if not any(not keep for _, keep in _sorted(file, start, size, step)):
            return 0
        count = keep_aside(log, (line for line, keep in _sorted(file, start, size, step) if not keep))
        write_atomic(log, _kept(file, start, size, step))
    return count


def keep_aside(log: Path, pieces: Iterator[bytes]) -> int:
    """Append lines, or pieces of one, to `events-cut.jsonl`; how many comes back. Raises OSError."""
    count = 0
    last = b"\n"
    with open(os.open(log.with_name(ASIDE), os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600), "r+b") as file:
        if file.seek(0, os.SEEK_END):
            file.seek(-1, os.SEEK_END)
            last = file.read(1)
        for count, piece in enumerate(pieces, 1):
            file.write(piece if count > 1 or last == b"\n" else b"\n" + piece)
            last = piece
        if not last.endswith(b"\n"):
            file.write(b"\n")
        file.flush()
        os.fsync(file.fileno())
    sync_folder(log.parent)
    return count


def _where_it_may_go_beyond(file: BinaryIO, size: int, step: int) -> int:
    """Where the last block begins that has nothing behind `step`: steps do not fall in a log, so nothing before it has either.

    (That of a bookmark may be an earlier one. The answer to who made it stands behind it.)
    """
    end = size
    while end > 0:
        start = max(0, end - BLOCK)
        file.seek(start)
        if start:
            start += len(file.readline(BLOCK))
        if start < end and all(keep for _, keep in _sorted(file, start, end, step)):
            return start
        end = max(0, end - BLOCK)
    return 0


def _sorted(file: BinaryIO, start: int, end: int, step: int) -> Iterator[tuple[bytes, bool]]:
    """Each line from `start` on, and whether it stays."""
    keep = True
    file.seek(start)
    while start < end:
        line = file.readline(LONGEST)
        start += len(line)
        event = events.decode(line)
        # Every trainer writes "starting" before it knows its step.
        if event is not None and not (isinstance(event, events.Phase) and event.name == "starting"):
            keep = event.step <= step
        if start >= end and not line.endswith(b"\n"):
            keep = False
        yield line, keep


def _kept(file: BinaryIO, start: int, size: int, step: int) -> Iterator[bytes]:
    file.seek(0)
    left = start
    while left:
        data = file.read(min(BLOCK, left))
        left -= len(data)
        yield data
    yield from (line for line, keep in _sorted(file, start, size, step) if keep)
