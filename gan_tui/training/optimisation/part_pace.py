"""How fast a part of a run goes: its first steps say nothing of when it will end."""

from collections import deque

FIRST_STEPS = 3
"""Of each part, before their speed says when it will end."""
REMEMBERED = 20
"""Steps by which the speed is told."""


class PartPace:
    """Of the part in hand."""

    def __init__(self) -> None:
        self._last: deque[float] = deque(maxlen=REMEMBERED)

    def took(self, seconds: float) -> None:
        """A step did."""
        self._last.append(seconds)

    def clear(self) -> None:
        """Another part begins."""
        self._last.clear()

    @property
    def seconds_a_step(self) -> float | None:
        """None while too few were done."""
        return sum(self._last) / len(self._last) if len(self._last) > FIRST_STEPS else None
