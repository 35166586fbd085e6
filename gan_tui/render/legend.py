"""What the signs in a chart mean: names and values above it, marks below it."""

from collections.abc import Iterable, Sequence

from rich.cells import cell_len

from gan_tui.render.curves import middle, point_at
from gan_tui.render.figure import Figure, Mark, Run, Series
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import fit, number, plain
from gan_tui.run.entries import Mark as Moment
from gan_tui.spec.kinds import MARKS, Kind

VALUE = 7
"""Cells of a value."""


def marks_of(moments: Iterable[Moment], glyphs: Glyphs) -> list[Mark]:
    """A run's marks as a chart draws them."""
    signs = {kind.name: (_sign(kind, glyphs), kind.role) for kind in MARKS}
    return [Mark(moment.step, *signs[moment.kind]) for moment in moments if moment.kind in signs]


def _sign(kind: Kind, glyphs: Glyphs) -> str:
    sign: str = getattr(glyphs, kind.mark)
    return sign


def marks_legend(figures: Sequence[Figure], width: int, glyphs: Glyphs, guides: str = "ideal") -> list[Run]:
    """What stands for what, of the marks that are there; `guides` says what the faint lines across are."""
    there = {mark.sign for figure in figures for mark in figure.marks}
    known = [(_sign(kind, glyphs), str(kind.role), kind.name.replace("-", " ")) for kind in MARKS]
    found = [entry for entry in known if entry[0] in there]
    if any(figure.gaps for figure in figures):
        found.append((glyphs.cross, "error", "not finite"))
    if any(figure.guides for figure in figures):
        found.append((glyphs.light, "muted", guides))
    while sum(len(words) + 4 for _, _, words in found) - 2 > width:
        found.pop()
    return [run for sign, ink, words in found for run in ((sign, ink), (f" {words}  ", "muted"))]


def heading(title: str, series: Sequence[Series], step: float | None, width: int, glyphs: Glyphs) -> list[Run]:
    """`losses  ━ d_loss  0.812  ━ g_loss  1.923`: each curve's newest value, or the one at `step`; what does not fit is left out."""
    entries = [_entry(one, step, glyphs) for one in series]
    name = (f"{fit(plain(title, glyphs), width, glyphs)}  ", "strong")
    # The names of the curves say more than the title of the chart, which goes first where not all of it fits.
    if len(series) > 1 or title != series[0].name:
        entries.insert(0, [name])
    if sum(map(_width, entries)) - 2 > width and len(entries) > 1 and len(entries[0]) == 1:
        entries.pop(0)
    while entries and sum(map(_width, entries)) - 2 > width:
        entries.pop()
    return [run for entry in entries for run in entry] or [name]


def _entry(one: Series, step: float | None, glyphs: Glyphs) -> list[Run]:
    """`━ d_loss   0.812  ✗3  `."""
    lost = f"{glyphs.cross}{one.not_finite}  " if one.not_finite else ""
    name = f"{one.head or one.sign or glyphs.full} {plain(one.name, glyphs)} "
    return [(name, one.ink), (f"{_value(one, step, glyphs)}  ", "text"), (lost, "error")]


def _width(entry: Sequence[Run]) -> int:
    return sum(cell_len(text) for text, _ in entry)


def _value(one: Series, step: float | None, glyphs: Glyphs) -> str:
    point = (one.points[-1] if one.points else None) if step is None else point_at(one.points, step)
    value = middle(point) if point else None
    return "nan".rjust(VALUE) if point and value is None else number(value, VALUE, glyphs)
