"""A run as of a moment: its log read as far as the moment, so that the screen can show what it showed then."""

from collections import deque
from pathlib import Path
from typing import NamedTuple

from gan_tui.run import events
from gan_tui.run.events import AnyEvent
from gan_tui.run.log import EventReader
from gan_tui.run.skim import skim
from gan_tui.run.state import RunState

STANDING = 1.0
"""Seconds that are left of a time in which nothing was trained: a pause, a night before a resume, the loading of the data."""
CHUNK = 256 << 10
"""Bytes of the log taken in at once."""
_BEGINS = ("starting", "loading")
"""Phases of a trainer that begins. A resume may cut the first of them from the log, with what lies behind its checkpoint."""
_STANDS = ("paused", *_BEGINS)
WORTH_SAYING = 10.0
"""Seconds between two trainers of which a person is told."""
GAPS = 256
"""Of those that were left out, the newest that are kept."""


class Resumed(NamedTuple):
    """A trainer that went on with the run of another."""

    t: float
    """Unix time at which it began."""
    gap: float
    """Seconds between the two."""
    interrupted: bool
    """Did the one before say nothing of its end?"""


class Gap(NamedTuple):
    """Time in which nothing was trained, and which the recording leaves out."""

    end: float
    """Unix time."""
    seconds: float


class RecordedTime:
    """How many seconds into the recording an event stands: by the log's own times, which may jump either way."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._last: float | None = None
        self._stands = False
        """Was nothing being trained since the last event?"""
        self._begins = self._finished = False
        self.left_out = 0.0
        """Seconds before the event that was seen last which the recording leaves out."""
        self.resumed: Resumed | None = None
        """Did that event begin another trainer, long after the one before?"""

    def see(self, kind: str, t: float, phase: str = "") -> float:
        """Where the next event of the log stands."""
        gap = max(0.0, t - self._last) if self._last is not None else 0.0
        begins = kind == "started" or (kind == "phase" and phase in _BEGINS)
        taken = min(gap, STANDING) if self._stands or begins else gap
        self.seconds += taken
        self._last, self.left_out = t, gap - taken
        another = kind == "phase" and begins and not self._begins and gap >= WORTH_SAYING
        self.resumed = Resumed(t, gap, not self._finished) if another else None
        if kind in ("phase", "metrics", "finished"):
            self._begins, self._finished = begins, kind == "finished"
        if kind == "phase":
            self._stands = phase in _STANDS
        elif kind in ("started", "metrics", "finished"):
            self._stands = kind == "finished"
        return self.seconds


class Recording:
    """What a log adds up to at a moment of one's choice, in seconds since its first event; at first at 0, with no event taken in.

    Of a log that grows, what comes after it was opened is not in the recording. Memory is that of a state, however long the log.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        time = RecordedTime()
        self.count = 0
        """Events of the log."""
        for event in skim(log):
            time.see(event.kind, event.t, event.name)
            self.count += 1
        self.length = time.seconds
        """Seconds from the first event to the last."""
        self._begin()

    def _begin(self) -> None:
        self.state = RunState()
        self.at = 0.0
        self._last = (0.0, 0.0)
        """Of the event taken in last: seconds into the recording, Unix time."""
        self.resumed: Resumed | None = None
        """The newest."""
        self._gaps: deque[Gap] = deque(maxlen=GAPS)
        self._reader = EventReader(self._log)
        self._time = RecordedTime()
        self._read: deque[tuple[float, AnyEvent, float, Resumed | None]] = deque()

    @property
    def now(self) -> float:
        """Unix time at the moment that is shown."""
        seconds, t = self._last
        return t + max(0.0, self.at - seconds)

    def since(self, moment: float) -> float:
        """Seconds of the recording between a moment (Unix time) and now: without the gaps that it leaves out."""
        return self.now - moment - sum(gap.seconds for gap in self._gaps if gap.end > moment)

    @property
    def over(self) -> bool:
        """Is the last event behind it?"""
        return self.at >= self.length

    def go_to(self, seconds: float, most: int | None = None) -> bool:
        """Take in every event until then. False where there are more than `most`, and it is to be called once more."""
        seconds = min(max(0.0, seconds), self.length)
        if seconds < self._last[0]:
            self._begin()
        taken = 0
        while (self._read or self._read_on()) and self._read[0][0] <= seconds:
            if taken == most:
                return False
            moment, event, left_out, resumed = self._read.popleft()
            self.state.apply(event)
            self.resumed = resumed or self.resumed
            if left_out:
                self._gaps.append(Gap(event.t, left_out))
            self._last = (moment, event.t)
            taken += 1
        self.at = seconds
        return True

    def _read_on(self) -> bool:
        """True where there is more."""
        while True:
            news = self._reader.read(CHUNK)
            if news.restarted:  # a resume has cut the log meanwhile: what it says now is what happened
                self._begin()
                continue
            for event in news.events:
                phase = event.name if isinstance(event, events.Phase) else ""
                seconds = self._time.see(str(event.__struct_config__.tag), event.t, phase)
                self._read.append((seconds, event, self._time.left_out, self._time.resumed))
            if self._read or not news.more:
                return bool(self._read)
