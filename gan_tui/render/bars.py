"""Bars, gauges, sparklines and filled areas as plain strings of exactly the width that was asked for."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from gan_tui.render.curves import falls_far, kept, lay, middle, point_at
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ticks import Axis
from gan_tui.run.history import Bucket


class Bar(NamedTuple):
    """A bar in two parts, so that each may have its own colour."""

    filled: str
    rest: str


def bar(fraction: float | None, width: int, glyphs: Glyphs) -> Bar:
    """A bar filled to `fraction` (clamped to 0..1, half a cell exact). Unknown or NaN: empty."""
    halves = _halves(fraction, width)
    filled = glyphs.full * (halves // 2) + (glyphs.half if halves % 2 else "")
    return Bar(filled, glyphs.empty * (width - len(filled)))


def gauge(value: float | None, width: int, glyphs: Glyphs) -> Bar:
    """A bar on the scale 0..1 with its middle, 0.5, marked."""
    filled, rest = bar(value, width, glyphs)
    if width < 3:
        return Bar(filled, rest)
    middle = width // 2
    if middle < len(filled):
        return Bar(filled[:middle] + glyphs.mark_full + filled[middle + 1 :], rest)
    offset = middle - len(filled)
    return Bar(filled, rest[:offset] + glyphs.mark_empty + rest[offset + 1 :])


def _halves(fraction: float | None, width: int) -> int:
    if fraction is None or math.isnan(fraction):
        return 0
    return round(min(1.0, max(0.0, fraction)) * width * 2)


def columns(buckets: Sequence[Bucket], width: int) -> list[float | None]:
    """A history over `width` columns by its steps: the middle of each one's range; None where nothing is finite.

    A history shorter than `width` has one column for each bucket, so that a young run grows to the right
    instead of being stretched. Columns between two far buckets take the value of the one before.
    """
    if not buckets or width < 1:
        return []
    young = len(buckets) <= width
    points = [bucket._replace(step=index) for index, bucket in enumerate(buckets)] if young else buckets
    laid = lay(points, Axis(points[0].step, points[0].step + width if young else points[-1].step + 1), width)
    found: list[float | None] = [None] * (len(buckets) if young else width)
    for piece in laid.pieces:
        before: tuple[int, float] | None = None
        for column, low, high in piece:
            if before is not None:
                found[before[0] : column] = [before[1]] * (column - before[0])
            before = column, low / 2 + high / 2
            found[column] = before[1]
    return found


def spark(buckets: Sequence[Bucket], width: int, glyphs: Glyphs) -> str:
    """A history in one line: the middle of each column's range. A gap stands where nothing was finite.

    The scale goes from the first to the last decile, and what lies outside is at its edge: the jump in the first epochs of
    every GAN would otherwise flatten all that comes after it.
    """
    values = columns(buckets, width)
    finite = sorted(value for value in values if value is not None)
    rare = len(finite) // 10
    return sparks(values, (finite[rare], finite[-1 - rare]) if finite else (0.0, 1.0), glyphs).ljust(width)


class Held(NamedTuple):
    """A value in a column."""

    value: float | None
    measured: bool
    """In this column; else in an earlier one."""


def over_time(buckets: Sequence[Bucket], last: int, width: int) -> list[Held]:
    """A history over `width` columns from its first step to `last`, each value held until the next one. A single one has one column."""
    points = kept(buckets)
    if len(points) < 2 or width < 1:
        return [Held(middle(point), True) for point in points[:width]]
    first, found, before = points[0].step, [], None
    for column in range(width):
        point = point_at(points, first + (last - first) * (column + 1) / width)
        found.append(Held(middle(point) if point is not None else None, point is not before))
        before = point
    return found


def held(buckets: Sequence[Bucket], last: int, width: int) -> list[float | None]:
    """A history over `width` columns from its first step to `last`: in each the newest value there is by then.

    One of fewer points has one column for each, so that nobody takes a single measurement for many.
    """
    if not buckets or width < 1:
        return []
    if len(points := kept(buckets)) <= width:
        return [middle(point) for point in points]
    first = buckets[0].step
    ends = [first + (last - first) * (column + 1) / width for column in range(width)]
    return [middle(point) if (point := point_at(buckets, end)) is not None else None for end in ends]


def course(buckets: Sequence[Bucket], last: int, width: int, glyphs: Glyphs) -> str:
    """The values from the first step to `last` in one line of `width` cells; one that falls to a fraction of itself on a log scale."""
    values = held(buckets, last, width)
    finite = [value for value in values if value is not None]
    if not finite:
        return " " * width
    low, high = min(finite), max(finite)
    if falls_far(low, high):
        values = [None if value is None else math.log(value) for value in values]
        low, high = math.log(low), math.log(high)
    return sparks(values, (low, high), glyphs).ljust(width)


def sparks(values: Sequence[float | None], ends: tuple[float, float], glyphs: Glyphs) -> str:
    """One bar a value on the scale between `ends`, a gap for None."""
    low, high = ends
    span = high - low
    top = len(glyphs.low_spark) - 1

    def sign(value: float | None) -> str:
        if value is None:
            return " "
        share = (value - low) / span if 0 < span < math.inf else 0.5
        return glyphs.low_spark[round(min(1.0, max(0.0, share)) * top)]

    return "".join(map(sign, values))


def area(shares: Sequence[float | None], width: int, height: int, glyphs: Glyphs) -> list[str]:
    """Shares (0 to 1) as `height` lines of `width` cells, filled from below, one cell a value, the newest at the right edge.

    None and NaN are gaps, 0 still shows as the lowest bar.
    """
    if width < 1 or height < 1:
        return []
    newest = list(shares)[-width:]
    levels = [_level(share, height * len(glyphs.spark)) for share in newest]
    return ["".join(_sign(level, row, glyphs) for level in levels).rjust(width) for row in reversed(range(height))]


def _level(share: float | None, top: int) -> int:
    """Eighths of a cell that are filled; 0 is a gap."""
    if share is None or math.isnan(share):
        return 0
    return max(1, round(min(1.0, max(0.0, share)) * top))


def _sign(level: int, row: int, glyphs: Glyphs) -> str:
    """What stands in row number `row`, counted from below."""
    filled = level - row * len(glyphs.spark)
    return " " if filled <= 0 else glyphs.spark[min(filled, len(glyphs.spark)) - 1]
