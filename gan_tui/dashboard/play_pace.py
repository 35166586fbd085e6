"""How much is trained, and how often it is drawn: by the clock, and by what the terminal and its line can take."""

import time
from collections import deque
from collections.abc import Callable

BYTES_A_SECOND = 36_000
"""To the terminal; what the numbers beside the field take comes out of it as well."""
BURST = 9_000
"""Bytes that may go out at once after a time without any: a first picture at 80x24."""
MOST_DUE_SECONDS = 0.25
"""Of training that is caught up with after a time without any: a machine that was busy shall not have to run after the clock."""
WINDOW_SECONDS = 1.0
"""Over which steps a second are counted."""
REST = 2.0
"""Times what the last picture took to draw, until the next one."""


class PlayPace:
    """One tick after the other."""

    def __init__(self, fps: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._seconds = clock, 1 / fps
        self._ticked = clock()
        self._due = 0.0
        self._allowance = float(BURST)
        self._sent = 0
        self._draws_from = clock()
        self._made: deque[tuple[float, int]] = deque()

    def tick(self, speed: float, sent: int) -> None:
        """Time has passed in which `speed` steps a second are to be made. `sent`: bytes to the terminal so far."""
        now = self._clock()
        passed, self._ticked = now - self._ticked, now
        self._due = min(self._due + speed * passed, max(1.0, speed * MOST_DUE_SECONDS))
        self._allowance = min(BURST, self._allowance + passed * BYTES_A_SECOND) - (sent - self._sent)
        self._sent = sent

    @property
    def steps(self) -> int:
        """Whole steps that are due."""
        return int(self._due)

    @property
    def may_draw(self) -> bool:
        """Is it time for a picture, and are there bytes for it?"""
        return self._allowance > 0 and self._clock() >= self._draws_from

    def drawn(self, seconds: float) -> None:
        """A picture was drawn, which took the screen so many."""
        self._draws_from = max(self._draws_from + self._seconds, self._clock() + min(REST * seconds, 1.0))
        self._draws_from = max(self._draws_from, self._clock())

    def made(self, steps: int) -> None:
        """So many were."""
        now = self._clock()
        self._due = max(0.0, self._due - steps)
        self._made.append((now, steps))
        while self._made[0][0] < now - WINDOW_SECONDS:
            self._made.popleft()

    def stop(self) -> None:
        """Nothing is due, and nothing was made lately."""
        self._due = 0.0
        self._made.clear()

    @property
    def rate(self) -> float | None:
        """Steps a second of late; None before there were enough."""
        if len(self._made) < 2:
            return None
        first, last = self._made[0][0], self._made[-1][0]
        return sum(steps for _, steps in list(self._made)[1:]) / (last - first) if last > first else None
