"""`sweep`: short trials over the values of a setting, shown while they run and whenever wanted afterwards."""

import json
import shlex
import signal
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_tui import config, output
from gan_tui.cli.chart_file import SUFFIXES, check_output, coloured, write
from gan_tui.cli.group import cli, echo, has_terminal, runs_dir_option, theme_option
from gan_tui.cli.own_code import allow_named
from gan_tui.counted import counted
from gan_tui.errors import FAILED, UserError
from gan_tui.run import directory
from gan_tui.spec.metrics import LOSSES
from gan_tui.sweep.plan import values_of, whole
from gan_tui.sweep.report import MOST_SEEDS, Outcome, Report, best_of, find, format_value, read
from gan_tui.sweep.runner import Sweep, Trial

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

    from gan_tui.dashboard.themes import ThemeFile
    from gan_tui.render.glyphs import Glyphs

LINES = (8, 20)
"""Of a chart: what it needs beside the table, and what is enough."""
AROUND = 4
"""Lines around table and chart: the title, the headings, an empty line, the cursor's."""
ADVICE = 2
"""Lines of the recommendation."""
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGXCPU, signal.SIGUSR1, signal.SIGUSR2)
"""What ends a sweep, or has its trial save."""
WIDTH = 100
"""Columns of a chart that are enough."""
PLANNING = ("lr", "over", "points", "seeds", "epochs", "preset", "assignments", "name")
"""Options that say what is to be tried."""
FILE_SIZE = (80, 20)
"""Columns and lines of a chart in a file."""


@dataclass(frozen=True)
class Plan:
    """What is to be tried, as it was typed."""

    lr: str | None
    over: str | None
    points: int
    seeds: int
    epochs: str
    preset: str | None
    assignments: tuple[str, ...]
    name: str | None

    def sweep(self, runs_dir: Path) -> Sweep:
        """Raises UserError."""
        if self.lr and self.over:
            raise UserError("--lr and --over are two sweeps: choose one")
        words, equals, text = self.over.partition("=") if self.over else ("", "=", self.lr or "1e-5..1e-2")
        if not equals:
            raise UserError(f"'{self.over}' says no values: write --over section.key=A..B, or a list, section.key=A,B,C")
        keys = tuple(dict.fromkeys(key.strip() for key in words.split(","))) if self.over else config.RATES
        tables = [config.parse_assignment(assignment) for assignment in (f"train.epochs={self.epochs}", *self.assignments)]
        if twice := next((key for key in keys if any(text.partition("=")[0].strip() == key for text in self.assignments)), None):
            raise UserError(f"{twice} is what the sweep tries values of: leave out --set {twice}")
        if length := next((text for text in self.assignments if text.partition("=")[0].strip() in ("train.epochs", "train.budget")), None):
            raise UserError(f"--epochs {self.epochs} is the length of a trial: say it there, and leave out --set {length}")
        base = config.resolve(self.preset or config.DEFAULT_PRESET, tables)
        allow_named(base, [text.partition("=")[0].strip() for text in self.assignments])
        if not base.evaluation.budget:
            raise UserError("a sweep compares evaluations, and evaluation.budget = 0 turns them off")
        folder = runs_dir / (directory.check_name(self.name) if self.name else f"sweep-{time.strftime('%Y%m%d-%H%M%S')}")
        if folder.exists():
            raise UserError(f"{folder} exists already: choose another --name, or go on with it: --resume {folder.name}")
        return Sweep(folder, base, keys, values_of(text, self.points, whole=whole(keys)), self.seeds)


