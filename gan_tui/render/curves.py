"""A scalar's history as pieces of a line: what a roll-back left behind is gone, NaN is a gap, spikes survive."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from gan_tui.render.ticks import Axis
from gan_tui.run.history import Bucket

Piece = list[tuple[int, float, float]]
"""Neighbouring columns: (column, lowest, highest), joined by a line."""

RARE, FAR = 0.03, 2.0
"""Values that are so small a share of all, and stretch the range so many times, are not usual."""


class Laid(NamedTuple):
    """A curve laid out over columns."""

    pieces: list[Piece]
    gaps: list[int]
    """Columns that hold a value which is not finite."""


def kept(points: Iterable[Bucket]) -> list[Bucket]:
    """The points in order of their steps. What a roll-back (or a resume) went back behind did not happen."""
    found: list[Bucket] = []
    for point in points:
        while found and found[-1].step >= point.step:
            found.pop()
        found.append(point)
    return found


def smooth(points: Sequence[Bucket], count: int) -> list[Bucket]:
    """Each point the mean of itself and the points before it, `count` in all. Gaps stay gaps, and count for nothing."""
    if count <= 1:
        return list(points)
    middles = [middle(point) for point in points]
    found = []
    for index, point in enumerate(points):
        near = [value for value in middles[max(0, index + 1 - count) : index + 1] if value is not None]
        mean = sum(near) / len(near) if near and middles[index] is not None else None
        found.append(Bucket(point.step, mean, mean) if mean is None or math.isfinite(mean) else Bucket(point.step, None, None))
    return found


def middle(point: Bucket) -> float | None:
    """What a point is worth in one number: the mean of its values, or the middle of its range where nobody has counted them."""
    if point.mean is not None:
        return point.mean
    return None if point.low is None or point.high is None else point.low / 2 + point.high / 2


def within(points: Sequence[Bucket], first: float, last: float) -> list[Bucket]:
    """The points from `first` to `last`. A point reaches to the next one, so the one before `first` belongs to it as well."""
    start = max(0, bisect_right(points, first, key=_step) - 1)
    return list(points[start : bisect_right(points, last, key=_step)])


def point_at(points: Sequence[Bucket], step: float) -> Bucket | None:
    """The newest point at `step` or before."""
    index = bisect_right(points, step, key=_step)
    return points[index - 1] if index else None


def extremes(points: Sequence[Bucket], *, positive: bool = False) -> tuple[float, float] | None:
    """The lowest and highest value; None where there is none. `positive`: of those that a log axis can show."""
    lows = [point.low for point in points if point.low is not None and (point.low > 0 or not positive)]
    highs = [point.high for point in points if point.high is not None and (point.high > 0 or not positive)]
    return (min(lows or highs), max(highs)) if highs else None


def lay(points: Sequence[Bucket], axis: Axis, columns: int, *, positive: bool = False) -> Laid:
    """Points over `columns` by their steps (`axis` is a linear one); several in one column are joined to their lowest and highest."""
    pieces: list[Piece] = [[]]
    gaps: list[int] = []
    a_step = columns / (axis.high - axis.low)
    for column, group in groupby(points, key=lambda point: max(0, min(columns - 1, int((point.step - axis.low) * a_step)))):
        here = list(group)
        if any(point.low is None for point in here):
            gaps.append(column)
        found = extremes(here, positive=positive)
        if found is None:
            pieces.append([])
        else:
            pieces[-1].append((column, *found))
    return Laid([piece for piece in pieces if piece], gaps)


def usual_range(pieces: Iterable[Piece]) -> tuple[float, float]:
    """The range of the columns; without the rarest values where these would stretch it far: the first steps of every GAN, and a spike."""
    laid = [column for piece in pieces for column in piece]
    lows, highs = sorted(low for _, low, _ in laid), sorted(high for _, _, high in laid)
    rare = int(len(lows) * RARE)
    low, high = lows[rare], highs[-1 - rare]
    return (low, high) if highs[-1] - lows[0] > FAR * (high - low) else (lows[0], highs[-1])


def _step(point: Bucket) -> int:
    return point.step
