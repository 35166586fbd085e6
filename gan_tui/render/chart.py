"""All charts: a figure (`figure.compose`) as lines of cells, each with its role.

plotext draws the frame: both axes, their ticks and labels. The curves are dots of our own (`_stroke`), and so are guides, marks and gaps,
in the room that the frame leaves. Measured for two curves of 2,000 points on one core of a server: a frame takes plotext 0.7 ms (2 ms at
198x56) and is kept while the axes stand still; curves took it 5 to 10 ms (25 to 150 ms), because each dot is an object there, and ours
1 ms (3 to 10). plotext also aborts on a NaN, raises on an infinity, and tells colours apart by escape codes that would have to be read
back: so it is given shares of axes and labels, never a value.

A chart without a horizontal axis, as on the overview, has no need of plotext, whose import takes 0.2 s: there only labels stand beside it.
"""

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from gan_tui.render.curves import spread_out
from gan_tui.render.figure import BELOW, GUTTER, LEAST, VALUE, Curve, Figure, Row, cell_of, columns_of
from gan_tui.render.glyphs import BRAILLE, BRAILLE_DOTS, Glyphs
from gan_tui.render.styles import Banded, Look, Role
from gan_tui.render.text import number
from gan_tui.render.ticks import LABEL, Axis, Tick

_ASCII_FRAME = str.maketrans("│─┼├┤┬┴┌┐└┘", "|-+++++++++")
_BARS = [[[sum(dot[side] for dot in BRAILLE_DOTS[first : last + 1]) for last in range(4)] for first in range(4)] for side in (0, 1)]
"""The dots of one half of a cell from the first to the last."""
FREE = " █▀▄┈┊-:"
"""Signs of bands, guides and marks: what may be written over."""
CROSSING = 5
"""Cells of a row that two curves may share where they cross."""
LABELLED_FROM = 50
"""Cells of a chart whose lines have their newest value at their end."""
Ticks = tuple[tuple[float, str], ...]
"""Shares of an axis and labels."""


def draw_figure(figure: Figure, width: int, height: int, glyphs: Glyphs, *, labelled: bool = True) -> list[Row]:
    """`height` rows of `width` cells. Too small a room (see `LEAST`) gives none. `labelled`: with the newest values (`label_ends`)."""
    lines = height - figure.below
    if width < LEAST[0] or lines < LEAST[1]:
        return []
    up = _shares(figure.up, figure.up_ticks)
    across = _shares(figure.across, figure.across_ticks)
    frame = _frame(width, lines, across, up) if across else _labels(width, lines, up)
    if not glyphs.unicode:
        frame = tuple(line.translate(_ASCII_FRAME) for line in frame)
    rows: list[Row] = [[(sign, Role.MUTED) for sign in line] for line in frame]
    for curve in figure.curves:
        if curve.band:
            _draw_band(curve, rows, figure.up, width, lines)
    _draw_curves(figure.curves, rows, figure.up, width, lines)
    _overlay(rows, figure, width, lines, glyphs)
    if figure.across_ticks:
        _name_axis(rows[-1], figure.counted)
    if figure.epoch_ticks:
        rows.append(_epochs(figure, width))
    if labelled:
        label_ends(rows, figure, width, glyphs)
    return rows


def label_ends(rows: Sequence[Row], figure: Figure, width: int, glyphs: Glyphs) -> None:
    """Write the newest value of each curve at its end, into the rows of a chart with a horizontal axis."""
    if not figure.across_ticks:
        return
    plot = rows[: len(rows) - figure.below]
    ended = [(curve.newest, curve) for curve in figure.curves if curve.newest is not None and math.isfinite(curve.newest)]
    found: list[_Label] = []
    for _, curve in sorted(ended, key=lambda pair: -pair[0]):
        if label := _label_of(curve, plot, figure.up, width, glyphs, found):
            found.append(label)
    stacked = [label for label in found if label.end == width]
    rows_of_stacked = iter(sorted(label.row for label in stacked))  # the larger a value, the higher it stands
    for label in found:
        row = plot[next(rows_of_stacked) if label.end == width else label.row]
        for cell, sign in enumerate(label.words, label.x):
            row[cell] = (sign, _on_band(row, cell, label.role))


def _shares(axis: Axis, ticks: Sequence[Tick]) -> Ticks:
    return tuple((axis.share(tick.value), tick.label) for tick in ticks)


