"""What a report says of a run, gathered from its folder."""

import json
import math
import shlex
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from gan_tui import config
from gan_tui.config.values import Section
from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.printable import printable
from gan_tui.render.glyphs import UNICODE
from gan_tui.render.panels import colours_of, panels_of, series_of, title_of
from gan_tui.render.text import duration
from gan_tui.report import pictures
from gan_tui.report.chart import Curve, Plot
from gan_tui.report.figures import y_title
from gan_tui.report.pictures import Picture
from gan_tui.run import log
from gan_tui.run.damage import damaged_settings, refuse_damaged
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Changed, Evaluation, RolledBack, Started, Verdict, from_scalar
from gan_tui.run.length import how_to_go_on
from gan_tui.run.repeat import again
from gan_tui.run.state import RunState
from gan_tui.run.summary import lowest
from gan_tui.spec.metrics import SAMPLES, named, of_samples
from gan_tui.toml_file import read_toml

MOST_VERDICTS = 200
VERSIONS = ("machine", "precision", "ranks", "torch", "jax", "tensorflow", "python")
"""What a run has written down of the machine and the programs that trained it."""


class Measured(NamedTuple):
    """One metric of the samples."""

    label: str
    newest: float
    best: float | None
    meaning: str


class Said(NamedTuple):
    """A verdict, or what a person or the trainer changed, at a step."""

    step: int
    what: str
    text: str


class Facts(NamedTuple):
    """All of it."""

    name: str
    path: str
    title: str
    state: str
    summary: Sequence[tuple[str, str]]
    """Names and values, in words."""
    verdict: Verdict | None
    advice: str
    """That of the verdict; empty where it was to go on or to wait, and the run has ended."""
    history: Sequence[Said]
    measured: Sequence[Measured]
    plots: Sequence[Plot]
    settings: Sequence[tuple[str, str, str]]
    """Key, value, and the value of the preset, of those that differ from it."""
    everything: str
    """All settings, as TOML."""
    pictures: Sequence[Picture]
    film: Picture | None
    """Its saved grids through time; None where there are not two."""
    commands: Sequence[str]


def gather(run: RunDirectory) -> Facts:
    """Read the run. Raises UserError where it has no log, or none that can be read."""
    refuse_damaged(run)
    state = log.read_state(run.events)
    if state.last_event is None:
        raise UserError(f"{run.name} has no log yet: there is nothing to report")
    task = run.task
    environment = environment_of(run)
    settings, differences = _settings(run)
    words = state.name(run.alive)
    done = [f"{done} done"] if (done := state.epochs_in_words(task.epoch)) else []
    summary = [
        ("state", words),
        ("progress", ", ".join([*done, f"step {state.step:,}"])),
    ]
    if state.trained is not None:
        summary.append((f"time of {task.steps}", duration(state.trained, UNICODE).strip()))
    if fd := best_fd_in_words(state):
        summary.append(("best FD", fd))
    if state.first_event is not None:
        summary.append(("began", datetime.fromtimestamp(state.first_event, UTC).strftime("%Y-%m-%d %H:%M UTC")))
    if state.started:
        summary.append((trained_on(state.started), printable(state.started.device_name or state.started.device)))
    if state.started and state.started.engine:
        summary.append(("engine", printable(state.started.engine)))
    summary += [(name, printable(str(environment[name]))) for name in VERSIONS if name in environment]
    if state.error:
        summary.append(("error", printable(state.error)))
    if why := damaged_settings(run):
        summary.append(("settings", printable(why)))
    return Facts(
        printable(run.name),
        printable(str(run.path)),
        f"{' '.join(getattr(settings, 'words', ()))}" or task.what,
        words,
        summary,
        state.verdict,
        "" if state.verdict is None or (state.verdict.is_patient and not run.alive) else state.verdict.advice,
        _history(run),
        _measured(state),
        plots(state, run.loss_name),
        differences,
        config.to_toml(settings) if settings is not None else "",
        pictures.of_run(run, state),
        pictures.film(run),
        _commands(run, state, settings, differences),
    )


def plots(state: RunState, loss: str | None) -> list[Plot]:
    """A chart for each group of metrics that the run has logged, FD first."""
    objective = state.objective(loss)
    found = []
    panels = panels_of(state.history, scores=state.outputs_probabilities(loss))
    for panel in sorted(panels, key=lambda panel: all(name != "fd" for name, _ in panel.scalars)):
        series = series_of(state, panel, objective, dots=True)
        curves = [
            Curve(named(one.name).label, colour, one.points, one.ideal, newest=one.newest)
            for one, colour in zip(series, colours_of(panel), strict=True)
            if one.points
        ]
        if curves:
            found.append(Plot(title_of(panel), curves, y_title(panel), bounds=panel.bounds, guide=panel.guide))
    return found


