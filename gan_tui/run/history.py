"""A scalar's whole history in bounded memory, with its spikes."""

import math
from typing import NamedTuple


class Bucket(NamedTuple):
    """The lowest and highest value from `step` on, until the next bucket. Both None: nothing finite."""

    step: int
    low: float | None
    high: float | None


class History:
    """Keeps at most `capacity` buckets of (step, min, max); when full, neighbours merge two by two.

    So a run of any length costs the same memory, and the largest spike is never averaged away.
    NaN and infinity enter as a gap, counted in `not_finite`.
    """

    def __init__(self, capacity: int = 2048) -> None:
        self._capacity = capacity
        self._stride = 1
        self._filled = 0
        self.buckets: list[Bucket] = []
        self.latest: float | None = None
        self.not_finite = 0

    def append(self, step: int, value: float) -> None:
        """Add one value; any float is allowed."""
        self.latest = value
        finite = value if math.isfinite(value) else None
        self.not_finite += finite is None
        if self.buckets and self._filled < self._stride:
            self._widen(finite)
            self._filled += 1
            return
        if len(self.buckets) == self._capacity:
            pairs = zip(self.buckets[::2], self.buckets[1::2], strict=True)
            self.buckets = [_merge(left, right) for left, right in pairs]
            self._stride *= 2
        self.buckets.append(Bucket(step, finite, finite))
        self._filled = 1

    def _widen(self, finite: float | None) -> None:
        """Take a value into the last bucket. Most change nothing, and then nothing is made: an attach reads a million."""
        first, low, high = self.buckets[-1]
        if finite is None:
            return
        if low is None or high is None:
            self.buckets[-1] = Bucket(first, finite, finite)
        elif finite < low or finite > high:
            self.buckets[-1] = Bucket(first, min(low, finite), max(high, finite))


def _merge(left: Bucket, right: Bucket) -> Bucket:
    lows = [low for low in (left.low, right.low) if low is not None]
    highs = [high for high in (left.high, right.high) if high is not None]
    return Bucket(left.step, min(lows, default=None), max(highs, default=None))
