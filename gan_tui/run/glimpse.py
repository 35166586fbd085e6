"""The picture of a long log at once, from samples of it, while the whole is read."""

import os
import re
from pathlib import Path

from gan_tui.files import open_regular
from gan_tui.run import events
from gan_tui.run.state import RunState

ENDS = 64 << 10
"""Bytes read from each end: when the run began, and where it stands."""
PROBES = 1000
"""Places in between: more than a chart has columns."""
PROBE = 4 << 10
"""Bytes read there: some ten events, among which there is one with metrics."""
SEARCHED = 64 << 20
"""Bytes before the end in which everything but metrics is looked for: a tenth of a second, and more than most runs ever write."""
CHUNK = 4 << 20
MOST = 20_000
"""Lines of those that are enough."""
_NEWS = re.compile(rb'^\{"kind":"(?!metrics")[^\n]{0,100000}\n', re.MULTILINE)


def glimpse(path: Path, probes: int = PROBES) -> tuple[RunState, int]:
    """What samples of a log add up to, and the byte at which to go on. Raises OSError, and ValueError for what is no file.

    Curves are there as a whole, and spikes may be missing; what happened once, long ago, may be missing as well.
    """
    with open_regular(path) as file:
        descriptor = file.fileno()
        end = _last_newline(descriptor, os.fstat(descriptor).st_size)
        first, last = min(ENDS, end), max(0, end - ENDS)
        lines = _whole_lines(descriptor, 0, first)
        for number in range(probes):
            place = first + max(0, last - first) * number // probes
            lines |= _whole_lines(descriptor, place, min(PROBE, end - place))
        lines |= _news(descriptor, max(first, end - SEARCHED), last)
        lines |= _whole_lines(descriptor, last, end - last)
    found = (events.decode(lines[place]) for place in sorted(lines))
    return RunState.of(event for event in found if event is not None), end


def _whole_lines(descriptor: int, place: int, size: int) -> dict[int, bytes]:
    """The lines that begin and end there, by the byte at which each begins."""
    data = os.pread(descriptor, size, place)
    start = data.find(b"\n") + 1 if place else 0
    found = {}
    while (end := data.find(b"\n", start)) >= 0:
        found[place + start] = data[start:end]
        start = end + 1
    return found


def _news(descriptor: int, first: int, last: int) -> dict[int, bytes]:
    """The newest lines between two bytes that are no metrics."""
    found: dict[int, bytes] = {}
    while last > first and len(found) < MOST:
        place = max(first, last - CHUNK)
        data = os.pread(descriptor, last - place + ENDS, place)  # the last line ends somewhat later
        found |= {place + match.start(): match[0] for match in _NEWS.finditer(data) if match.start()}
        last = place
    return found


def _last_newline(descriptor: int, size: int) -> int:
    """The byte behind the last whole line, or the end of the file where that is far."""
    place = max(0, size - ENDS)
    newline = os.pread(descriptor, size - place, place).rfind(b"\n")
    return place + newline + 1 if newline >= 0 else size
