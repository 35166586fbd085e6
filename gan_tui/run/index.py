"""`events.index`: what a log adds up to as far as some byte of it, so that nobody has to read a million events again.

A cache beside the log: the trainer writes it as the log grows, who has read a long log without one writes it too, and it is
believed only where it fits the log that is there. Whoever has it goes on reading behind `offset`.
"""

import os
import zlib
from collections import deque
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_origin

import msgspec
from msgspec import Meta

from gan_tui.files import open_regular, read_at_most, write_atomic
from gan_tui.run.state import NAMES, RunState

VERSION = 2
"""Of the format, and of what `RunState` makes of events: another one is not believed."""
GROWTH = 4 << 20
"""Bytes by which a log grows before it gets a new index: some thirteen thousand events, which are read in a tenth of a second."""
AT_CHECKPOINT = 1 << 20
"""The same where a checkpoint has just been written: a resume cuts the log there, and its index stays right."""
LARGEST = 16 << 20
"""Bytes of an index; one of a long run has about one million."""
BLOCKS = 64
"""Places of the log that must be as they were."""
BLOCK = 4 << 10
"""Bytes looked at there."""


class _Index(msgspec.Struct):
    version: int
    offset: Annotated[int, Meta(ge=1)]
    fingerprint: int
    state: RunState


class Indexed(NamedTuple):
    """What an index says."""

    state: RunState
    offset: int
    """Bytes of the log that `state` has taken in."""


def path_of(log: Path) -> Path:
    """Where the index of a log lies."""
    return log.with_suffix(".index")


def load(log: Path) -> Indexed | None:
    """What the index says, where there is one that fits the log; else None."""
    try:
        index = _decoder.decode(read_at_most(path_of(log), LARGEST))
        with open_regular(log) as file:
            size = os.fstat(file.fileno()).st_size
            fits = index.version == VERSION and index.offset <= size and index.fingerprint == _fingerprint(file.fileno(), index.offset)
    except (OSError, ValueError, OverflowError, RecursionError):  # gone, torn, or of another version
        return None
    return Indexed(index.state, index.offset) if fits and len(index.state.history) <= NAMES else None


def save(log: Path, state: RunState, offset: int) -> None:
    """Write the index of the first `offset` bytes, which must stand in the file. Where that cannot be, there is none."""
    with suppress(OSError, ValueError, OverflowError, TypeError):
        with open_regular(log) as file:
            fingerprint = _fingerprint(file.fileno(), offset)
        content = _encoder.encode(_Index(VERSION, offset, fingerprint, state))
        if len(content) <= LARGEST:
            write_atomic(path_of(log), content, durable=False)


def is_due(offset: int, indexed: int, *, checkpoint: bool) -> bool:
    """Has a log of `offset` bytes grown enough since its index of `indexed` bytes?"""
    return offset - indexed >= (AT_CHECKPOINT if checkpoint else GROWTH)


def _fingerprint(descriptor: int, offset: int) -> int:
    """Of the first `offset` bytes: a checksum of blocks from all over them, the last one included. Every event has its own time."""
    found = offset
    for number in range(BLOCKS):
        place = max(0, offset - BLOCK) * (number + 1) // BLOCKS
        found = zlib.crc32(os.pread(descriptor, min(BLOCK, offset), place), found & 0xFFFFFFFF)
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, deque):
        return list(value)
    raise NotImplementedError


def _back(kind: type, value: Any) -> Any:
    if get_origin(kind) is deque:
        return deque(msgspec.convert(value, list[get_args(kind)[0]]))  # type: ignore[misc]
    raise NotImplementedError


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
_decoder = msgspec.msgpack.Decoder(_Index, dec_hook=_back)
