"""What is done every so many seconds, for how many seconds a run has trained, and how fast."""

import time
from collections import deque

from gan_tui.counted import time_words

LINE_SECONDS = 30.0
"""After so long a line is printed also where steps are so slow, or parts so short, that none was due by their number."""


class Interval:
    """Says whether `seconds` have passed since it last said so, or so many times as much."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def due(self, now: float, times: float = 1.0) -> bool:
        """Is it time? Never, where `seconds` is 0."""
        if self._seconds <= 0 or now - self._last < times * self._seconds:
            return False
        self._last = now
        return True


class Pace:
    """Steps a second from look to look. Moments that are far shorter than others say something together; until then it is what it was."""

    def __init__(self, shortest: float) -> None:
        """`shortest`: seconds that looks must span."""
        self._shortest = shortest
        self._rate: float | None = None
        self._steps, self._seconds = 0, 0.0
        """Since it was said last."""

    def over(self, steps: int, seconds: float) -> float:
        """The pace, with so many steps more in so many seconds."""
        self._steps += max(0, steps)
        self._seconds += seconds
        spans = self._seconds >= self._shortest
        if self._seconds > 0 and (spans or self._rate is None):
            self._rate = self._steps / self._seconds
        if spans:
            self._steps, self._seconds = 0, 0.0
        return self._rate or 0.0


class Standstill:
    """Finds the time in which a process was held (SIGSTOP, a frozen container, a paused virtual machine): it is none of the training."""

    SECONDS = 5.0
    """What is shorter is not looked at."""
    TIMES = 20
    """As long as the slowest of the steps before: what is less may be a slow step."""
    WORK = 0.1
    """Of the time, spent on a processor: what is more was work, such as compiling."""

    def __init__(self) -> None:
        self._steps: deque[float] = deque(maxlen=20)

    def held(self, wall: float, processor: float) -> float:
        """Seconds for which it was held within a step that took so many, and so many of a processor; 0: it was not."""
        known = len(self._steps) == self._steps.maxlen
        if known and wall > max(self.SECONDS, self.TIMES * max(self._steps)) and processor < self.WORK * wall:
            return wall - sum(self._steps) / len(self._steps)
        self._steps.append(wall)
        return 0.0


def held_words(seconds: float) -> str:
    """What is said of it: why it did nothing nobody knows."""
    return f"the trainer stood still for {time_words(seconds)}, which is no training time"


class Stopwatch:
    """Stands until it is started, and while it is held: pauses are left out."""

    def __init__(self) -> None:
        self.started = False
        self._began = 0.0
        self._held: float | None = None
        self._left_out = 0.0

    def start(self) -> None:
        """At the first step; later it does nothing."""
        if not self.started:
            self.started, self._began = True, time.monotonic()
            self._left_out = 0.0  # a pause before it was none of the training's
            if self._held is not None:
                self._held = self._began

    @property
    def held(self) -> bool:
        return self._held is not None

    def hold(self) -> None:
        self._held = time.monotonic()

    def go_on(self) -> None:
        if self._held is not None:
            self._left_out += time.monotonic() - self._held
            self._held = None

    @property
    def seconds(self) -> float:
        if not self.started:
            return 0.0
        return (self._held or time.monotonic()) - self._began - self._left_out
