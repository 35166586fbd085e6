"""What the clock on the wall says about a run: how old its news are, and whether it stands still although it should not."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from statistics import median
from typing import Protocol

from gan_tui.dashboard.messages import Snapshot
from gan_tui.run.state import RunState

SHORTEST_STALL = 10.0
"""Seconds without news that are never a stall."""
STALL_INTERVALS = 20
"""Usual intervals between two metrics events without one: a stall."""
AHEAD = 60.0
"""Seconds that another machine's clock may be ahead of this one. What lies further ahead was written before the clock was set back."""
LONGEST_AGE = 1e9
"""Seconds: thirty years. What seems older has no time."""
LOOKED_AT = 20
"""Events from which the usual interval is taken."""


class Clock(Protocol):
    """What ages count by: of a recording, the moment that is shown."""

    @property
    def now(self) -> float:
        """Unix time."""

    def since(self, moment: float) -> float:
        """Seconds between a moment (Unix time) and now."""


class _OnTheWall:
    @property
    def now(self) -> float:
        return time.time()

    def since(self, moment: float) -> float:
        return now() - moment


_clock: Clock = _OnTheWall()


@contextmanager
def counted_by(clock: Clock) -> Iterator[None]:
    """Meanwhile ages count by another clock than the one on the wall."""
    global _clock
    before, _clock = _clock, clock
    try:
        yield
    finally:
        _clock = before


def now() -> float:
    """Unix time, for everything on the screen that is an age. Tests stop it."""
    return _clock.now


def since(moment: float) -> float:
    """The age in seconds of what happened at a Unix time."""
    return _clock.since(moment)


def unset() -> float:
    """Seconds by a clock that nobody sets, counted from any moment."""
    return time.monotonic()


def age(moment: float | None) -> float | None:
    """The same, 0 at least; None where nobody knows: without a time, or where it is still to come."""
    seconds = since(moment) if moment is not None else LONGEST_AGE
    return max(0.0, seconds) if -AHEAD < seconds < LONGEST_AGE else None


def stalled_for(snapshot: Snapshot) -> float | None:
    """Seconds since the last step of a trainer that is alive and says it trains, where they are far too many; else None.

    Before the first step it is not known what is usual: loading, compiling and warming up may take minutes. What was read before this
    screen came, only the clock on the wall can date; where that was set back, the time since counts for which the screen has heard nothing.
    """
    state = snapshot.state
    if not snapshot.alive or snapshot.name != "training" or state.last_step_at is None or not state.recent:
        return None
    silent = since(max(state.last_step_at, state.phase_at or 0.0))
    if snapshot.heard is not None:
        silent = max(silent, unset() - snapshot.heard())
    return silent if silent > max(SHORTEST_STALL, STALL_INTERVALS * _usual_interval(state)) else None


def grows(snapshot: Snapshot) -> bool:
    """Is there more to come, for which a chart keeps room? Of a run that stalls nobody knows."""
    return snapshot.alive and snapshot.state.outcome is None and stalled_for(snapshot) is None


def _usual_interval(state: RunState) -> float:
    times = [event.t for event in list(state.recent)[-LOOKED_AT:]]
    gaps = [after - before for before, after in pairwise(times) if after >= before]
    return median(gaps) if gaps else 0.0