def _history(run: RunDirectory) -> list[Said]:
    """Verdicts as they changed, changes of settings, and roll-backs."""
    found: list[Said] = []
    verdict: Verdict | None = None
    for event in log.iterate(run.events):
        if isinstance(event, Verdict):
            before, verdict = verdict, event
            if event.repeats(before):
                continue
            found.append(
                Said(
                    event.step,
                    event.level,
                    printable(f"{event.text}. {event.advice}" if event.advice and not event.is_patient else event.text),
                )
            )
        elif isinstance(event, Changed):
            found.append(Said(event.step, "changed", printable(f"{event.setting}: {event.before:g} to {event.value:g}")))
        elif isinstance(event, RolledBack):
            found.append(Said(event.step, "rolled back", printable(f"from step {event.from_step:,}: {event.reason}")))
        del found[:-MOST_VERDICTS]
    return found


def _measured(state: RunState) -> list[Measured]:
    if state.evaluation is None:
        return []
    best = state.best.scalars if state.best else {}
    return [
        Measured(metric.label, value, _finite(best.get(metric.name)), metric.meaning)
        for metric in of_samples(state.evaluation.scalars)
        if (value := _finite(state.evaluation.scalars.get(metric.name))) is not None
    ]


def _finite(scalar: object) -> float | None:
    value = from_scalar(scalar) if scalar is not None else math.nan
    return value if math.isfinite(value) else None


def trained_on(started: Started) -> str:
    """What its `device_name` names: of another program, of whose device nothing is known, the host."""
    return "device" if started.device else "host"


def environment_of(run: RunDirectory) -> dict[str, object]:
    """What its trainer has written down of machine and versions; empty where that cannot be read."""
    try:
        found = read_toml(run.config_file, config.LARGEST_SETTINGS, "settings file").table.get("environment", {})
    except UserError:
        return {}
    return found if isinstance(found, dict) else {}


def _settings(run: RunDirectory) -> tuple[Section | None, list[tuple[str, str, str]]]:
    """The settings, where they can be read, and those that differ from their preset."""
    try:
        settings = run.settings()
    except UserError:
        return None, []
    if not isinstance(settings, config.RunConfig):
        return settings, []
    try:
        base = config.resolve(settings.preset)
    except UserError:  # a user's own, which is gone
        base = config.RunConfig()
    keys = [setting.key for setting in config.settings()]
    changed = [(key, config.get(settings, key), config.get(base, key)) for key in keys]
    return settings, [
        (key, printable(config.written(value)), printable(config.written(before))) for key, value, before in changed if value != before
    ]


def _commands(run: RunDirectory, state: RunState, settings: object, differences: Sequence[tuple[str, str, str]]) -> list[str]:
    """What makes this run again, what goes on with it, and what looks at it."""
    found = []
    if isinstance(settings, config.RunConfig):
        words = ["gan-tui", "train", "--preset", settings.preset]
        for key, _, _ in differences:
            words += ["--set", f"{key}={_typed(config.get(settings, key))}"]
        found.append(shlex.join(words))
    if isinstance(settings, config.CommandConfig):
        found.append(shlex.join(("gan-tui", "run", "--", *settings.command)))
    if isinstance(settings, config.OptimisationConfig):
        found.append(again(run, settings))
    if not run.alive and not state.diverged and (further := how_to_go_on(run)):  # of one that diverged, the error says how
        found.append(further)
    return [*found, f"gan-tui watch {run.cli_name}", *([f"gan-tui plot {run.cli_name}"] if state.history else [])]


def _typed(value: object) -> str:
    """A value as `--set` takes it."""
    return str(value) if isinstance(value, str) else json.dumps(value)


def best_fd(state: RunState) -> float | None:
    """The Frechet distance of `best.pt`; of who logs one without that file, the lowest."""
    return _finite(state.best.scalars.get("fd")) if isinstance(state.best, Evaluation) else lowest(state, "fd")


def best_fd_in_words(state: RunState) -> str:
    """`11.8 at step 1,650, of 2,000 samples; floor 0.2455 (mnist-cnn-v1)`, as far as that is known; else nothing."""
    fd = best_fd(state)
    if fd is None or state.best is None:
        return "" if fd is None else f"{fd:.4g}"
    samples, floor = (_finite(state.best.scalars.get(name)) for name in (SAMPLES.name, "fd_floor"))
    of = f", of {counted(int(samples), 'sample')}" if samples is not None else ""
    beside = f"; floor {floor:.4g}" if floor is not None else ""
    return f"{fd:.4g} at step {state.best.step:,}{of}{beside}{f' ({printable(state.best.network)})' if state.best.network else ''}"