@lru_cache(maxsize=64)
def _frame(width: int, lines: int, across: Ticks, up: Ticks) -> tuple[str, ...]:
    """The axes around an empty plot of `lines`, by plotext: `lines + BELOW` lines."""
    import plotext

    plotext.terminal.limit(False, False)  # the caller's size rules, not the terminal's
    canvas = plotext.figure
    canvas.clear()
    canvas.plot_size(width, lines + BELOW)
    canvas.theme("colorless")
    canvas.canvas("default")
    canvas.legend(False)
    canvas.axes(False, axis=0, side=1)
    canvas.axes(False, axis=1, side=1)
    for ruler, ticks in ((canvas.ruler("x", "lower"), across), (canvas.ruler("y", "left"), up)):
        ruler.lim(0, 1).alignment(lim="edge")
        ruler.ticks([share for share, _ in ticks], [label.rjust(LABEL) if ticks is up else label for _, label in ticks])
    canvas.draw(canvas.signal([-1.0], [-1.0]))  # outside: plotext draws its frame around something only
    return tuple(line[:width].ljust(width) for line in canvas.build().string(colorless=True).splitlines())


def _labels(width: int, lines: int, up: Ticks) -> tuple[str, ...]:
    """The vertical axis alone, as plotext draws it."""
    at = {lines - 1 - min(lines - 1, int(share * lines)): label for share, label in up}
    return tuple((f"{at[y]:>{LABEL}}┤" if y in at else " " * LABEL + "│").ljust(width) for y in range(lines))


