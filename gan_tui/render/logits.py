"""D's logits over a run: two strips of shades, one of real and one of generated images, and the two histograms of one evaluation."""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from gan_tui.render.figure import GUTTER, TICK_ROOM, ChartView, Row
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.panels import ChartPanel
from gan_tui.render.styles import Role
from gan_tui.render.ticks import LABEL, Axis, Tick, value_axis
from gan_tui.run.state import LogitMoment

LOGITS = ChartPanel("logits", ())
"""The chart that shows them."""
LEAST = GUTTER + 13, 5
"""Cells and lines below which nothing is drawn."""
STRIPS_FROM = 48
"""Cells right of the axis from which strips stand beside the histograms."""
GAP = 2
SHADES, ASCII_SHADES = " ░▒▓█", " .:+#"
FEW = 0.002
"""Share of the images below which a cell stays empty."""
TAIL = 20
"""One in so many evaluations at each end does not widen the axis: a wild beginning would flatten all that follows."""
WHO = ("real", Role.D), ("generated", Role.G)


class Lines(NamedTuple):
    """The vertical axis: logits, the highest on top."""

    axis: Axis
    ticks: list[Tick]
    height: int

    def shares(self, moment: LogitMoment, which: int) -> list[float]:
        """Of all images that are real (0) or generated (1), those in each line; what is beyond the axis is in the outermost."""
        low, high, counts = moment.logits.low, moment.logits.high, (moment.logits.real, moment.logits.generated)[which]
        below = [0, *accumulate(counts)]
        shares = []
        for line in range(1, self.height):
            value = self.axis.low + (self.axis.high - self.axis.low) * line / self.height
            place = min(1.0, max(0.0, (value - low) / (high - low))) * len(counts)
            whole = min(int(place), len(counts) - 1)
            shares.append((below[whole] + (place - whole) * counts[whole]) / below[-1])
        edges = [0.0, *shares, 1.0]
        return [after - before for before, after in pairwise(edges)][::-1]

    def line_of(self, value: float) -> int:
        """Where a value lies, the highest at 0."""
        return self.height - 1 - min(self.height - 1, int(self.axis.share(value) * self.height))


def moment_at(moments: Sequence[LogitMoment], step: float | None) -> LogitMoment:
    """The evaluation that was the newest at a step; the first one before it, the newest without one. `moments`: one at least."""
    place = len(moments) if step is None else bisect_right([moment.step for moment in moments], step)
    return moments[max(0, place - 1)]


