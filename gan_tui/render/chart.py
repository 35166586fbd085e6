"""Small line charts out of braille dots (or ASCII), with an axis: each line a list of (text, series) runs.

A tenth of the cost of `plot.py`'s, for what is always on the screen: no horizontal axis, no gaps told from what is missing.
"""

from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from gan_tui.render.bars import columns
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import number
from gan_tui.render.ticks import value_axis
from gan_tui.run.history import Bucket

AXIS, NOTHING, GUIDE = -1, -2, -3
"""In place of a series' index: the axis and its labels, empty plot, the guide line."""
ROLLED_BACK, CHANGED, BOOKMARK = -4, -5, -6
"""Marks."""
MARKS = {"rolled-back": ROLLED_BACK, "changed": CHANGED, "bookmark": BOOKMARK}
IDEAL = 100
"""Added to a series' index: a faint line where that series would be in balance."""
GUTTER = 6
RARE, FAR = 0.03, 2.0
"""What lies beyond all but this share of the columns is drawn at the chart's edge, where it would stretch the scale so many times:
the first steps of every GAN, and a spike, would flatten all the rest. The charts view shows the whole."""
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))

Run = tuple[str, int]


class Scale(NamedTuple):
    """The values at the bottom and the top of a chart."""

    low: float
    high: float


def chart(
    series: Sequence[Sequence[Bucket]],
    width: int,
    height: int,
    glyphs: Glyphs,
    scale: Scale | None = None,
    guide: float | None = None,
    ideals: Mapping[int, float] | None = None,
    marks: Sequence[tuple[int, int]] = (),
) -> list[list[Run]]:
    """`height` lines of `width` cells: all series on one scale (their own range, rounded, where none is given).

    Values that are not finite are gaps. `guide` is a value marked by a faint line, and so is the ideal of a series (by its index).
    `marks` are steps and kinds. Too small a room gives no lines.
    """
    plot_width, plot_height = width - GUTTER - 1, height
    if plot_width < 2 or plot_height < 2:
        return []
    laid = [columns(buckets, plot_width * 2) for buckets in series]
    ideals = ideals if ideals and any(pair for line in laid for pair in line) else {}
    labels = {} if guide is None else {guide: f"{guide:.2f}"}
    if scale is None:
        scale, ticks = _range(laid, ideals.values(), plot_height)
        labels |= ticks
    dots = [bytearray(plot_width) for _ in range(plot_height)]
    owner = [[NOTHING] * plot_width for _ in range(plot_height)]
    for index, line in enumerate(laid):
        _plot(line, index, scale, dots, owner)
    for value, who in [(ideal, IDEAL + index) for index, ideal in ideals.items()] + ([] if guide is None else [(guide, GUIDE)]):
        row = _dot(value, scale, plot_height) // 4
        owner[row] = [who if before == NOTHING else before for before in owner[row]]
    for column, who in _mark_columns(marks, max(series, key=len, default=()), plot_width):
        for row in range(plot_height):
            owner[row][column] = who if owner[row][column] < 0 or owner[row][column] >= IDEAL or not row else owner[row][column]
    axis = _labels(plot_height, scale, labels, glyphs)
    return [_line(axis[row], dots[row], owner[row], glyphs, head=row == 0) for row in range(plot_height)]


def _range(laid: Sequence[Sequence[tuple[float, float] | None]], ideals: Iterable[float], rows: int) -> tuple[Scale, dict[float, str]]:
    """The scale that all values and ideals need, and labels of some of its values."""
    ends = [_usual(line) for line in laid if any(line)]
    ends += [(ideal, ideal) for ideal in ideals]
    axis, ticks = value_axis(min((low for low, _ in ends), default=0.0), max((high for _, high in ends), default=1.0), rows)
    return Scale(axis.low, axis.high), {tick.value: tick.label for tick in ticks}


