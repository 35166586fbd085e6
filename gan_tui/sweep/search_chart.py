"""The chart of a search, a point for each trial and the best value so far as a line; and a bar for how much each setting matters."""

import math
from collections.abc import Sequence

from gan_tui.render.bars import bar
from gan_tui.render.chart import draw_figure
from gan_tui.render.curves import Piece
from gan_tui.render.figure import BELOW, GUTTER, LEAST, ChartMark, Curve, Figure, Span, columns_of, spans
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import fit
from gan_tui.render.ticks import Axis, step_ticks, value_axis
from gan_tui.sweep.search_report import Row, SearchReport

WIDE = 5.0
"""From this ratio of the worst value to the best on, the vertical axis is logarithmic."""
CAPTION = 1
TICKS = 8
"""Numbers of trials below the chart."""
NAME = 26
"""Columns for the name of a setting."""


def draw(report: SearchReport, width: int, height: int, glyphs: Glyphs) -> list[list[Span]]:
    """The chart in `height` lines. No lines where there is no room, or no trial with a value yet."""
    rows = [row for row in report.rows if row.value is not None]
    if not rows or width < LEAST[0] or height < LEAST[1] + BELOW + CAPTION:
        return []
    values = [row.value for row in rows if row.value is not None]
    across = Axis(-0.5, len(report.rows) - 0.5)
    log = min(values) > 0 and max(values) >= WIDE * min(values)
    up, up_ticks = value_axis(min(values), max(values), height - BELOW - CAPTION, log=log)
    best = report.best
    figure = Figure(
        across=across,
        up=up,
        across_ticks=step_ticks(0, len(report.rows) - 1, TICKS),
        up_ticks=up_ticks,
        epoch_ticks=(),
        curves=_curves(report, rows, across, best, width, glyphs),
        guides=(),
        marks=[ChartMark(best.number, glyphs.bookmark, "good")] if best else [],
        counted="trial",
        gaps=[],
    )
    return [*(spans(row) for row in draw_figure(figure, width, height - CAPTION, glyphs)), _caption(best, report.label, width, glyphs)]


def _curves(report: SearchReport, rows: Sequence[Row], across: Axis, best: Row | None, width: int, glyphs: Glyphs) -> list[Curve]:
    dots = "" if glyphs.unicode else "."

    def place(number: float, value: float, sign: str) -> tuple[int, float, float]:
        columns = columns_of(width, sign)
        return min(columns - 1, int(across.share(number) * columns)), value, value

    line: list[Piece] = [[]]
    so_far = math.nan
    for row in rows:
        if row.state == "done" and row.value is not None:
            if math.isnan(so_far) or report.plan.better(row.value, so_far):
                if not math.isnan(so_far):
                    line[0].append(place(row.number, so_far, dots))
                so_far = row.value
            line[0].append(place(row.number, so_far, dots))

    def points(role: str, sign: str, *states: str) -> Curve:
        return Curve(role, sign, [[place(row.number, row.value, sign)] for row in rows if row.state in states and row.value is not None])

    highlighted = [[place(best.number, best.value, glyphs.dot)]] if best and best.value is not None else []
    return [
        Curve("accent", dots, line if line[0] else []),
        points("muted", glyphs.middot, "pruned"),
        points("text", glyphs.ring, "done"),
        Curve("good", glyphs.dot, highlighted),
    ]


def _caption(best: Row | None, label: str, width: int, glyphs: Glyphs) -> list[Span]:
    """What stands for what; what does not fit is left out."""
    entries = [(glyphs.ring, "text", f"{label} of a trial"), (glyphs.full if glyphs.unicode else ".", "accent", "best so far")]
    if best:
        entries.append((glyphs.bookmark, "good", f"best: trial {best.number}"))
    entries.append((glyphs.middot, "muted", "ended early"))
    while sum(len(words) + 4 for _, _, words in entries) - 2 > width - GUTTER:
        entries.pop()
    return [(" " * GUTTER, "text"), *(run for sign, role, words in entries for run in ((sign, role), (f" {words}  ", "muted")))]


def draw_importance(report: SearchReport, width: int, glyphs: Glyphs) -> list[list[Span]]:
    """A bar for each setting, the one that matters most first, under a title; no lines while that is not known."""
    if not report.importance:
        return []
    room = min(NAME, max((len(name) for name in report.importance), default=0))
    title = f"importance: how much of the differences in {report.label} each setting accounts for"
    lines: list[list[Span]] = [[(fit(title, width, glyphs), "strong")]]
    for name, share in report.importance.items():
        filled, rest = bar(share, max(4, min(60, width) - room - 8), glyphs)
        lines.append([(f"{name[:room]:<{room}}  ", "text"), (filled, "accent"), (rest, "faint"), (f" {share:4.0%}", "muted")])
    return lines
