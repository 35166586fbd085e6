"""A scalar's history as pieces of a line: what a roll-back left behind is gone, NaN is a gap, spikes survive in the band around it."""

import math
import statistics
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import groupby, pairwise
from typing import NamedTuple

from gan_tui.render.ticks import Axis
from gan_tui.run.history import Bucket

Piece = list[tuple[int, float, float]]
"""Neighbouring columns: (column, lowest, highest), joined by a line."""

RARE, FAR = 0.03, 2.0
"""Values that are so small a share of all, and stretch the range so many times, are not usual."""
SMOOTHINGS = (1, 3, 10, 30, 100)
"""Points of which each point shown is the mean."""
CALM = 0.04
"""Of its range, by which a curve may move from point to point by noise alone."""
LEAST_MEANS = 12
"""Means that a curve has at least, of points that do not overlap: fewer would say nothing of its course."""

SPAN = 5.0
"""A distance whose largest value is so many times its smallest one is seen on a logarithmic axis: else nothing is seen of its end."""


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


def _mean_of(values: Sequence[float]) -> float:
    """The same with every Python, which `sum` is not from 3.12 on; infinite where their sum is no number."""
    try:
        return math.fsum(values) / len(values)
    except OverflowError:
        return math.inf


def smooth(points: Sequence[Bucket], count: int) -> list[Bucket]:
    """Each point the mean of the `count` points around it, itself in their middle. Gaps stay gaps, and count for nothing."""
    if count <= 1:
        return list(points)
    middles = [middle(point) for point in points]
    found = []
    for index, point in enumerate(points):
        near = [value for value in middles[max(0, index - (count - 1) // 2) : index + count // 2 + 1] if value is not None]
        mean = _mean_of(near) if near and middles[index] is not None else None
        found.append(Bucket(point.step, mean, mean) if mean is None or math.isfinite(mean) else Bucket(point.step, None, None))
    return found


def smoothed(points: Sequence[Bucket], count: int) -> list[Bucket]:
    """As `smooth`, but a curve keeps `LEAST_MEANS`: few measured points stay as they are."""
    return smooth(points, min(count, len(points) // LEAST_MEANS))


def calming(points: Sequence[Bucket]) -> int:
    """Of how many points a mean is calm (see `CALM`): one of `SMOOTHINGS`.

    The noise is what neighbours differ by: of two values of one normal distribution that is 0.95 of its deviation, in the median.
    """
    values = sorted(found) if (found := [value for point in points if (value := middle(point)) is not None]) else [0.0]
    differences = [abs(after / 2 - before / 2) * 2 for before, after in pairwise(found)]
    rare = int(len(values) * RARE)
    spread = values[-1 - rare] - values[rare]
    noise = statistics.median(differences) / 0.95 if differences else 0.0
    most = len(found) // LEAST_MEANS
    return next((count for count in SMOOTHINGS if count >= most or not noise / math.sqrt(count) > CALM * spread), SMOOTHINGS[-1])


def middle(point: Bucket) -> float | None:
    """What a point is worth in one number: the mean of its values, or the middle of its range where they were not counted."""
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


def falls_far(low: float, high: float) -> bool:
    """Do values from `low` to `high` need a logarithmic axis?"""
    return low > 0 and high > SPAN * low and math.isfinite(high)


def lay(points: Sequence[Bucket], axis: Axis, columns: int, *, positive: bool = False, mean: bool = False) -> Laid:
    """Points over `columns` by their steps (`axis` is a linear one); several in one column are their lowest and highest, or mean."""
    pieces: list[Piece] = [[]]
    gaps: list[int] = []
    a_step = columns / (axis.high - axis.low)
    for column, group in groupby(points, key=lambda point: max(0, min(columns - 1, int((point.step - axis.low) * a_step)))):
        here = list(group)
        if any(point.low is None for point in here):
            gaps.append(column)
        found = _mean(here, positive=positive) if mean else extremes(here, positive=positive)
        if found is None:
            pieces.append([])
        else:
            pieces[-1].append((column, *found))
    return Laid([piece for piece in pieces if piece], gaps)


def _mean(points: Sequence[Bucket], *, positive: bool) -> tuple[float, float] | None:
    """The mean of what can be shown, as a range of one value."""
    values = [value for point in points if (value := middle(point)) is not None and (value > 0 or not positive)]
    mean = math.fsum(value / len(values) for value in values)
    return (mean, mean) if values else None


def spread_out(pieces: Iterable[Piece], columns: int) -> dict[int, tuple[float, float]]:
    """The range of each of `columns` cells, of pieces that have two columns to a cell; straight on where there is none between."""
    found: dict[int, tuple[float, float]] = {}
    for piece in pieces:
        for (left, low, high), (right, low_then, high_then) in pairwise([*piece, piece[-1]]):
            for column in range(left, max(left + 1, right)):
                share = (column - left) / max(1, right - left)
                here = low + (low_then - low) * share, high + (high_then - high) * share
                cell = min(columns - 1, column // 2)
                before = found.get(cell, here)
                found[cell] = min(before[0], here[0]), max(before[1], here[1])
    return found


def usual_range(pieces: Iterable[Piece]) -> tuple[float, float]:
    """The range of the columns; without the rarest values where these would stretch it far: the first steps of every GAN, and a spike."""
    laid = [column for piece in pieces for column in piece]
    lows, highs = sorted(low for _, low, _ in laid), sorted(high for _, _, high in laid)
    rare = int(len(lows) * RARE)
    low, high = lows[rare], highs[-1 - rare]
    return (low, high) if highs[-1] - lows[0] > FAR * (high - low) else (lows[0], highs[-1])


def _step(point: Bucket) -> int:
    return point.step
