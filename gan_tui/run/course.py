"""The shape of a run without reading all of it: its loss by probes, its scores and its last verdict by a search for them."""

import math
import os
from pathlib import Path

from gan_tui.files import open_regular
from gan_tui.run import events
from gan_tui.run.history import Bucket, History
from gan_tui.run.log import ANCHOR

PROBES = 48
"""Places in a log at which a loss is read: more than a sparkline in a listing has cells."""
PROBE = 4 << 10
"""Bytes read there: some 20 events, among which there is one with metrics."""
CHUNK = 1 << 20
LARGEST = 64 << 20
"""Bytes that are searched for evaluations and verdicts, from the end backwards: 0.1 s, and more than most runs ever write."""
_EVALUATION = b'\n{"kind":"evaluation"'
_METRICS = b'{"kind":"metrics"'
_VERDICT = b'\n{"kind":"verdict"'
LOSS = "d_loss"
SCORE = "fd"
"""The smaller, the better."""


class Course:
    """What a listing shows of a run's past. `look` again reads only what is new."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int, int] | None = None
        self._offset = 0
        """Where the search goes on."""
        self._anchor = b""
        """What stands before it."""
        self.loss: list[Bucket] = []
        """`d_loss` at up to `PROBES` places over the whole log."""
        self.scores = History()
        self.best: float | None = None
        """The lowest Frechet distance of any evaluation."""
        self.verdict: events.Verdict | None = None
        """The last one: a verdict is written when it changes, so it may lie far behind the newest numbers and hold all the same."""

    def look(self) -> None:
        """Take in what the log says now. What cannot be read says nothing."""
        try:
            with open_regular(self._path) as file:
                descriptor, status = file.fileno(), os.fstat(file.fileno())
                stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
                if stamp == self._stamp:
                    return
                anchor = os.pread(descriptor, len(self._anchor), self._offset - len(self._anchor))
                if self._stamp is not None and (self._stamp[0] != status.st_ino or anchor != self._anchor):
                    self._forget()  # a resume cuts the log, and goes on from there
                self._stamp = stamp
                self.loss = _probe(descriptor, status.st_size)
                self._search(descriptor, status.st_size)
                self._anchor = os.pread(descriptor, min(ANCHOR, self._offset), max(0, self._offset - ANCHOR))
        except (OSError, ValueError):  # there is none, or a pipe of that name
            return

    def _forget(self) -> None:
        self._offset, self._anchor = 0, b""
        self.scores, self.best, self.verdict = History(), None, None

    def _search(self, descriptor: int, size: int) -> None:
        """Find the evaluations and the last verdict behind `_offset`."""
        position = max(self._offset, size - LARGEST)
        while position < size:
            data = os.pread(descriptor, CHUNK, position)
            complete = data.rfind(b"\n") + 1
            if not complete and len(data) < CHUNK:
                break  # a line that is being written
            self._take(data[: complete or len(data)])
            position += complete or len(data)
        self._offset = position

    def _take(self, data: bytes) -> None:
        """Whole lines: what is no event may say the same a million times within one."""
        data = b"\n" + data
        place = data.rfind(_VERDICT)
        while place >= 0:
            verdict = events.decode(_line(data, place))
            if isinstance(verdict, events.Verdict):
                self.verdict = verdict
                break
            place = data.rfind(_VERDICT, 0, place)
        place = data.find(_EVALUATION)
        while place >= 0:
            event = events.decode(_line(data, place))
            if isinstance(event, events.Evaluation) and SCORE in event.scalars:
                score = events.from_scalar(event.scalars[SCORE])
                self.scores.append(event.step, score)
                if math.isfinite(score) and (self.best is None or score < self.best):
                    self.best = score
            place = data.find(_EVALUATION, place + 1)


def _line(data: bytes, place: int) -> bytes:
    """The line behind the newline at `place`."""
    end = data.find(b"\n", place + 1)
    return data[place + 1 : end if end >= 0 else len(data)]


def _probe(descriptor: int, size: int) -> list[Bucket]:
    """The loss at `PROBES` places, evenly over the file; of a file that is shorter than that, every loss."""
    if size <= PROBES * PROBE:
        return _losses(os.pread(descriptor, size, 0))
    found: list[Bucket] = []
    for index in range(PROBES):
        position = (size - PROBE) * index // (PROBES - 1)
        data = os.pread(descriptor, PROBE, position)
        losses = _losses(data if position == 0 else data[data.find(b"\n") + 1 :])
        newest = losses[-1] if losses else None
        if newest is not None and (not found or newest.step > found[-1].step):
            found.append(newest)
    return found


def _losses(data: bytes) -> list[Bucket]:
    """Each `d_loss` in whole lines."""
    found = []
    for line in data.splitlines():
        event = events.decode(line) if line.startswith(_METRICS) else None
        if isinstance(event, events.Metrics) and LOSS in event.scalars:
            value = events.from_scalar(event.scalars[LOSS])
            finite = value if math.isfinite(value) else None
            found.append(Bucket(event.step, finite, finite))
    return found
