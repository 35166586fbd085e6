"""What a log adds up to as far as some byte of it, so that a million events need not be read again.

Two caches beside the log, believed only where they fit the log that is there; whoever has one goes on reading behind `offset`.
`events.index` holds all of it: the trainer writes it as the log grows, and who has read a long log without one writes it too.
`summary.json` holds what a listing of runs shows, and is small: the trainer writes it every few seconds.
"""

import os
import zlib
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, NamedTuple, get_args, get_origin

import msgspec
from msgspec import Meta

from gan_tui.files import open_regular, read_at_most, write_atomic
from gan_tui.run.events import to_scalar
from gan_tui.run.state import NAMES, RunState

VERSION = 5
"""Of the format, and of what `RunState` makes of events: another one is not believed."""
GROWTH = 4 << 20
"""Bytes by which a log grows before it gets a new index: some thirteen thousand events, which are read in a tenth of a second."""
AT_CHECKPOINT = 1 << 20
"""The same where a checkpoint has just been written: a resume cuts the log there, and its index stays right."""
LARGEST = 16 << 20
"""Bytes of an index; one of a long run has about one million."""
LARGEST_SUMMARY = 1 << 20
"""Bytes of a summary; one has about ten thousand."""
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


def summary_of(log: Path) -> Path:
    """Where the summary of a log lies."""
    return log.with_name("summary.json")


def load(log: Path) -> Indexed | None:
    """What the index says, where there is one that fits the log; else None."""
    return _load(log, path_of(log), LARGEST, _decoder.decode)


def load_summary(log: Path) -> Indexed | None:
    """What the summary says, where there is one that fits the log; else None."""
    return _load(log, summary_of(log), LARGEST_SUMMARY, _from_json)


def save(log: Path, state: RunState, offset: int) -> None:
    """Write the index of the first `offset` bytes, which must stand in the file. Where that cannot be, there is none."""
    _save(log, path_of(log), LARGEST, _encoder.encode, state, offset)


def save_summary(log: Path, state: RunState, offset: int) -> None:
    """The same of the summary."""
    _save(log, summary_of(log), LARGEST_SUMMARY, _to_json, state.brief(), offset)


def _load(log: Path, path: Path, largest: int, decode: Callable[[bytes], _Index]) -> Indexed | None:
    try:
        index = decode(read_at_most(path, largest))
        with open_regular(log) as file:
            size = os.fstat(file.fileno()).st_size
            fits = index.version == VERSION and index.offset <= size and index.fingerprint == _fingerprint(file.fileno(), index.offset)
    except (OSError, ValueError, OverflowError, RecursionError):  # gone, torn, or of another version
        return None
    return Indexed(index.state, index.offset) if fits and len(index.state.history) <= NAMES else None


def _save(log: Path, path: Path, largest: int, encode: Callable[[_Index], bytes], state: RunState, offset: int) -> None:
    with suppress(OSError, ValueError, OverflowError, TypeError):
        with open_regular(log) as file:
            fingerprint = _fingerprint(file.fileno(), offset)
        content = encode(_Index(VERSION, offset, fingerprint, state))
        if len(content) <= largest:
            write_atomic(path, content, durable=False)


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
        return deque(msgspec.convert(value, list[get_args(kind)[0]], strict=False))  # type: ignore[misc]
    raise NotImplementedError


_encoder = msgspec.msgpack.Encoder(enc_hook=_plain)
_decoder = msgspec.msgpack.Decoder(_Index, dec_hook=_back)


def _to_json(index: _Index) -> bytes:
    """JSON has no NaN and no infinity: they are words, as in the log."""
    return msgspec.json.encode(_worded(msgspec.to_builtins(index, enc_hook=_plain)))


def _worded(value: Any) -> Any:
    match value:
        case dict():
            return {name: _worded(part) for name, part in value.items()}
        case list() | tuple():
            return [_worded(part) for part in value]
        case float():
            return to_scalar(value)
        case _:
            return value


def _from_json(content: bytes) -> _Index:
    return msgspec.json.decode(content, type=_Index, dec_hook=_back, strict=False)
