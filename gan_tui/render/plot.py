"""Charts with axes, drawn by plotext: lines of (text, ink) runs, like all that is drawn here.

plotext draws the curves, the frame and the ticks. It never sees a value: what it is given are shares of the axes, from 0 to 1, because
a NaN among its points aborts the process, an infinity raises, and it warns on standard output about ranges that it cannot divide.
It is told inks as numbers of the palette, so that the reader of its escape codes knows what is what and themes stay ours. Importing it
takes 0.2 s: import this module late.
"""

import re
from collections.abc import Sequence

import plotext

from gan_tui.render.curves import Piece
from gan_tui.render.figure import BELOW, GUTTER, LEAST, Figure, Row, cell_of, columns_of
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ticks import LABEL, Axis

TEXT, FRAME = "text", "muted"
_CODES = re.compile("\x1b\\[([0-9;]*)m")
_ASCII_FRAME = str.maketrans("│─┼├┤┬┴┌┐└┘", "|-+++++++++")

plotext.terminal.limit(False, False)  # the caller's size rules, not the terminal's


def plot(figure: Figure, width: int, height: int, glyphs: Glyphs) -> list[Row]:
    """`height` rows of `width` cells. Too small a room (see `LEAST`) gives none."""
    if width < LEAST[0] or height < LEAST[1] + bool(figure.epoch_ticks):
        return []
    lines = height - BELOW - bool(figure.epoch_ticks)
    inks = sorted({curve.ink for curve in figure.curves})
    rows = [row[:width] + [(" ", TEXT)] * (width - len(row)) for row in _read(_build(figure, width, lines, inks), inks, glyphs)]
    _overlay(rows, figure, lines, glyphs)
    if figure.epoch_ticks:
        rows.append(_epochs(figure, width))
    return rows


def _build(figure: Figure, width: int, lines: int, inks: Sequence[str]) -> str:
    """What plotext makes of it."""
    canvas = plotext.figure
    canvas.clear()
    canvas.plot_size(width, lines + BELOW)
    canvas.theme("colorless")
    canvas.canvas("default")
    canvas.legend(False)
    canvas.axes(False, axis=0, side=1)
    canvas.axes(False, axis=1, side=1)
    across, up = canvas.ruler("x", "lower"), canvas.ruler("y", "left")
    across.lim(0, 1).alignment(lim="edge")
    up.lim(0, 1).alignment(lim="edge")
    across.ticks([figure.across.share(tick.value) for tick in figure.across_ticks], [tick.label for tick in figure.across_ticks])
    up.ticks([figure.up.share(tick.value) for tick in figure.up_ticks], [tick.label.rjust(LABEL) for tick in figure.up_ticks])
    for curve in figure.curves:
        columns, dots = columns_of(width, curve.sign), lines * (1 if curve.sign else 4)
        points = [_points(piece, columns, dots, figure.up) for piece in curve.pieces]
        if not any(points):
            points = [[(-1.0, -1.0)]]  # outside: plotext draws its frame around something only
        signal = canvas.signal(
            [x for piece in points for x, _ in piece],
            [y for piece in points for _, y in piece],
            marker=plotext.marker(curve.sign or "braille", plotext.pixel(inks.index(curve.ink) + 1)),
        ).lines()
        first = 0
        for piece in points:
            signal.line(first, False)
            first += len(piece)
        canvas.draw(signal)
    return str(canvas.build().string())


def _points(piece: Piece, columns: int, dots: int, axis: Axis) -> list[tuple[float, float]]:
    """A piece as plotext's points, in the middle of dots; a column's range is a stroke from the end nearest to the column before."""
    found: list[tuple[float, float]] = []
    before = 0
    for column, low, high in piece:
        x = (column + 0.5) / columns
        bottom, top = (min(dots - 1, int(axis.share(value) * dots)) for value in (low, high))
        ends = (bottom, top) if abs(bottom - before) <= abs(top - before) else (top, bottom)
        found += [(x, (end + 0.5) / dots) for end in (ends if bottom != top else ends[:1])]
        before = ends[1]
    return found


def _read(drawn: str, inks: Sequence[str], glyphs: Glyphs) -> list[Row]:
    """Cells out of text with escape codes."""
    rows: list[Row] = []
    for line in drawn.splitlines():
        row: Row = []
        ink = FRAME
        for index, part in enumerate(_CODES.split(line)):
            if index % 2:
                ink = inks[int(part.rpartition(";")[2]) - 1] if part.startswith("38;5;") else FRAME
            else:
                row += [(sign, ink) for sign in (part if glyphs.unicode else part.translate(_ASCII_FRAME))]
        rows.append(row)
    return [row for row in rows if row]


def _overlay(rows: list[Row], figure: Figure, lines: int, glyphs: Glyphs) -> None:
    """Guides and marks where nothing else is drawn, and what was not finite at the foot."""
    width = len(rows[0])
    for value, ink in figure.guides:
        row = rows[lines - 1 - min(lines - 1, int(figure.up.share(value) * lines))]
        for x in range(GUTTER, width):
            if row[x][0] == " ":
                row[x] = (glyphs.light, ink)
    for mark in figure.marks:
        x = cell_of(figure.across, mark.step, width)
        for row in rows[1:lines]:
            if row[x][0] in (" ", glyphs.light):
                row[x] = (glyphs.dotted, mark.ink)
        rows[0][x] = (mark.sign, mark.ink)
    for curve in figure.curves:
        if curve.head and curve.pieces:
            column, low, high = curve.pieces[-1][-1]
            y = lines - 1 - min(lines - 1, int(figure.up.share(low / 2 + high / 2) * lines))
            rows[y][GUTTER + column * (width - GUTTER) // columns_of(width, curve.sign)] = (curve.head, curve.ink)
    for gap in figure.gaps:
        rows[lines - 1][GUTTER + gap] = (glyphs.cross, "error")


def _epochs(figure: Figure, width: int) -> Row:
    """`epoch    10      20      30`, below the steps at which they end."""
    text = list("epoch".rjust(LABEL).ljust(width))
    free = GUTTER
    for tick in figure.epoch_ticks:
        start = min(width - len(tick.label), max(GUTTER, cell_of(figure.across, tick.value, width) - len(tick.label) // 2))
        if start >= free:
            text[start : start + len(tick.label)] = tick.label
            free = start + len(tick.label) + 1
    return [(sign, FRAME) for sign in text]
