"""Charts of one run, or of several side by side in one chart each: what `gan-tui plot` prints."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gan_tui.errors import UserError
from gan_tui.nearest import perhaps
from gan_tui.render.chart import draw_figure
from gan_tui.render.figure import ChartView, Series, Span, compose, heading, is_flattened, marks_legend, marks_of, spans
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.panels import ChartPanel, panels_of, series_of, whole
from gan_tui.render.styles import RUN_ROLES
from gan_tui.render.ticks import whole_run
from gan_tui.run.features import networks_of
from gan_tui.run.state import RunState
from gan_tui.spec import aliases
from gan_tui.spec.metrics import HEADLINE, SAMPLES
from gan_tui.spec.objectives import Objective

RUN_MARKERS = "■▲◆●□△◇○"
RUN_CHARACTERS = "#+@=%&*o"
"""Of runs side by side. In a list of runs the circles (`*`, `o`) say whether one lives: they are the last ones here."""
FLAT = "flattened by its largest values: try --log"


class Subject(NamedTuple):
    """One of the runs."""

    name: str
    state: RunState
    objective: Objective | None
    epoch: str = "epoch"
    """What one is called."""


class Request(NamedTuple):
    """What is to be drawn, and how."""

    metrics: Sequence[str] = ("losses",)
    """Names of charts or of scalars; none: FD, or the first chart."""
    last: int | None = None
    """Steps before the newest; None: all."""
    smooth: int = 1
    log: bool = False
    colourful: bool = True
    """Can curves be told apart by their colours?"""


def charts_of(subjects: Sequence[Subject], metrics: Sequence[str]) -> list[ChartPanel]:
    """The charts that `metrics` means, else FD, else the first. Raises UserError for one that no run has.

    With several runs, one for each scalar, and of distances one for each feature network.
    A name is taken without regard to case where no other is meant by that, and `Loss,acc` is a list of two.
    """
    names = list(dict.fromkeys(name for subject in subjects for name in subject.state.history if name != SAMPLES.name))
    who = ", ".join(subject.name for subject in subjects)
    if not names:
        raise UserError(f"nothing to draw: {who} {'has' if len(subjects) == 1 else 'have'} no numbers yet")
    known = {panel.key: panel for panel in panels_of(names)}
    there = list(dict.fromkeys([*known, *names]))
    wanted = [word for given in metrics for word in ([given] if _meant(given, there) else given.split(","))]
    found = []
    for word in wanted or [_first(subjects, known)]:
        metric = _meant(word.strip(), there)
        if metric is None:
            raise UserError(f"no metric '{word}'{perhaps(word, there)} in {who}: choose one of {', '.join(there)}")
        found.append(_panel_of(metric, known))
    if len(subjects) > 1:
        found = [
            apart for panel in found for one in panel.scalars for apart in _apart(panel._replace(key=one[0], scalars=(one,)), subjects)
        ]
    return list(dict.fromkeys(found))


def _first(subjects: Sequence[Subject], known: Mapping[str, ChartPanel]) -> str:
    """What is drawn where nobody says what: FD where it can be seen how it falls, or in which run it is lower."""
    measured = [len(whole(subject.state, HEADLINE)) for subject in subjects]
    if sum(count > 0 for count in measured) > 1 or (len(measured) == 1 and measured[0] > 1):
        return HEADLINE if len(measured) > 1 else next(key for key, panel in known.items() if HEADLINE in dict(panel.scalars))
    return next(iter(known))


def _apart(panel: ChartPanel, subjects: Sequence[Subject]) -> list[ChartPanel]:
    """A chart of one scalar of several runs, or where it is of several networks one for each."""
    networks = networks_of([subject.state for subject in subjects], panel.key)
    if len(networks) < 2:
        return [panel]
    return [panel._replace(key=f"{panel.key} ({network})", network=network) for network in networks]


def _meant(word: str, there: Sequence[str]) -> str | None:
    """Which of the names that are there a person means; None: none."""
    now = aliases.METRICS.get(word, word)
    return word if word in there else now if now in there else next((name for name in there if name.casefold() == word.casefold()), None)


def _panel_of(metric: str, known: Mapping[str, ChartPanel]) -> ChartPanel:
    """The chart of that name, or of that scalar alone."""
    if metric in known:
        return known[metric]
    panel = next(panel for panel in known.values() if metric in dict(panel.scalars))
    return panel._replace(key=metric, scalars=((metric, dict(panel.scalars)[metric]),))


def draw(subjects: Sequence[Subject], panel: ChartPanel, request: Request, width: int, height: int, glyphs: Glyphs) -> list[list[Span]]:
    """One chart in `height` lines, its heading and the meaning of its marks included."""
    shown = [(number, subject) for number, subject in enumerate(subjects) if panel.shows(subject.state)]
    series = [one for number, subject in shown for one in _series(number, subject, panel, request, glyphs, len(subjects))]
    first, last = whole_run([point for one in series for point in one.points], max(one.state.step for _, one in shown), growing=False)
    if request.last is not None:
        first = max(first, last - request.last)
    only = subjects[0] if len(subjects) == 1 else None
    # Of runs whose epochs are of another length each, no axis of epochs says where all of them were.
    epochs = {(subject.state.started.steps_per_epoch if subject.state.started else 0, subject.epoch) for _, subject in shown}
    per_epoch, epoch = next(iter(epochs)) if len(epochs) == 1 else (0, "")
    look = ChartView(first, last, request.log, panel.bounds, panel.guide, per_epoch, epoch)
    marks = marks_of(only.state.marks, glyphs) if only else []
    figure = compose(series, look, marks, width, height - 2)
    there = [one for one in series if one.points or one.newest is not None]
    lines = [heading(panel.name, there or series, None, width, glyphs, of_runs=only is None)]
    if figure is None:
        return [*lines, [("nothing that could be shown" + (" on a logarithmic axis" if request.log else ""), "muted")]]
    hint = FLAT if not request.log and panel.bounds is None and is_flattened(figure) else ""
    legend = marks_legend([figure], width - len(hint), glyphs)
    return [*lines, *(spans(row) for row in draw_figure(figure, width, height - 2, glyphs)), [*legend, (hint, "warning")]]


def _series(number: int, subject: Subject, panel: ChartPanel, request: Request, glyphs: Glyphs, count: int) -> list[Series]:
    """What one run gives to a chart."""
    dots = glyphs.unicode and (request.colourful or count * len(panel.scalars) == 1)
    series = series_of(subject.state, panel, subject.objective, dots=dots, count=request.smooth)
    if count == 1:
        return series
    role, marker = RUN_ROLES[number % len(RUN_ROLES)], RUN_MARKERS[number % len(RUN_MARKERS)] if dots else ""
    character = "" if dots else RUN_CHARACTERS[number % len(RUN_CHARACTERS)]
    return [one._replace(name=subject.name, role=role, character=character, marker=marker) for one in series]
