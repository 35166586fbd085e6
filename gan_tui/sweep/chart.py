"""The chart of a sweep: a point for each trial over the value that it tried, and a line through the means."""

import math
from collections.abc import Sequence
from itertools import groupby

from gan_tui.render.chart import draw_figure
from gan_tui.render.curves import Piece
from gan_tui.render.figure import BELOW, GUTTER, LEAST, ChartMark, Curve, Figure, Span, cell_of, columns_of, spans
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ticks import Axis, Tick, value_axis
from gan_tui.sweep.report import Outcome, best_of, format_value

MARGIN = 0.06
"""Share of the horizontal axis that is free at either end, so that the outermost labels are whole."""
LEAST_DECADES, LEAST_MARGIN = 1e-3, 1e-100
"""No axis is shorter than that, however near to each other its values are."""
WIDE = 5.0
"""From this ratio of the worst distance to the best on, the vertical axis is logarithmic."""
CAPTION = 1
"""Lines below the axis: what the signs mean."""


def draw(outcomes: Sequence[Outcome], values: Sequence[float], width: int, height: int, glyphs: Glyphs) -> list[list[Span]]:
    """The chart in `height` lines, with room for all `values` from the start. No lines where there is no room, or no distance yet."""
    best = best_of(outcomes)
    distances = [distance for outcome in outcomes for distance in outcome.distances if math.isfinite(distance)]
    if not distances or width < LEAST[0] or height < LEAST[1] + BELOW + CAPTION:
        return []
    across = _value_axis(values)
    log = min(distances) > 0 and max(distances) >= WIDE * min(distances)
    up, up_ticks = value_axis(min(distances), max(distances), height - BELOW - CAPTION, log=log)
    figure = Figure(
        across=across,
        up=up,
        across_ticks=_ticks(values, across, best, width),
        up_ticks=up_ticks,
        epoch_ticks=(),
        curves=_curves(outcomes, across, best, width, glyphs),
        guides=(),
        marks=[ChartMark(best.value, glyphs.bookmark, "good")] if best else [],
        counted="",
        gaps=[cell_of(across, outcome.value, width) - GUTTER for outcome in outcomes if outcome.broken],
    )
    return [*(spans(row) for row in draw_figure(figure, width, height - CAPTION, glyphs)), _caption(figure, best, width, glyphs)]


def _value_axis(values: Sequence[float]) -> Axis:
    """Logarithmic, unless a value forbids it."""
    low, high = min(values), max(values)
    if low > 0:
        margin = 10 ** max(LEAST_DECADES, MARGIN * (math.log10(high) - math.log10(low)))
        return Axis(low / margin, high * margin, log=True)
    margin = max(LEAST_MARGIN, MARGIN * (high - low))
    return Axis(low - margin, high + margin)


def _ticks(values: Sequence[float], axis: Axis, best: Outcome | None, width: int) -> list[Tick]:
    """The values that were tried, as many as there is room for; the best one before all others."""
    free = [True] * (width + 2)
    found = []
    for value in sorted(values, key=lambda value: (best is None or value != best.value, value)):
        label = format_value(value)
        start = max(0, cell_of(axis, value, width) - len(label) // 2 - 1)
        if all(free[start : start + len(label) + 2]):
            free[start : start + len(label) + 2] = [False] * (len(label) + 2)
            found.append(Tick(value, label))
    return found


def _curves(outcomes: Sequence[Outcome], axis: Axis, best: Outcome | None, width: int, glyphs: Glyphs) -> list[Curve]:
    """The line first: the points lie over it."""

    def place(value: float, distance: float, sign: str) -> tuple[int, float, float]:
        columns = columns_of(width, sign)
        return min(columns - 1, int(axis.share(value) * columns)), distance, distance

    in_order = sorted(outcomes, key=lambda outcome: outcome.value)
    dots = "" if glyphs.unicode else "."
    line: list[Piece] = [
        [place(outcome.value, outcome.mean, dots) for outcome in neighbours]
        for sound, neighbours in groupby(in_order, key=lambda outcome: math.isfinite(outcome.mean))
        if sound
    ]

    def points(role: str, sign: str, *, of_best: bool) -> Curve:
        shown = [outcome for outcome in in_order if (outcome is best) == of_best]
        found = [place(one.value, distance, sign) for one in shown for distance in one.distances if math.isfinite(distance)]
        return Curve(role, sign, [[point] for point in found])

    return [Curve("accent", dots, line), points("text", glyphs.ring, of_best=False), points("good", glyphs.dot, of_best=True)]


def _caption(figure: Figure, best: Outcome | None, width: int, glyphs: Glyphs) -> list[Span]:
    """What stands for what; what does not fit is left out."""
    entries = [(glyphs.ring, "text", "a trial"), (glyphs.full if glyphs.unicode else ".", "accent", "their mean")]
    if best:
        entries.append((glyphs.bookmark, "good", f"best: {format_value(best.value)}"))
    if figure.gaps:
        entries.append((glyphs.cross, "error", "diverged"))
    while sum(len(words) + 4 for _, _, words in entries) - 2 > width - GUTTER:
        entries.pop()
    return [(" " * GUTTER, "text"), *(run for sign, role, words in entries for run in ((sign, role), (f" {words}  ", "muted")))]
