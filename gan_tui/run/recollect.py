"""What a trainer that goes on with a run must hear of its log again: all evaluations, and the newest of everything else."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from gan_tui.files import open_regular
from gan_tui.run import events
from gan_tui.run.events import AnyEvent, Evaluation, Metrics
from gan_tui.run.log import LONGEST_LINE, EventReader

CHUNK = 1 << 20
_EVALUATION = b'\n{"kind":"evaluation"'
_METRICS = b'\n{"kind":"metrics"'


def recollect(path: Path, steps: int, readings: int) -> Iterator[AnyEvent]:
    """Every evaluation of a log, and every event of its end: of the last `steps` steps and the last `readings` metrics at least.

    One after the other; a million events are neither decoded nor kept. A missing log has none. Raises OSError.
    """
    try:
        with open_regular(path) as file:
            start = _start_of_end(file, steps, readings)
            yield from _evaluations(file, start)
    except (FileNotFoundError, ValueError):
        return
    reader, more = EventReader(path, offset=start), True
    while more:
        batch, _, more = reader.read()
        yield from batch


def _start_of_end(file: BinaryIO, steps: int, readings: int) -> int:
    """The byte at which a line begins, behind which there is enough."""
    place = file.seek(0, os.SEEK_END)
    last: int | None = None
    found = 0
    while place > 0:
        begin = max(0, place - CHUNK)
        data = os.pread(file.fileno(), place - begin + len(_METRICS), begin)
        found += data.count(_METRICS)
        if last is None:
            last = _step_at(file, begin, data.rfind(_METRICS))
        first = _step_at(file, begin, data.find(_METRICS))
        if found >= readings and first is not None and last is not None and first <= last - steps:
            return begin + data.find(b"\n") + 1
        place = begin
    return 0


def _step_at(file: BinaryIO, begin: int, found: int) -> int | None:
    """The step of the metrics behind a newline."""
    if found < 0:
        return None
    line = os.pread(file.fileno(), LONGEST_LINE, begin + found + 1).partition(b"\n")[0]
    event = events.decode(line)
    return event.step if isinstance(event, Metrics) else None


def _evaluations(file: BinaryIO, end: int) -> Iterator[AnyEvent]:
    """Those that begin before `end`."""
    place = 0
    while place < end:
        size = min(CHUNK, end - place)
        data = os.pread(file.fileno(), size + LONGEST_LINE, place)
        found = data.find(_EVALUATION, 0, size)
        while found >= 0:
            event = events.decode(data[found + 1 : data.find(b"\n", found + 1)])
            if isinstance(event, Evaluation):
                yield event
            found = data.find(_EVALUATION, found + 1, size)
        place += size - len(_EVALUATION) + 1 if place + size < end else size
