"""A scalar's whole history in bounded memory, with its spikes."""

import math
from typing import Annotated, NamedTuple, Self

import msgspec
from msgspec import Meta

CAPACITY = 2048
"""Buckets: more than a chart has columns."""


class Bucket(NamedTuple):
    """The lowest and highest value from `step` on, until the next bucket. Both None: nothing finite."""

    step: int
    low: float | None
    high: float | None
    mean: float | None = None
    """Of the finite values; None in histories of earlier versions."""


class History(msgspec.Struct):
    """Keeps at most `capacity` buckets of (step, min, max, mean); when full, neighbours merge two by two.

    So a run of any length costs the same memory, and the largest spike is never averaged away.
    NaN and infinity enter as a gap, counted in `not_finite`.
    """

    capacity: Annotated[int, Meta(ge=2)] = CAPACITY
    stride: Annotated[int, Meta(ge=1)] = 1
    """Values in a bucket that is full."""
    latest: float | None = None
    not_finite: int = 0
    closed: list[Bucket] = []
    # The last bucket, which is still being filled. An attach may have to read a million values, so no object is made for each.
    step: int = 0
    filled: Annotated[int, Meta(ge=0)] = 0
    finite: Annotated[int, Meta(ge=0)] = 0
    low: float = math.inf
    high: float = -math.inf
    total: float = 0.0

    @property
    def buckets(self) -> list[Bucket]:
        """All of them, the oldest first."""
        return [*self.closed, self._last()] if self.filled else self.closed

    def append(self, step: int, value: float) -> None:
        """Add one value; any float is allowed."""
        self.latest = value
        if self.filled == self.stride or not self.filled:
            self._begin(step)
        self.filled += 1
        if value - value != 0.0:  # NaN and infinity
            self.not_finite += 1
            return
        self.finite += 1
        self.total += value
        if value < self.low:
            self.low = value
        if value > self.high:
            self.high = value

    def thinned(self, points: int) -> Self:
        """The same in at most `points` buckets: what is small, and goes on as the whole one would."""
        size = -(-len(self.closed) // max(1, points - 1))
        if size <= 1:
            return msgspec.structs.replace(self, capacity=points, closed=list(self.closed))
        groups = [_merge(*self.closed[start : start + size]) for start in range(0, len(self.closed), size)]
        return msgspec.structs.replace(self, capacity=points, stride=self.stride * size, closed=groups)

    def _begin(self, step: int) -> None:
        """Close the last bucket and begin the next."""
        if self.filled:
            self.closed.append(self._last())
        if len(self.closed) >= self.capacity:
            self.closed = [_merge(*self.closed[start : start + 2]) for start in range(0, len(self.closed), 2)]
            self.stride *= 2
        self.step, self.filled, self.finite = step, 0, 0
        self.low, self.high, self.total = math.inf, -math.inf, 0.0

    def _last(self) -> Bucket:
        if not self.finite:
            return Bucket(self.step, None, None)
        # The sum of huge values is infinite, and of equal ones not quite theirs.
        mean = min(max(self.total / self.finite, self.low), self.high)
        return Bucket(self.step, self.low, self.high, mean)


def _merge(*buckets: Bucket) -> Bucket:
    lows = [bucket.low for bucket in buckets if bucket.low is not None]
    highs = [bucket.high for bucket in buckets if bucket.high is not None]
    means = [bucket.mean / len(buckets) for bucket in buckets if bucket.mean is not None]  # divided first: huge ones have no sum
    mean = math.fsum(means) * len(buckets) / len(means) if means else None
    return Bucket(buckets[0].step, min(lows, default=None), max(highs, default=None), mean)
