"""Which scalars belong into one chart, and what becomes of those that are not declared."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gan_tui.render.curves import calming, extremes, falls_far, kept, smoothed
from gan_tui.render.figure import Series
from gan_tui.render.styles import RUN_COLOURS
from gan_tui.run.events import from_scalar
from gan_tui.run.features import network_of
from gan_tui.run.history import Bucket
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import CHARTS, LOSSES, METRICS, SAMPLES, SPEED, Chart, named
from gan_tui.spec.objectives import Objective
from gan_tui.spec.own_names import is_learning_rate, is_loss
from gan_tui.spec.transfer import READINGS

CHARACTERS: dict[str, str] = {"discriminator": "*", "generator": "o", "accent": "+", "good": "x", "muted": "."}
"""The character of each owner of a metric, where colours or dots cannot be shown."""


class ChartPanel(NamedTuple):
    """One chart."""

    key: str
    """Its name on the command line."""
    scalars: Sequence[tuple[str, str]]
    """Names and roles; none: it is a picture, not of scalars (`dashboard/run_board.py`)."""
    bounds: tuple[float, float] | None = None
    guide: float | None = None
    """A value worth a line."""
    network: str = ""
    """Of several runs, the only ones drawn: those whose distance is in the features of this network (`run/features.py`)."""

    @property
    def name(self) -> str:
        """What it is called on the screen: `losses`; of one metric its label, with the network where there is another one."""
        what = named(self.scalars[0][0]).label if len(self.scalars) == 1 else self.key
        return f"{what} ({self.network})" if self.network else what

    def shows(self, state: RunState) -> bool:
        """Does it have curves of this run?"""
        return not self.network or network_of(state, self.scalars[0][0]) == self.network


def _panel(chart: Chart) -> ChartPanel:
    return ChartPanel(chart.name, tuple((name, named(name).role) for name in chart.metrics), chart.bounds, chart.guide)


def alone(name: str) -> ChartPanel:
    """The chart of one scalar."""
    return _panel(Chart(name, (name,)))


def together(names: Sequence[str]) -> ChartPanel:
    """The chart of two scalars, whoever named them."""
    return ChartPanel(" ".join(names), tuple(zip(names, ("accent", "generator"), strict=False)))


def title_of(panel: ChartPanel) -> str:
    """What it is called where there is room for words: `losses`; of one metric what the screen calls it, and what that is."""
    brief = named(panel.scalars[0][0]).brief if len(panel.scalars) == 1 else ""
    return f"{panel.name}: {brief}" if brief else panel.name


KNOWN = {chart.name: _panel(chart) for chart in CHARTS}


def floored(state: RunState) -> ChartPanel:
    """The chart of FD, with its floor as a line across."""
    return alone("fd")._replace(guide=state.scalars.get("fd_floor"))


def wants_log(states: Iterable[RunState], panel: ChartPanel) -> bool:
    """Is it of distances, and fall these so far in these runs that nothing would be seen of their end?"""
    names = [name for name, _ in panel.scalars if name in (*READINGS, "fd")]
    if not names:
        return False
    found = extremes([point for state in states for name in names for point in whole(state, name)], positive=True)
    return found is not None and falls_far(*found)


def panels_of(names: Iterable[str], *, scores: bool = True) -> list[ChartPanel]:
    """The charts of a run that has scalars of these names: the known ones first, then one for each other scalar.

    Where another program has named some, its losses come first and the throughput last. Without `scores`, D(x) and D(G(z)) mean
    nothing, and are not drawn.
    """
    there = [name for name in names if name != SAMPLES.name]
    found = []
    for panel in KNOWN.values():
        scalars = tuple((name, role) for name, role in panel.scalars if name in there)
        if scalars and (scores or panel is not KNOWN["scores"]):
            found.append(panel._replace(scalars=scalars))
    taken = {name for panel in KNOWN.values() for name, _ in panel.scalars}
    found += [alone(name) for name in there if name not in taken]
    return sorted(found, key=_rank_beside_others) if any(name not in METRICS for name in there) else found


def _rank_beside_others(panel: ChartPanel) -> int:
    """Losses, ours first; other numbers; learning rates, which are set and not measured; the throughput."""
    name = panel.scalars[0][0]
    if name in LOSSES:
        return 0
    if name not in METRICS and is_loss(name):
        return 1
    return 4 if name == SPEED.name else 3 if is_learning_rate(name) else 2


def series_of(
    state: RunState,
    panel: ChartPanel,
    objective: Objective | None,
    *,
    dots: bool,
    count: int = 1,
    recent_only: bool = False,
    means: bool = False,
    banded: bool = False,
) -> list[Series]:
    """The curves of one run in a chart: each point the mean of `count` at most; the whole run, or its last seconds (`recent_only`).

    `dots`: in braille, else one character a point. `means`: one value a column, with a band of all values behind them where it is
    `banded`. A `count` of 0 is as many as the noise asks for.
    """
    equilibrium = objective.equilibrium if objective else {}
    found = []
    for name, role in panel.scalars:
        raw = recent(state, name) if recent_only else whole(state, name)
        points = smoothed(raw, count or (calming(raw) if means else 1))
        lost = state.history[name].not_finite if name in state.history else 0
        sign, values = "" if dots else CHARACTERS[role], raw if means else ()
        newest = newest_in(state, name)
        found.append(Series(name, role, sign, points, equilibrium.get(name), "", lost, values, raw, newest, banded, named(name).decimals))
    return found


def colours_of(panel: ChartPanel) -> Sequence[str]:
    """Of its curves in a drawn chart: their roles, or where these are alike (layers, which text tells apart by signs) those of runs."""
    roles = [role for _, role in panel.scalars]
    return roles if len(set(roles)) == len(roles) else [RUN_COLOURS[place % len(RUN_COLOURS)] for place in range(len(roles))]


def newest_in(state: RunState, name: str) -> float | None:
    """A scalar's last value, of one that is drawn."""
    return state.history[name].latest if name in state.history else None


def whole(state: RunState, name: str) -> list[Bucket]:
    """A scalar's whole history."""
    return kept(state.history[name].buckets) if name in state.history else []


def recent(state: RunState, name: str) -> list[Bucket]:
    """A scalar's history, its last seconds undecimated."""
    points = []
    for event in state.recent:
        scalar = (event.rate or None) if name == "steps/s" else event.scalars.get(name)
        if scalar is not None:
            value = from_scalar(scalar)
            finite = value if math.isfinite(value) else None
            points.append(Bucket(event.step, finite, finite))
    before = whole(state, name)
    return kept([point for point in before if point.step < points[0].step] + points) if points else before