def _usual(line: Sequence[tuple[float, float] | None]) -> tuple[float, float]:
    """The range of a series; without its rarest values where these would stretch it far."""
    lows, highs = (sorted(pair[end] for pair in line if pair is not None) for end in (0, 1))
    rare = int(len(lows) * RARE)
    low, high = lows[rare], highs[-1 - rare]
    return (low, high) if highs[-1] - lows[0] > FAR * (high - low) else (lows[0], highs[-1])


def _mark_columns(marks: Sequence[tuple[int, int]], buckets: Sequence[Bucket], width: int) -> list[tuple[int, int]]:
    """The cells in which the marks stand (see `columns` for how a history is laid out)."""
    if not buckets:
        return []
    first, span = buckets[0].step, max(1, buckets[-1].step - buckets[0].step + 1)
    reach = span // len(buckets)  # of the last one
    found = []
    for step, who in marks:
        if first <= step <= first + span + reach:
            place = bisect_right(buckets, step, key=lambda bucket: bucket.step) - 1
            found.append((place // 2 if len(buckets) <= 2 * width else min(width - 1, (step - first) * width // span), who))
    return found


def _dot(value: float, scale: Scale, rows: int) -> int:
    """The dot row of a value, 0 at the top; what lies outside the scale is at its edge."""
    share = (scale.high / 2 - value / 2) / (scale.high / 2 - scale.low / 2)
    return round(min(1.0, max(0.0, share)) * (rows * 4 - 1))


def _plot(line: Sequence[tuple[float, float] | None], index: int, scale: Scale, dots: list[bytearray], owner: list[list[int]]) -> None:
    rows = len(dots)
    before: tuple[int, int] | None = None
    for x, pair in enumerate(line):
        if pair is None:
            before = None
            continue
        top, bottom = _dot(pair[1], scale, rows), _dot(pair[0], scale, rows)
        # Joined to the column before, so that a jump is a line and not two islands.
        first = top if before is None else min(top, before[1] + 1)
        last = bottom if before is None else max(bottom, before[0] - 1)
        before = (top, bottom)
        for dot in range(first, last + 1):
            dots[dot >> 2][x >> 1] |= _BITS[dot & 3][x & 1]
            owner[dot >> 2][x >> 1] = index


def _line(label: str, dots: bytearray, owner: Sequence[int], glyphs: Glyphs, *, head: bool) -> list[Run]:
    runs: list[Run] = [(label, AXIS)]
    for who, run in groupby(range(len(owner)), key=owner.__getitem__):
        runs.append(("".join(_sign(dots[x], who, glyphs, head=head) for x in run), who))
    return runs


def _sign(bits: int, who: int, glyphs: Glyphs, *, head: bool) -> str:
    if who == GUIDE or who >= IDEAL:
        return glyphs.light
    if who == NOTHING:
        return " "
    if who < GUIDE:
        return {ROLLED_BACK: glyphs.back, CHANGED: glyphs.changed, BOOKMARK: glyphs.bookmark}[who] if head else glyphs.dotted
    if glyphs.unicode:
        return chr(0x2800 + bits)
    upper, lower = bits & 0x1B, bits & 0xE4
    return ":" if upper and lower else "'" if upper else "."


def _labels(rows: int, scale: Scale, labels: Mapping[float, str], glyphs: Glyphs) -> list[str]:
    """The axis: what is to be labelled and, where that is nothing but a guide, both ends."""
    if len(labels) < 2:
        labels = {scale.high: f"{scale.high:.2f}", scale.low: f"{scale.low:.2f}", **labels}
    at = {_dot(value, scale, rows) // 4: (value, label) for value, label in labels.items()}
    blank = " " * GUTTER + glyphs.vertical
    lines = []
    for row in range(rows):
        value, label = at.get(row, (0.0, ""))
        shown = label if len(label) < GUTTER else number(value, GUTTER - 1, glyphs, 2)
        lines.append(f"{shown:>{GUTTER - 1}} {glyphs.tick}" if label else blank)
    return lines