@cli.command()
@click.option("--lr", metavar="A..B|A,B,...", help="Learning rates of both networks.  [default: 1e-5..1e-2, unless --over]")
@click.option(
    "--over", metavar="SECTION.KEY[,...]=A..B|A,B,...", help="Another setting, such as loss.r1=0.1..10, or several that move together."
)
@click.option("--points", type=click.IntRange(2, 20), default=7, show_default=True, help="Values in a range A..B, at equal ratios.")
@click.option("--seeds", type=click.IntRange(1, MOST_SEEDS), default=1, show_default=True, help="Trials of each value.")
@click.option("--epochs", metavar="N", default="3", show_default=True, help="Length of a trial.")
@click.option("--preset", metavar="NAME", help="Where all other settings come from: a name, or ./my.toml.  [default: classic]")
@click.option("--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, help="Any other setting of all trials.")
@click.option("--name", help="Name of the sweep's folder.  [default: sweep and the time]")
@click.option("--resume", metavar="SWEEP", help="Go on with a sweep that was interrupted: its name, its path, or `latest`.")
@click.option("--show", metavar="SWEEP", help="Train nothing: show a sweep again, by its name, its path, or `latest`.")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write the chart to FILE (.txt or .svg) as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for scripts.")
@theme_option
@runs_dir_option
def sweep(
    lr: str | None, over: str | None, points: int, seeds: int, epochs: str, preset: str | None, assignments: tuple[str, ...],
    name: str | None, resume: str | None, show: str | None, output: Path | None, as_json: bool, theme: str | None, runs_dir: Path,
) -> int:  # fmt: skip
    """Try values of a learning rate (or of other settings) in short runs, and say which is best, with the evidence.

    Trials are compared by their last live FD: of 2000 samples (evaluation.samples), to real ones. Short trials favour what
    learns fast; `gan-tui evaluate` measures a trained run against the test set.

    The trials are ordinary runs in one folder: `gan-tui runs --runs-dir FOLDER` lists them. Should the sweep be interrupted,
    by ctrl+c or a lost line, `--resume` goes on with it.
    """
    _check_output(output, as_json)
    from gan_tui.dashboard.themes import find_theme

    colours = find_theme(theme).colours
    given = click.get_current_context().get_parameter_source
    planned = [option for option in PLANNING if given(option) is not click.core.ParameterSource.DEFAULT]
    if (show or resume) and (planned or (show and resume)):
        what = "--show trains nothing" if show else "--resume tries what is left of the sweep"
        raise UserError(f"{what}: leave out what would be tried")
    if show is not None:
        report = read(find(runs_dir, show))
    else:
        new = Plan(lr, over, points, seeds, epochs, preset, assignments, name)
        plan = new.sweep(runs_dir) if resume is None else Sweep.resumed(find(runs_dir, resume))
        report = _run(plan, colours, live=has_terminal() and not as_json)
    if as_json:
        echo(json.dumps(report.to_json(), indent=2))
    elif show is not None or has_terminal():
        _print(report, colours)
    else:
        echo(report.recommendation)
    for one in report.could_not_run if show is not None or has_terminal() else ():
        echo(f"gan-tui: {report.label} {format_value(one.value)}, seed {one.seed} could not run: {one.reason}", err=True)
    if report.left and not as_json:
        folder = find(runs_dir, show) if show is not None else plan.folder
        again = f"gan-tui sweep --resume {shlex.quote(str(folder))}"
        echo(f"gan-tui: without a result yet: {counted(report.left, 'trial')}; `{again}` goes on", err=True)
    if output is not None:
        _write_chart(output, report, colours)
    return 0 if report.trials else FAILED


def _check_output(output: Path | None, as_json: bool) -> None:
    """Before hours of trials. Raises UserError."""
    if output is None:
        return
    if as_json:
        raise UserError("--json and --output both want to speak: choose one, `--show SWEEP` gives the other afterwards")
    check_output(output, *SUFFIXES)
    if not output.parent.is_dir():
        raise UserError(f"cannot write {output}: there is no folder {output.parent}")


def _run(plan: Sweep, colours: "ThemeFile", *, live: bool) -> Report:
    """Train all trials that are left, or as many as there are until ctrl+c."""
    plan.begin()
    whole, left = len(plan.trials), len(plan.left)
    done = f", {whole - left} of {whole} have their result" if left < whole else ""
    echo(f"gan-tui: {counted(left, 'trial')} of {plan.report().length} in {plan.folder}{done}", err=True)

    def interrupt(number: int, frame: object) -> None:  # noqa: ARG001
        """Whoever ends the sweep ends its trainer, which saves first; who asks again does not wait for that."""
        if not plan.signal(number):
            raise KeyboardInterrupt
        if not live and plan.interrupted:  # the table shows it
            output.say("stopping: the trial at work saves first")

    before = [(number, signal.signal(number, interrupt)) for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
    try:
        with suppress(KeyboardInterrupt):
            _show_live(plan, colours) if live else _show_lines(plan)
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    return plan.report()


def _show_lines(plan: Sweep) -> None:
    """A line for each trial that ends."""
    shown: Trial | None = None
    with closing(plan.run()) as trials:
        for trial in trials:
            if trial.trouble and trial is not shown:
                shown = trial
                echo(f"{plan.report().label} {format_value(trial.value)}, seed {trial.seed} could not run: {trial.trouble}", err=True)
            if trial.done and trial is not shown:
                shown = trial
                found = "diverged" if trial.distance is None else f"FD {trial.distance:.4g}"
                echo(f"{plan.report().label} {format_value(trial.value)}, seed {trial.seed}: {found}", err=True)


def _show_live(plan: Sweep, colours: "ThemeFile") -> None:
    """Table and chart as far as they are; they go when all has ended, because `_print` leaves them for good."""
    from rich.console import Console
    from rich.live import Live

    console = Console()
    with closing(plan.run()) as trials, Live(console=console, auto_refresh=False, transient=True) as live:
        for trial in trials:
            live.update(_screen(plan.report(), trial, console, colours), refresh=True)


def _print(report: Report, colours: "ThemeFile") -> None:
    from rich.console import Console

    console = Console(highlight=False)
    console.print(_screen(report, None, console, colours))
    console.print(report.recommendation, markup=False)


def _screen(report: Report, present: Trial | None, console: "Console", colours: "ThemeFile") -> "RenderableType":
    """The table and the chart below it; while trials run, the chart alone where the terminal has no room for both."""
    from rich.console import Group
    from rich.text import Text

    from gan_tui.render import glyphs

    head: RenderableType = _table(report, present)
    room = console.height - AROUND - len(report.values) - len(report.title) // console.width
    if present is None:
        room -= ADVICE
        room = room if room >= LINES[0] else LINES[1]  # it will scroll anyway
    elif room < LINES[0]:
        head = Text(f"{format_value(present.value)}, {_progress(present)}", no_wrap=True, overflow="ellipsis")
        room = console.height - AROUND - 1
    chart = _chart(report, min(WIDTH, console.width), min(LINES[1], room), glyphs.for_terminal(), colours, on_background=False)
    return Group(Text(report.title, style="bold"), head, *([Text(), chart] if chart else []))


def _chart(report: Report, width: int, lines: int, alphabet: "Glyphs", colours: "ThemeFile", *, on_background: bool) -> "Text":
    from gan_tui.sweep.chart import draw

    text = coloured(draw(report.outcomes(), report.values, width, lines, alphabet), colours, on_background=on_background)
    text.rstrip()
    return text


def _table(report: Report, present: Trial | None) -> "RenderableType":
    """A line for each value; in a narrow terminal the remarks are cut, not the numbers."""
    from rich.table import Table
    from rich.text import Text

    outcomes = {outcome.value: outcome for outcome in report.outcomes()}
    best = best_of(list(outcomes.values()))
    unable = {one.value for one in report.could_not_run}
    table = Table(box=None, padding=(0, 3, 0, 0))
    for heading in ("value", "mean FD"):
        table.add_column(heading, justify="right", no_wrap=True)
    table.add_column("range", no_wrap=True)
    table.add_column()
    for value in report.values:
        outcome = outcomes.get(value)
        idle = present is None or present.value != value
        without = "could not run" if value in unable else "no result yet" if idle else ""
        mean, spread, remark = _cells(outcome) if outcome else ("", "", without)
        text = Text(no_wrap=True, overflow="ellipsis")
        text.append("<- best" if outcome and outcome is best else remark, style="bold")
        if present and present.value == value and not present.done:
            text.append(f"  {_progress(present)}" if text else _progress(present))
        table.add_row(format_value(value), mean, spread, text)
    return table


def _cells(outcome: Outcome) -> tuple[str, str, str]:
    """Mean, range, and what went wrong."""
    if outcome.broken:
        share = f" ({outcome.broken} of {len(outcome.distances)})" if len(outcome.distances) > 1 else ""
        return "-", "", f"diverged{share}"
    spread = f"{min(outcome.distances):.3g} to {max(outcome.distances):.3g}" if len(outcome.distances) > 1 else ""
    return f"{outcome.mean:.3g}", spread, ""


def _progress(trial: Trial) -> str:
    state = trial.state
    if not state.total_steps:
        return f"seed {trial.seed}: {state.phase}"
    done = state.step / state.total_steps
    if state.phase != "training":
        return f"seed {trial.seed}: {done:4.0%}  {state.phase}"
    losses = ", ".join(f"{name} {state.scalars[name]:.2f}" for name in LOSSES if name in state.scalars)
    return f"seed {trial.seed}: {done:4.0%}  {losses}"


def _write_chart(path: Path, report: Report, colours: "ThemeFile") -> None:
    """Title, chart, and what it comes to. Raises UserError."""
    from rich.text import Text

    from gan_tui.render import glyphs

    text = Text(f"{report.title}\n\n", style="bold")
    text.append_text(_chart(report, *FILE_SIZE, glyphs.UNICODE, colours, on_background=True))
    write(path, text.append(f"\n\n{report.recommendation}\n"), colours, FILE_SIZE[0], "gan-tui sweep")
