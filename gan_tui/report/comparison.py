"""Several runs side by side: what differs between them, and their curves in one chart each."""

from collections.abc import Sequence
from typing import NamedTuple

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.printable import printable
from gan_tui.render.compare import Subject, charts_of
from gan_tui.render.glyphs import UNICODE
from gan_tui.render.panels import ChartPanel, newest_in, whole
from gan_tui.render.styles import RUN_COLOURS
from gan_tui.render.text import duration
from gan_tui.report.chart import Curve, Plot
from gan_tui.report.facts import VERSIONS, best_fd, environment_of, trained_on
from gan_tui.report.figures import y_title
from gan_tui.report.pictures import Picture, newest
from gan_tui.run import log
from gan_tui.run.directory import RunDirectory
from gan_tui.run.features import network_of, networks_of
from gan_tui.run.settings_table import differing, settings_of
from gan_tui.run.state import RunState
from gan_tui.run.summary import summarise_state
from gan_tui.spec.metrics import HEADLINE, SAMPLES, SPEED, undeclared
from gan_tui.spec.own_names import is_loss

MOST_CURVES = len(RUN_COLOURS)


class Comparison(NamedTuple):
    """What a report on several runs says."""

    names: Sequence[str]
    rows: Sequence[tuple[str, Sequence[str]]]
    """Of each fact that is known of one of them, and each setting that differs: its name, and its value in each run."""
    plots: Sequence[Plot]
    pictures: Sequence[Picture]
    """The newest samples of each, as far as there are any."""


def compare(runs: Sequence[RunDirectory]) -> Comparison:
    """Raises UserError for more runs than can be told apart."""
    if len(runs) > MOST_CURVES:
        raise UserError(f"{len(runs)} runs cannot be told apart in one chart: compare {MOST_CURVES} at most")
    states = [log.read_state(run.events) for run in runs]
    rows: list[tuple[str, Sequence[str]]] = [
        ("state", [state.name(run.alive) for run, state in zip(runs, states, strict=True)]),
        ("step", [f"{state.step:,}" for state in states]),
        ("time", ["" if state.trained is None else duration(state.trained, UNICODE).strip() for state in states]),
        *_best(states),
        *_own_losses(states),
        ("verdict", [printable(summarise_state(run, state).verdict or "") for run, state in zip(runs, states, strict=True)]),
    ]
    names = list(dict.fromkeys(name for state in states for name in state.history if name not in (SAMPLES.name, SPEED.name)))
    names.sort(key=lambda name: name != HEADLINE)  # what tells runs apart, first
    subjects = [Subject(printable(run.name), state, None) for run, state in zip(runs, states, strict=True)]
    plots = [
        Plot(panel.name, _curves(panel, subjects), y_title(panel), bounds=panel.bounds, guide=panel.guide)
        for panel in (charts_of(subjects, names) if names else [])
    ]
    return Comparison(
        [printable(run.name) for run in runs],
        [row for row in (*rows, *_differing(runs), *_machines(runs, states)) if any(row[1])],
        plots,
        _pictures(runs, states),
    )


def _machines(runs: Sequence[RunDirectory], states: Sequence[RunState]) -> list[tuple[str, Sequence[str]]]:
    """Where each was trained, and with what, as far as it has written that down."""
    environments = [environment_of(run) for run in runs]

    def trained(state: RunState, what: str) -> str:
        started = state.started
        return printable(started.device_name or started.device) if started and trained_on(started) == what else ""

    return [
        *((what, [trained(state, what) for state in states]) for what in ("device", "host")),
        *((name, [printable(str(environment.get(name, ""))) for environment in environments]) for name in VERSIONS),
    ]


def _pictures(runs: Sequence[RunDirectory], states: Sequence[RunState]) -> list[Picture]:
    found = [(run, newest(run, state)) for run, state in zip(runs, states, strict=True)]
    return [picture._replace(caption=f"{printable(run.name)}: {picture.caption}") for run, picture in found if picture is not None]


def _best(states: Sequence[RunState]) -> list[tuple[str, Sequence[str]]]:
    """The best FD of each run; of several feature networks in a row each, for they are on different scales."""
    networks = networks_of(states, HEADLINE)

    def row(title: str, networks: Sequence[str]) -> tuple[str, Sequence[str]]:
        there = [best_fd(state) if network_of(state, HEADLINE) in networks else None for state in states]
        return title, ["" if fd is None else f"{fd:.4g}" for fd in there]

    return [row(f"best FD ({printable(one)})", [one]) for one in networks] if len(networks) > 1 else [row("best FD", networks)]


def _curves(panel: ChartPanel, subjects: Sequence[Subject]) -> list[Curve]:
    """Those of the runs that have any there."""
    name = panel.scalars[0][0]
    return [
        Curve(subject.name, RUN_COLOURS[number], points, newest=newest_in(subject.state, name))
        for number, subject in enumerate(subjects)
        if panel.shows(subject.state) and (points := whole(subject.state, name))
    ]


def _own_losses(states: Sequence[RunState]) -> list[tuple[str, Sequence[str]]]:
    """The newest value of each loss that scripts name in their own way: the first one of each run."""
    firsts = dict.fromkeys(name for state in states if (name := next(filter(is_loss, undeclared(state.scalars)), None)))
    return [(printable(name), [f"{state.scalars[name]:.4g}" if name in state.scalars else "" for state in states]) for name in firsts]


def _differing(runs: Sequence[RunDirectory]) -> list[tuple[str, Sequence[str]]]:
    """The settings that are not the same in all of them."""
    tables = [settings_of(run) for run in runs]
    keys = differing(tables) if all(tables) else []
    return [(key, [printable(config.written(table[key])) for table in tables]) for key in keys]
