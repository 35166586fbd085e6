"""The shape of a run without reading all of it: its loss by probes, its scores and its last verdict by a search for them."""

import math
import os
from pathlib import Path

from gan_tui.run import events
from gan_tui.run.history import Bucket, History

PROBES = 48
"""Places in a log at which a loss is read: more than a sparkline in a listing has cells."""
PROBE = 4 << 10
"""Bytes read there: some 20 events, among which there is one with metrics."""
CHUNK = 1 << 20
LARGEST = 64 << 20
"""Bytes that are searched for evaluations and verdicts, from the end backwards: 0.1 s, and more than most runs ever write."""
_EVALUATION = b'{"kind":"evaluation"'
_METRICS = b'{"kind":"metrics"'
_VERDICT = b'{"kind":"verdict"'
LOSS = "d_loss"
SCORE = "fd"
"""The smaller, the better."""


class Course:
    """What a listing shows of a run's past. `look` again reads only what is new."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp: tuple[int, int] | None = None
        self._offset = 0
        """Where the search goes on."""
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
            if not self._path.is_file():  # a pipe would be waited for
                return
            with open(self._path, "rb") as file:
                status = os.fstat(file.fileno())
                before, self._stamp = self._stamp, (status.st_ino, status.st_size)
                if self._stamp == before:
                    return
                if before is not None and (before[0] != status.st_ino or before[1] > status.st_size):
                    self._forget()  # a resume cuts the log
                self.loss = _probe(file.fileno(), status.st_size)
                self._search(file.fileno(), status.st_size)
        except OSError:
            return

    def _forget(self) -> None:
        self._offset = 0
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
        place = data.rfind(_VERDICT)
        while place >= 0:
            verdict = events.decode(data[place:].partition(b"\n")[0])
            if isinstance(verdict, events.Verdict):
                self.verdict = verdict
                break
            place = data.rfind(_VERDICT, 0, place)
        start = data.find(_EVALUATION)
        while start >= 0:
            end = data.find(b"\n", start)
            event = events.decode(data[start : end if end >= 0 else len(data)])
            if isinstance(event, events.Evaluation) and SCORE in event.scalars:
                score = events.from_scalar(event.scalars[SCORE])
                self.scores.append(event.step, score)
                if math.isfinite(score) and (self.best is None or score < self.best):
                    self.best = score
            start = data.find(_EVALUATION, start + 1)


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
