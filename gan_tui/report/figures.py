"""What `gan-tui plot -o` draws: the charts of one run, or of several in one chart each, fit for a paper."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from gan_tui.errors import UserError
from gan_tui.printable import printable
from gan_tui.render.compare import Subject
from gan_tui.render.curves import calming, middle, smoothed
from gan_tui.render.panels import ChartPanel, colours_of, newest_in, whole
from gan_tui.render.styles import RUN_COLOURS
from gan_tui.report.chart import Curve, Plot, lay_out
from gan_tui.report.shapes import Chart
from gan_tui.run.directory import RunDirectory
from gan_tui.run.history import Bucket
from gan_tui.run.skim import skim
from gan_tui.spec.metrics import named

Horizontal = Literal["step", "epoch", "time"]
_WHAT = {"losses": "loss", "scores": "probability", "gradients": "gradient norm", "layers": "distance", "distances": "distance"}
"""What a chart of several metrics shows."""
_UNITS = ((120.0, 1.0, "s"), (7200.0, 60.0, "min"), (float("inf"), 3600.0, "h"))
"""Of a run of at most so many seconds: seconds of the unit, and its name."""


class Request(NamedTuple):
    """What is to be drawn, and how."""

    panels: Sequence[ChartPanel]
    x: Horizontal = "step"
    last: int | None = None
    """Steps before the newest; None: all."""
    smooth: int | None = None
    """Points of which each mean is one; None: as many as the noise asks for. The band around it has all values."""
    log: bool = False


def charts(runs: Sequence[RunDirectory], subjects: Sequence[Subject], request: Request) -> list[Chart]:
    """One for each group of metrics; of several runs, one for each metric. Raises UserError where there is nothing to be drawn."""
    if len(runs) > len(RUN_COLOURS):
        raise UserError(f"{len(runs)} runs cannot be told apart in one chart: draw {len(RUN_COLOURS)} at most")
    title, places = _horizontal(runs, subjects, request.x)
    found = []
    for panel in request.panels:
        plot = Plot(_title(panel, subjects), [], y_title(panel), title, panel.bounds, panel.guide, request.log)
        chart = lay_out(plot._replace(curves=_curves(panel, subjects, places, request), bounds=None if request.log else panel.bounds))
        if chart is None:
            raise UserError(f"nothing of {panel.key} can be shown{' on a logarithmic axis' if request.log else ''}")
        found.append(chart)
    return found


def _title(panel: ChartPanel, subjects: Sequence[Subject]) -> str:
    return f"{panel.name}, {subjects[0].name}" if len(subjects) == 1 else panel.name


def y_title(panel: ChartPanel) -> str:
    """The name of the vertical axis, with its unit."""
    units = {named(name).unit for name, _ in panel.scalars}
    unit = next(iter(units)) if len(units) == 1 else ""
    what = named(panel.scalars[0][0]).label if len(panel.scalars) == 1 else _WHAT.get(panel.key, "")
    return f"{what} ({unit})" if what and unit and unit != what else what or unit or panel.key


def _curves(panel: ChartPanel, subjects: Sequence[Subject], places: Sequence[Callable[[int], float]], request: Request) -> list[Curve]:
    found = []
    for number, (subject, place) in enumerate(zip(subjects, places, strict=True)):
        if not panel.shows(subject.state):
            continue
        equilibrium = subject.objective.equilibrium if subject.objective else {}
        for (name, _), own in zip(panel.scalars, colours_of(panel), strict=True):
            points = whole(subject.state, name)
            if request.last is not None:
                points = [point for point in points if point.step >= subject.state.step - request.last]
            if not points:
                continue
            label, colour = (named(name).label, own) if len(subjects) == 1 else (subject.name, RUN_COLOURS[number])
            ideal = equilibrium.get(name) if number == 0 or equilibrium.get(name) != _first(subjects, name) else None
            found.append(Curve(printable(label), colour, _calmed(points, request.smooth), ideal, place, newest_in(subject.state, name)))
    return found


def _first(subjects: Sequence[Subject], name: str) -> float | None:
    objective = subjects[0].objective
    return objective.equilibrium.get(name) if objective else None


def _calmed(points: Sequence[Bucket], count: int | None) -> list[Bucket]:
    """Means of neighbours, within the lowest and highest values that there were."""
    means = smoothed(points, count or calming(points))
    return [point._replace(mean=middle(mean)) for point, mean in zip(points, means, strict=True)]


def _horizontal(runs: Sequence[RunDirectory], subjects: Sequence[Subject], x: Horizontal) -> tuple[str, list[Callable[[int], float]]]:
    """The title of the axis, and for each run where a step lies on it."""
    if x == "step":
        return "step", [float] * len(runs)
    if x == "epoch":
        return subjects[0].epoch, [_epochs(subject) for subject in subjects]
    times = [_Times(run) for run in runs]
    longest = max(time.seconds[-1] for time in times)
    _, each, unit = next(one for one in _UNITS if longest <= one[0])
    return f"training time ({unit})", [time.in_units_of(each) for time in times]


def _epochs(subject: Subject) -> Callable[[int], float]:
    each = subject.state.started.steps_per_epoch if subject.state.started else 0
    if each < 1:
        raise UserError(f"{subject.name} does not say how many steps an epoch has: draw it with --x step, or time")
    return lambda step: step / each


class _Times:
    """Seconds of training, pauses left out, by the step: what a roll-back or a resume went back behind is forgotten."""

    def __init__(self, run: RunDirectory) -> None:
        self._steps, self.seconds = [0], [0.0]
        for event in skim(run.events):
            if event.kind != "metrics":
                continue
            while len(self._steps) > 1 and self._steps[-1] >= event.step:
                self._steps.pop()
                self.seconds.pop()
            if event.step > 0:
                self._steps.append(event.step)
                self.seconds.append(max(self.seconds[-1], event.elapsed))

    def in_units_of(self, unit: float) -> Callable[[int], float]:
        """Where a step lies, between the moments that the log has."""

        def place(step: int) -> float:
            after = min(len(self._steps) - 1, bisect_right(self._steps, step))
            first, last = self._steps[after - 1], self._steps[after]
            share = min(1.0, max(0.0, (step - first) / max(1, last - first))) if after else 0.0
            before = self.seconds[after - 1] if after else 0.0
            return (before + share * (self.seconds[after] - before)) / unit

        return place
