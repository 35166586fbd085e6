"""Bars, gauges and sparklines as plain strings of exactly the width that was asked for."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from gan_tui.render.glyphs import Glyphs
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


def columns(buckets: Sequence[Bucket], width: int) -> list[tuple[float, float] | None]:
    """A history laid out over `width` columns by step: (lowest, highest) of each; None where nothing is finite.

    A history shorter than `width` has one column for each bucket, so that a young run grows to the right
    instead of being stretched. Columns between two far buckets take the value of the one before.
    """
    if not buckets or width < 1:
        return []
    if len(buckets) <= width:
        return [_range(buckets[index : index + 1]) for index in range(len(buckets))]
    first, last = buckets[0].step, buckets[-1].step
    span = max(1, last - first + 1)
    found: list[tuple[float, float] | None] = []
    start = 0
    for column in range(width):
        edge = first + span * (column + 1) / width
        end = start
        while end < len(buckets) and buckets[end].step < edge:
            end += 1
        found.append(_range(buckets[start:end]) if end > start or not found else found[-1])
        start = end
    return found


def _range(buckets: Sequence[Bucket]) -> tuple[float, float] | None:
    lows = [bucket.low for bucket in buckets if bucket.low is not None]
    highs = [bucket.high for bucket in buckets if bucket.high is not None]
    return (min(lows), max(highs)) if lows and highs else None


def spark(buckets: Sequence[Bucket], width: int, glyphs: Glyphs) -> str:
    """A history in one line: the middle of each column's range. A gap stands where nothing was finite.

    The scale goes from the first to the last decile, and what lies outside is at its edge: the jump in the first epochs of
    every GAN would otherwise flatten all that comes after it.
    """
    values = [None if pair is None else pair[0] / 2 + pair[1] / 2 for pair in columns(buckets, width)]
    finite = sorted(value for value in values if value is not None)
    low, high = (finite[len(finite) // 10], finite[-1 - len(finite) // 10]) if finite else (0.0, 1.0)
    span = high - low
    top = len(glyphs.spark) - 1

    def sign(value: float | None) -> str:
        if value is None:
            return " "
        share = (value - low) / span if 0 < span < math.inf else 0.5
        return glyphs.spark[round(min(1.0, max(0.0, share)) * top)]

    return "".join(map(sign, values)).ljust(width)