def _draw_band(curve: Curve, rows: list[Row], up: Axis, width: int, lines: int) -> None:
    """The range of a curve's values, in halves of cells."""
    pale = Banded(Role(curve.role), pale=True)
    for cell, (low, high) in spread_out(curve.band, width - GUTTER).items():
        top, bottom = _dot(high, up, lines * 2), _dot(low, up, lines * 2)
        for y in range(top // 2, bottom // 2 + 1):
            upper, lower = top <= 2 * y, bottom > 2 * y
            rows[y][GUTTER + cell] = ("█" if upper and lower else "▀" if upper else "▄", pale)


def _on_band(row: Row, x: int, role: str) -> Look:
    """`role` on the band that is there already, if one is."""
    ground = row[x][1]
    if isinstance(ground, Banded):
        return Banded(Role(role), on=ground.role if ground.pale else ground.on)
    return role


def _draw_curves(curves: Sequence[Curve], rows: list[Row], up: Axis, width: int, lines: int) -> None:
    """Curves over what is there; dots that meet in a cell, which has one colour, are joined, in the colour of the last curve."""
    dots = [_dots_of(curve, up, width, lines) for curve in curves]
    for curve, its_lines in zip(curves, dots, strict=True):
        for row, line in zip(rows, its_lines, strict=False):
            for x, bits in enumerate(line, GUTTER):
                if bits:
                    before = ord(row[x][0]) - BRAILLE
                    joined = chr(BRAILLE + (bits | before if 0 < before < 256 else bits))
                    row[x] = (curve.character or joined, _on_band(row, x, curve.role))
    for row, layers in zip(rows, zip(*dots, strict=True), strict=False):
        _take_turns(row, curves, layers)
    for curve in curves:
        if curve.marker and curve.pieces:
            column, low, high = curve.pieces[-1][-1]
            x = GUTTER + column * (width - GUTTER) // columns_of(width, curve.character)
            rows[_dot(low / 2 + high / 2, up, lines)][x] = (curve.marker, curve.role)


def _take_turns(row: Row, curves: Sequence[Curve], layers: Sequence[bytearray]) -> None:
    """Where curves lie together, and do not just cross, each has every other cell to itself: dashed, all are to be seen."""
    there = [(curve, line) for curve, line in zip(curves, layers, strict=True) if any(line)]
    if len({curve.role for curve, _ in there}) < 2:
        return
    shared = [len(bits) - bits.count(0) > 1 for bits in zip(*(line for _, line in there), strict=True)]
    for together, group in groupby(range(len(shared)), shared.__getitem__):
        if together and len(cells := list(group)) > CROSSING:
            for at in cells:
                here = [(curve, line[at]) for curve, line in there if line[at]]
                curve, bits = here[at % len(here)]
                row[GUTTER + at] = (curve.character or chr(BRAILLE + bits), _on_band(row, GUTTER + at, curve.role))


def _dots_of(curve: Curve, up: Axis, width: int, lines: int) -> list[bytearray]:
    """Which of its eight dots are there in each cell; of a curve that is drawn with a character, 1 where that stands."""
    dots = [bytearray(width - GUTTER) for _ in range(lines)]
    if curve.character:
        for column, top, bottom in _stroke(curve, up, lines):
            for y in range(top, bottom + 1):
                dots[y][column] = 1
        return dots
    for column, top, bottom in _stroke(curve, up, lines * 4):
        for y in range(top // 4, bottom // 4 + 1):
            dots[y][column // 2] |= _BARS[column % 2][max(0, top - 4 * y)][min(3, bottom - 4 * y)]
    return dots


class _Label(NamedTuple):
    """A value at the end of its line."""

    row: int
    x: int
    words: str
    role: str

    @property
    def end(self) -> int:
        """The cell behind it."""
        return self.x + len(self.words)


def _label_of(curve: Curve, rows: Sequence[Row], up: Axis, width: int, glyphs: Glyphs, found: Sequence[_Label]) -> _Label | None:
    """The newest value, where the line ends: behind it, or else over or under it, where there is no other line and none that was `found`.

    Below is tried first where there is one already: its value is larger.
    """
    if not curve.pieces or curve.newest is None or width < LABELLED_FROM:
        return None
    words = number(curve.newest, VALUE, glyphs, curve.decimals).strip()
    column, low, high = curve.pieces[-1][-1]
    end = GUTTER + column * (width - GUTTER) // columns_of(width, curve.character)
    y, size = _dot(low / 2 + high / 2, up, len(rows)), len(words)
    x = min(end + 2, width - size)
    near = [y] if x > end else [y + 1, y - 1, y + 2, y - 2] if found else [y - 1, y + 1, y - 2, y + 2]
    taken = {label.row for label in found if label.x < x + size and x < label.end}
    for line in near:
        if 0 <= line < len(rows) and line not in taken and all(rows[line][cell][0] in FREE for cell in range(x, x + size)):
            return _Label(line, x, words, curve.role)
    return None


def _name_axis(labels: Row, counted: str) -> None:
    """What the numbers below the horizontal axis count."""
    for x, sign in enumerate(counted.rjust(LABEL)):
        if labels[x][0] == " ":
            labels[x] = (sign, Role.MUTED)


def _dot(value: float, up: Axis, dots: int) -> int:
    """Where a value lies in a plot that is `dots` high; 0 is its top."""
    return dots - 1 - min(dots - 1, int(up.share(value) * dots))


def _stroke(curve: Curve, up: Axis, dots: int) -> Iterator[tuple[int, int, int]]:
    """Column, top and bottom dot of each part of a curve in a plot that is `dots` high (0: its top): values, and what joins them."""
    for piece in curve.pieces:
        last: tuple[int, int, int] | None = None
        for column, low, high in piece:
            top, bottom = _dot(high, up, dots), _dot(low, up, dots)
            if last is not None and (column > last[0] + 1 or top > last[2] + 1 or bottom < last[1] - 1):
                yield from _join(last, (column, top, bottom))
            yield column, top, bottom
            last = (column, top, bottom)


def _join(left: tuple[int, int, int], right: tuple[int, int, int]) -> Iterator[tuple[int, int, int]]:
    """A straight line between the nearest ends of two columns' ranges."""
    if left[2] < right[1]:
        start, end = left[2], right[1]
    elif left[1] > right[2]:
        start, end = left[1], right[2]
    else:
        start = end = (max(left[1], right[1]) + min(left[2], right[2])) // 2
    across, down = right[0] - left[0], end - start
    longest = max(across, abs(down))
    for step in range(1, longest):
        y = start + round(down * step / longest)
        yield left[0] + round(across * step / longest), y, y


def _overlay(rows: list[Row], figure: Figure, width: int, lines: int, glyphs: Glyphs) -> None:
    """Guides and marks where nothing else is drawn, and what was not finite at the foot."""
    for value, role in figure.guides:
        row = rows[_dot(value, figure.up, lines)]
        for x in range(GUTTER, width):
            if row[x][0] == " ":
                row[x] = (glyphs.light, role)
    for mark in figure.marks:
        x = cell_of(figure.across, mark.step, width)
        for row in rows[1:lines]:
            if row[x][0] in (" ", glyphs.light):
                row[x] = (glyphs.dotted, mark.role)
        rows[0][x] = (mark.glyph, mark.role)
    for gap in figure.gaps:
        rows[lines - 1][GUTTER + gap] = (glyphs.cross, Role.ERROR)


def _epochs(figure: Figure, width: int) -> Row:
    """`epoch    10      20      30`, below the steps at which they end."""
    text = list(figure.epoch[:LABEL].rjust(LABEL).ljust(width))
    free = GUTTER
    for tick in figure.epoch_ticks:
        start = min(width - len(tick.label), max(GUTTER, cell_of(figure.across, tick.value, width) - len(tick.label) // 2))
        if start >= free:
            text[start : start + len(tick.label)] = tick.label
            free = start + len(tick.label) + 1
    return [(sign, Role.MUTED) for sign in text]
