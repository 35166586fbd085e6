"""What one chart shows: its axes, ticks, curves, guides, marks and legend, laid out for a room of so many cells. `chart.py` draws it."""

import math
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from rich.cells import cell_len

from gan_tui.render.curves import Laid, Piece, lay, middle, point_at, usual_range, within
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Look
from gan_tui.render.text import fit, number, plain
from gan_tui.render.ticks import LABEL, Axis, Tick, epoch_ticks, step_ticks, value_axis
from gan_tui.run.entries import Mark
from gan_tui.run.history import Bucket
from gan_tui.spec.kinds import MARKS, Kind
from gan_tui.spec.metrics import named

GUTTER = LABEL + 1
"""Cells left of the plot: the labels and the axis."""
BELOW = 2
"""Lines below it: the axis and its labels."""
LEAST = (GUTTER + 4, 2)
"""Columns and lines of the plot, below which nothing can be drawn."""
EPOCHS_FROM = 12
"""Lines of a chart that has one for epochs."""
FLATTENED = 100
"""Times the median, from which on the largest value leaves the others less than a line of any terminal."""
TICK_ROOM = 9
"""Columns that a label of the horizontal axis has to itself."""

Row = list[tuple[str, Look]]
"""Signs, one a cell, and their looks."""
Scale = Callable[[int, int, int], list[Tick]]
Span = tuple[str, Look]
"""A text and its look."""


class Series(NamedTuple):
    """A scalar to be drawn."""

    name: str
    role: str
    character: str
    """Its character where braille dots cannot be shown or told apart; empty: braille."""
    points: Sequence[Bucket]
    """In order of their steps (see `curves.kept`)."""
    ideal: float | None = None
    """Its value at equilibrium."""
    marker: str = ""
    """A glyph at its newest point, and in the legend."""
    not_finite: int = 0
    """How many of its values were not."""
    raw: Sequence[Bucket] = ()
    """What `points` are means of; none: `points` are all there is, and their line goes from the lowest to the highest."""
    measured: Sequence[Bucket] = ()
    """What its values are read off where `points` may be means; none: `points`."""
    newest: float | None = None
    """Its last value, where that is more than its last point knows: a long history has means in its points."""
    banded: bool = True
    """Behind their line is a band from the lowest to the highest of `raw`."""
    decimals: int = 3
    """Of its values in words, as tables have them."""


class ChartView(NamedTuple):
    """How a chart is looked at."""

    first: int
    last: int
    """Steps at its ends."""
    log: bool = False
    bounds: tuple[float, float] | None = None
    """Ends of the vertical axis; None: what the values need."""
    guide: float | None = None
    """A value worth a line of its own."""
    steps_per_epoch: int = 0
    """0: unknown."""
    epoch: str = "epoch"
    """What one is called."""
    scale: Scale = step_ticks
    """What stands below the horizontal axis, which is one of steps: places in (first, last, most), as many at most."""
    counted: str = "step"
    """What these are called."""
    small: bool = False
    """Always on the screen, beside much else: no horizontal axis, and the rarest values lie at the edge and flatten no others."""


class Curve(NamedTuple):
    """One line of a chart."""

    role: str
    character: str
    """One character a point; empty: braille dots, eight to a cell."""
    pieces: Sequence[Piece]
    """Columns (of `columns_of`) and values."""
    marker: str = ""
    """A glyph at its last point."""
    band: Sequence[Piece] = ()
    """Of braille: the range behind the line."""
    newest: float | None = None
    """What stands at the end of its line."""
    decimals: int = 3
    """Of that."""


class ChartMark(NamedTuple):
    """A moment across the whole chart."""

    step: float
    glyph: str
    """At its head."""
    role: str


class Figure(NamedTuple):
    """All that one chart shows."""

    across: Axis
    """Steps."""
    up: Axis
    """Values."""
    across_ticks: Sequence[Tick]
    """None: a chart without a horizontal axis."""
    up_ticks: Sequence[Tick]
    epoch_ticks: Sequence[Tick]
    """Labelled in a line of their own below; none where there are none."""
    curves: Sequence[Curve]
    guides: Sequence[tuple[float, str]]
    """Values with a faint line across, and its role."""
    marks: Sequence[ChartMark]
    gaps: Sequence[int]
    """Cells (columns of the plot) in which something was not finite."""
    epoch: str = "epoch"
    """What one is called."""
    counted: str = "step"
    """What the numbers below the horizontal axis count."""

    @property
    def below(self) -> int:
        """Lines below the plot."""
        return BELOW * bool(self.across_ticks) + bool(self.epoch_ticks)