def draw_logits(moments: Sequence[LogitMoment], look: ChartView, step: float | None, width: int, height: int, glyphs: Glyphs) -> list[Row]:
    """`height` rows of `width` cells, of which the last has the labels below; none where there is no room, or there are no moments.

    `step`: of the evaluation whose histograms are shown; None: the newest.
    """
    if not moments or width < LEAST[0] or height < LEAST[1]:
        return []
    moment = moment_at(moments, step)
    lines = _lines([one for one in moments if look.first <= one.step <= look.last] or moments[-1:], moment, height - 2)
    room = width - GUTTER
    pair = room if room < STRIPS_FROM else max(23, room * 2 // 5)
    half = (pair - 1) // 2
    strip = (room - 2 * half - 1) // 2 - GAP
    rows = _gutter(lines, glyphs)
    if strip > 0:
        for which in (0, 1):
            _join(rows, _strip(moments, which, lines, look, step, strip, glyphs), GAP)
    _join(rows, _facing(moment, lines, half, glyphs), 0)
    return [[*row, *((" ", Role.TEXT) for _ in range(width - len(row)))] for row in rows]


def _lines(moments: Sequence[LogitMoment], shown: LogitMoment, count: int) -> Lines:
    """An axis for most of the evaluations, and for all of the one that is shown."""
    lows, highs = sorted(one.logits.low for one in moments), sorted(one.logits.high for one in moments)
    low = min(shown.logits.low, lows[len(lows) // TAIL])
    high = max(shown.logits.high, highs[-1 - len(highs) // TAIL])
    axis, ticks = value_axis(low, high, count)
    return Lines(axis, ticks, count)


def _gutter(lines: Lines, glyphs: Glyphs) -> list[Row]:
    """The axis with its labels and its name, and an empty line above."""
    labels = {lines.line_of(tick.value): tick.label for tick in lines.ticks}
    plain = [" " * GUTTER, *(labels.get(line, "").rjust(LABEL) for line in range(lines.height)), "logit".rjust(LABEL) + " "]
    sides = ["", *(glyphs.tick if line in labels else glyphs.vertical for line in range(lines.height)), ""]
    return [_cells(text + side, Role.MUTED) for text, side in zip(plain, sides, strict=True)]


def _strip(
    moments: Sequence[LogitMoment], which: int, lines: Lines, look: ChartView, step: float | None, width: int, glyphs: Glyphs
) -> list[Row]:
    """One column of shades for each stretch of steps, the darkest where most images are."""
    name, role = WHO[which]
    ground = _ground(lines, width, glyphs)
    steps, wide = [moment.step for moment in moments], (look.last - look.first) / width
    drawn: dict[int, list[int]] = {}
    for column in range(width):
        begin = look.first + column * wide
        found = bisect_right(steps, begin + wide) - 1
        if found < 0 or begin > steps[-1]:
            continue
        if found not in drawn:
            drawn[found] = _levels(lines.shares(moments[found], which))
        for row, level in zip(ground, drawn[found], strict=True):
            if level:
                row[column] = ((SHADES if glyphs.unicode else ASCII_SHADES)[level], role)
    if step is not None and look.first <= step < look.last:
        for row in ground:
            if row[int((step - look.first) / wide)][1] in (Role.TEXT, Role.FAINT):
                row[int((step - look.first) / wide)] = (glyphs.vertical, Role.ACCENT)
    return [_cells(name[:width].ljust(width), role), *ground, _below(look, width)]


def _levels(shares: Sequence[float]) -> list[int]:
    peak = max(shares)
    return [min(4, 1 + int(4 * share / peak)) if share > FEW else 0 for share in shares]


def _below(look: ChartView, width: int) -> Row:
    """What stands below a strip: as below the other charts."""
    text, free = " " * width, 0
    for tick in look.scale(look.first, look.last, max(1, width // TICK_ROOM)):
        place = int((tick.value - look.first) / (look.last - look.first) * width) - len(tick.label) // 2
        start = min(width - len(tick.label), max(0, place))
        if start >= free:
            text = text[:start] + tick.label + text[start + len(tick.label) :]
            free = start + len(tick.label) + 1
    return _cells(text, Role.MUTED)


def _facing(moment: LogitMoment, lines: Lines, half: int, glyphs: Glyphs) -> list[Row]:
    """Both histograms with their backs to one line: real images to its left, generated ones to its right, `half` cells each."""
    real, generated = (lines.shares(moment, which) for which in (0, 1))
    peak = max(*real, *generated)
    rows = [_bar(share, peak, half, glyphs, Role.D) for share in real]
    for row, share, ground in zip(rows, generated, _ground(lines, half, glyphs), strict=True):
        row.reverse()
        row += [(glyphs.vertical, Role.MUTED), *_bar(share, peak, half, glyphs, Role.G)]
        for place in (*range(half), *range(half + 1, 2 * half + 1)):
            if row[place][0] == " ":
                row[place] = ground[0]
    most = f"{peak:.0%}"
    head = [*_cells("real".rjust(half)[-half:], Role.D), (" ", Role.TEXT), *_cells(" generated".ljust(half)[:half], Role.G)]
    foot = _cells(most.ljust(half)[:half] + "0" + most.rjust(half)[-half:], Role.MUTED)
    return [head, *rows, foot]


def _bar(share: float, peak: float, width: int, glyphs: Glyphs, role: Role) -> Row:
    """From the line in the middle on, to half a cell exact. One that is to be mirrored is D's."""
    halves = round(share / peak * width * 2)
    sign, part = ("█", "▐" if role is Role.D else "▌") if glyphs.unicode else ("#", "#")
    return _cells((sign * (halves // 2) + part * (halves % 2)).ljust(width), role)


def _ground(lines: Lines, width: int, glyphs: Glyphs) -> list[Row]:
    """Empty cells, with a faint line at 0, above which D takes an image for real."""
    zero = lines.line_of(0.0) if lines.axis.low < 0 < lines.axis.high else None
    return [[(glyphs.light, Role.FAINT) if line == zero else (" ", Role.TEXT)] * width for line in range(lines.height)]


def _cells(text: str, role: Role) -> Row:
    return [(sign, role) for sign in text]


def _join(rows: list[Row], more: Sequence[Row], gap: int) -> None:
    for row, piece in zip(rows, more, strict=True):
        row += [*piece, *_cells(" " * gap, Role.TEXT)]
