"""Line charts out of braille dots (or ASCII), with an axis: each line a list of (text, series) runs."""

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

from gan_tui.render.bars import columns
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import number
from gan_tui.run.history import Bucket

AXIS, NOTHING, GUIDE = -1, -2, -3
"""In place of a series' index: the axis and its labels, empty plot, the guide line."""
GUTTER = 6
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
) -> list[list[Run]]:
    """`height` lines of `width` cells: all series on one scale (their own range where none is given).

    Values that are not finite are gaps. `guide` is a value marked by a faint line. Too small a room gives no lines.
    """
    plot_width, plot_height = width - GUTTER - 1, height
    if plot_width < 2 or plot_height < 2:
        return []
    laid = [columns(buckets, plot_width * 2) for buckets in series]
    scale = scale or _range(laid)
    dots = [bytearray(plot_width) for _ in range(plot_height)]
    owner = [[NOTHING] * plot_width for _ in range(plot_height)]
    for index, line in enumerate(laid):
        _plot(line, index, scale, dots, owner)
    guide_row = None if guide is None else _dot(guide, scale, plot_height) // 4
    if guide_row is not None:
        owner[guide_row] = [GUIDE if who == NOTHING else who for who in owner[guide_row]]
    labels = _labels(plot_height, scale, guide, guide_row, glyphs)
    return [_line(labels[row], dots[row], owner[row], glyphs) for row in range(plot_height)]


def _range(laid: Sequence[Sequence[tuple[float, float] | None]]) -> Scale:
    finite = [value for line in laid for pair in line if pair is not None for value in pair]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    return Scale(low, high) if high - low > 1e-9 * max(1.0, abs(high)) else Scale(low - 0.5, high + 0.5)


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


def _line(label: str, dots: bytearray, owner: Sequence[int], glyphs: Glyphs) -> list[Run]:
    runs: list[Run] = [(label, AXIS)]
    for who, run in groupby(range(len(owner)), key=owner.__getitem__):
        runs.append(("".join(_sign(dots[x], who, glyphs) for x in run), who))
    return runs


def _sign(bits: int, who: int, glyphs: Glyphs) -> str:
    if who == GUIDE:
        return glyphs.light
    if who == NOTHING:
        return " "
    if glyphs.unicode:
        return chr(0x2800 + bits)
    upper, lower = bits & 0x1B, bits & 0xE4
    return ":" if upper and lower else "'" if upper else "."


def _labels(rows: int, scale: Scale, guide: float | None, guide_row: int | None, glyphs: Glyphs) -> list[str]:
    """The axis: numbers at the top, the bottom, and at the guide line or, without one, in the middle."""
    values = {0: scale.high, rows - 1: scale.low}
    if guide is not None and guide_row is not None:
        values.setdefault(guide_row, guide)
    elif rows >= 5:
        values[rows // 2] = scale.high - (scale.high - scale.low) * (rows // 2) / (rows - 1)
    blank = " " * GUTTER + glyphs.vertical
    return [f"{number(values[row], GUTTER - 1, glyphs, 2)} {glyphs.tick}" if row in values else blank for row in range(rows)]