def columns_of(width: int, character: str) -> int:
    """How many columns a curve has in a chart of `width` cells: braille has two to a cell."""
    return max(1, width - GUTTER) * (1 if character else 2)


def compose(series: Sequence[Series], look: ChartView, marks: Sequence[ChartMark], width: int, height: int) -> Figure | None:
    """The chart of `series` for a room of so many cells. None where there is nothing to draw: no room, or no value that could be shown."""
    if width < LEAST[0] or height < LEAST[1] + (0 if look.small else BELOW):
        return None
    room = max(2, (width - GUTTER) // TICK_ROOM)
    epochs = epoch_ticks(look.first, look.last, look.steps_per_epoch if height >= EPOCHS_FROM and not look.small else 0, room)
    below = 0 if look.small else BELOW + bool(epochs)
    across = Axis(look.first, max(look.last, look.first + 1))
    laid = [_laid(one, look, across, width) for one in series]
    if not any(line.pieces for line, _ in laid):
        return None
    ranges = [band if band.pieces else line._replace(gaps=band.gaps or line.gaps) for line, band in laid]
    guides = [(value, role) for value, role in _guides(series, look) if value > 0 or not look.log]
    up, up_ticks = value_axis(*_needed(ranges, guides, look), height - below, log=look.log)
    return Figure(
        across=across,
        up=up,
        across_ticks=() if look.small else look.scale(look.first, look.last, room),
        counted=look.counted,
        up_ticks=up_ticks,
        epoch_ticks=epochs,
        epoch=look.epoch,
        curves=[
            Curve(one.role, one.character, line.pieces, one.marker, band.pieces, newest_of(one) if one.raw else None, one.decimals)
            for one, (line, band) in zip(series, laid, strict=True)
        ],
        guides=guides,
        marks=[mark for mark in marks if look.first <= mark.step <= look.last],
        gaps=[gap if one.character else gap // 2 for one, curve in zip(series, ranges, strict=True) for gap in curve.gaps],
    )


def _laid(one: Series, look: ChartView, across: Axis, width: int) -> tuple[Laid, Laid]:
    """A curve's line and its band; of what are no means, the line goes from the lowest to the highest value of each column."""
    columns = columns_of(width, one.character)
    points = within(one.points, look.first, look.last)
    line = lay(points, across, columns, positive=look.log, mean=bool(one.raw))
    band = lay(within(one.raw, look.first, look.last), across, columns, positive=look.log)
    return line, band if one.banded and (_is_broad(band) or one.points != one.raw) else Laid([], band.gaps)


def _is_broad(band: Laid) -> bool:
    """Does any column hold more than one value? If not, there is nothing to be a mean of."""
    return any(high > low for piece in band.pieces for _, low, high in piece)


def _guides(series: Sequence[Series], look: ChartView) -> list[tuple[float, str]]:
    ideals = list(dict.fromkeys((one.ideal, "muted" if one.marker else one.role) for one in series if one.ideal is not None))
    return ideals if look.guide is None else [*ideals, (look.guide, "faint")]


def _needed(laid: Sequence[Laid], guides: Sequence[tuple[float, str]], look: ChartView) -> tuple[float, float]:
    """What the vertical axis must hold."""
    if look.bounds and not look.log:
        return look.bounds
    values = [value for value, _ in guides]
    for curve in laid:
        if curve.pieces and look.small:
            values += usual_range(curve.pieces)
        else:
            values += [value for piece in curve.pieces for _, low, high in piece for value in (low, high)]
    return min(values), max(values)


def is_flattened(figure: Figure) -> bool:
    """Do a few large values, as of a run that diverged, press most of some curve onto one line?"""
    curves = [sorted(max(abs(low), abs(high)) for piece in curve.pieces for _, low, high in piece) for curve in figure.curves]
    largest = max((sizes[-1] for sizes in curves if sizes), default=0.0)
    return any(largest > FLATTENED * sizes[len(sizes) // 2] and sizes[-1] > 0 for sizes in curves if sizes)


def cell_of(axis: Axis, step: float, width: int) -> int:
    """The cell of a chart of `width` cells in which `step` lies."""
    cells = width - GUTTER
    return GUTTER + min(cells - 1, int(axis.share(step) * cells))


def spans(row: Row) -> list[Span]:
    """Neighbours of one role are one run."""
    return [("".join(sign for sign, _ in group), role) for role, group in groupby(row, key=lambda cell: cell[1])]


VALUE = 7
"""Cells of a value."""


def marks_of(moments: Iterable[Mark], glyphs: Glyphs) -> list[ChartMark]:
    """A run's marks as a chart draws them."""
    signs = {kind.name: (_sign(kind, glyphs), kind.role) for kind in MARKS}
    return [ChartMark(moment.step, *signs[moment.kind]) for moment in moments if moment.kind in signs]


def _sign(kind: Kind, glyphs: Glyphs) -> str:
    sign: str = getattr(glyphs, kind.mark)
    return sign


def marks_legend(figures: Sequence[Figure], width: int, glyphs: Glyphs, guides: str = "ideal") -> list[Span]:
    """What stands for what, of the marks that are there; `guides` says what the faint lines across are."""
    there = {mark.glyph for figure in figures for mark in figure.marks}
    known = [(_sign(kind, glyphs), str(kind.role), kind.name.replace("-", " ")) for kind in MARKS]
    found = [entry for entry in known if entry[0] in there]
    if any(figure.gaps for figure in figures):
        found.append((glyphs.cross, "error", "not finite"))
    if any(figure.guides for figure in figures):
        found.append((glyphs.light, "muted", guides))
    while sum(len(words) + 4 for _, _, words in found) - 2 > width:
        found.pop()
    return [run for sign, role, words in found for run in ((sign, role), (f" {words}  ", "muted"))]


def heading(title: str, series: Sequence[Series], step: float | None, width: int, glyphs: Glyphs, *, of_runs: bool = False) -> list[Span]:
    """`losses  ━ d_loss  0.812  ━ g_loss  1.923`: each curve's newest value, or the one at `step`; what does not fit is left out.

    `of_runs`: the curves are those of one number in several runs, and only the title says of which.
    """
    entries = [_entry(one, one.name if of_runs else named(one.name).label, step, glyphs) for one in series]
    name = (f"{fit(plain(title, glyphs), width, glyphs)}  ", "strong")
    if of_runs:
        return [name, *_as_many(entries, width - cell_len(name[0]), glyphs)]
    # The names of the curves say more than the title of the chart, which goes first where not all of it fits.
    if len(series) > 1 or title not in (series[0].name, named(series[0].name).label):
        entries.insert(0, [name])
    if sum(map(_width, entries)) - 2 > width and len(entries) > 1 and len(entries[0]) == 1:
        entries.pop(0)
    while entries and sum(map(_width, entries)) - 2 > width:
        entries.pop()
    return [run for entry in entries for run in entry] or [name]


def _as_many(entries: Sequence[Sequence[Span]], width: int, glyphs: Glyphs) -> list[Span]:
    """As many as fit, and how many more there are."""
    for count in range(len(entries), -1, -1):
        left = len(entries) - count
        more: list[Span] = [(f"{glyphs.ellipsis} {left} more", "muted")] if left else [("", "muted")]
        if sum(map(_width, entries[:count])) + (_width(more) if left else -2) <= width:
            return [run for entry in entries[:count] for run in entry] + more
    return []


def _entry(one: Series, called: str, step: float | None, glyphs: Glyphs) -> list[Span]:
    """`━ d_loss   0.812  ✗3  `."""
    lost = f"{glyphs.cross}{one.not_finite}  " if one.not_finite else ""
    name = f"{one.marker or one.character or glyphs.full} {plain(called, glyphs)} "
    return [(name, one.role), (f"{_value(one, step, glyphs)}  ", "text"), (lost, "error")]


def _width(entry: Sequence[Span]) -> int:
    return sum(cell_len(text) for text, _ in entry)


def _value(one: Series, step: float | None, glyphs: Glyphs) -> str:
    if step is None:
        return number(newest_of(one), VALUE, glyphs, one.decimals)
    point = point_at(one.measured or one.points, step)
    value = middle(point) if point else None
    return "nan".rjust(VALUE) if point and value is None else number(value, VALUE, glyphs, one.decimals)


def newest_of(one: Series) -> float | None:
    """What a curve reads at its end; NaN where that was no number, None where it has no values."""
    points = one.measured or one.raw or one.points
    if one.newest is not None or not points:
        return one.newest
    value = middle(points[-1])
    return math.nan if value is None else value
