"""What is done every so many seconds."""

import time


class Clock:
    """Says whether `seconds` have passed since it last said so."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def due(self, now: float) -> bool:
        """Is it time? Never, where `seconds` is 0."""
        if self._seconds <= 0 or now - self._last < self._seconds:
            return False
        self._last = now
        return True
