"""`sweep`: short trials over the values of a setting, shown while they run and whenever wanted afterwards."""

import json
import shlex
import signal
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from gan_tui import output
from gan_tui.cli import complete
from gan_tui.cli.chart_file import SUFFIXES, check_output
from gan_tui.cli.group import cli, echo, has_terminal, mention, name_option, runs_dir_option, theme_option
from gan_tui.cli.sweep_plan import POINTS, Plan
from gan_tui.cli.sweep_screen import print_report, show_lines, show_live, write_chart
from gan_tui.cli.typed import typed
from gan_tui.counted import counted
from gan_tui.errors import FAILED, UserError
from gan_tui.run.presence import WORKER, Presence
from gan_tui.sweep.best import has_best, write_preset
from gan_tui.sweep.report import MOST_SEEDS, Report, find, format_value, is_search, is_trained, read
from gan_tui.sweep.runner import Sweep
from gan_tui.sweep.search import Search
from gan_tui.sweep.search_plan import MOST_TRIALS
from gan_tui.sweep.search_report import SearchReport
from gan_tui.sweep.slots import MOST, AtOnce, Together, choose_slots

if TYPE_CHECKING:
    from gan_tui.dashboard.themes import ThemeFile

Result = TypeVar("Result")
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGXCPU, signal.SIGUSR1, signal.SIGUSR2)
"""What ends a sweep, or has its trial save."""
PLANNING = ("lr", "over", "points", "seeds", "trials", "minimise", "maximise", "reduction", "epochs", "preset", "assignments", "name")
"""Options that say what is to be tried."""


class Outputs(NamedTuple):
    """Where what was found goes, besides the terminal."""

    output: Path | None
    preset_out: Path | None
    as_json: bool

    def check(self) -> None:
        """Before hours of trials. Raises UserError."""
        if self.output is not None and self.as_json:
            raise UserError("--json and --output both want to speak: choose one, `--show SWEEP` gives the other afterwards")
        check_output(self.output, *SUFFIXES)
        check_output(self.preset_out, ".toml", option="--preset-out")

    def lacking(self) -> list[str]:
        """The options of what could not be written: what was, is never overwritten."""
        options = (("-o", self.output), ("--preset-out", self.preset_out))
        return [word for name, path in options if path is not None and not path.exists() for word in (name, str(path))]


def planning_options(function: Callable[..., Result]) -> Callable[..., Result]:
    """What is to be tried, as one argument, `plan`; and `planned`, whether anything of it was said."""

    @click.option("--lr", metavar="A..B|A,B,...", help="Learning rates of both networks.  [default: 1e-5..1e-2, unless --over]")
    @click.option(
        "--over",
        multiple=True,
        metavar="SECTION.KEY[,...]=A..B|log:A..B|A,B,...",
        shell_complete=complete.swept,
        help="Another setting, or several that move together: loss.r1=log:0.1..10. A grid takes numbers; with --trials, words as well, "
        "and any number of these.",
    )
    @click.option("--points", type=click.IntRange(2, 20), help=f"A grid's values in A..B, at equal ratios.  [default: {POINTS}]")
    @click.option("--seeds", type=click.IntRange(1, MOST_SEEDS), default=1, show_default=True, help="A grid's trials of each value.")
    @click.option("--trials", type=click.IntRange(1, MOST_TRIALS), metavar="N", help="Search with Optuna in N trials, instead of a grid.")
    @click.option(
        "--minimise",
        metavar="METRIC",
        shell_complete=complete.measured,
        help="What a search is for, of all that evaluations measure.  [default: fd]",
    )
    @click.option("--maximise", metavar="METRIC", shell_complete=complete.measured, help="The same, where more is better: coverage.")
    @click.option(
        "--reduction",
        type=click.IntRange(1, 10),
        metavar="N",
        help="Successive halving: of a search's trials at a rung, one in N goes on; 1: all do.  [default: 3]",
    )
    @click.option("--epochs", metavar="N", default="3", show_default=True, help="Length of a trial.")
    @click.option(
        "--preset",
        metavar="NAME",
        shell_complete=complete.presets,
        help="Where all other settings come from: a name, or ./my.toml.  [default: classic]",
    )
    @click.option(
        "--set",
        "assignments",
        metavar="SECTION.KEY=VALUE",
        multiple=True,
        shell_complete=complete.assignment,
        help="Any other setting of all trials.",
    )
    @name_option("Name of the sweep's folder.  [default: sweep and the time]")
    @wraps(function)
    def packed(**options: object) -> Result:
        given = click.get_current_context().get_parameter_source
        planned = any(given(option) is not click.core.ParameterSource.DEFAULT for option in PLANNING)
        plan = Plan(**{option: options.pop(option) for option in PLANNING})  # type: ignore[arg-type]
        return function(plan=plan, planned=planned, **options)

    return packed


@cli.command(short_help="Try learning rates, or other settings, in short runs.")
@planning_options
@click.option(
    "--parallel", type=click.IntRange(1, MOST), metavar="N", help="Trials at once.  [default: one for each GPU, or for each core of a CPU]"
)
@click.option(
    "--together",
    type=click.Choice(["auto", "always", "never"]),
    help="Small networks' trials whose steps are taken as one, in one process; auto: on GPUs, where it is faster.  [default: auto]",
)
@click.option(
    "--resume",
    metavar="SWEEP",
    shell_complete=complete.sweeps,
    help="Go on with a sweep that was interrupted: its name, its path, or `latest`.",
)
@click.option(
    "--join",
    metavar="SWEEP",
    shell_complete=complete.sweeps,
    help="Help with a search that is at work, from another terminal or machine that sees its folder.",
)
@click.option(
    "--show", metavar="SWEEP", shell_complete=complete.sweeps, help="Train nothing: show a sweep again, by its name, its path, or `latest`."
)
@click.option("--preset-out", type=click.Path(path_type=Path), metavar="FILE", help="Write the best settings to FILE, a preset.")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write the chart to FILE (.txt or .svg) as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for scripts.")
@theme_option
@runs_dir_option
def sweep(
    plan: Plan, planned: bool, parallel: int | None, together: Together | None, resume: str | None, join: str | None, show: str | None,
    preset_out: Path | None, output: Path | None, as_json: bool, theme: str | None, runs_dir: Path,
) -> int:  # fmt: skip
    """Try values of a learning rate (or of other settings) in short runs, and say which is best, with the evidence.

    Trials are compared by their last live FD: of 2000 samples (evaluation.samples), to real ones. Short trials favour what
    learns fast; `gan-tui evaluate` measures a trained run against the test set.

    With --trials it is a search over any number of settings, by Optuna, and trials that fall behind are ended early. Other
    machines help with --join.

    The trials are ordinary runs in one folder: `gan-tui runs --runs-dir FOLDER` lists them. Should the sweep be interrupted,
    by ctrl+c or a lost line, `--resume` goes on with it.
    """
    from gan_tui.dashboard.themes import find_theme

    with typed("--theme", theme):
        colours = find_theme(theme).colours
    named = [word for word in (show, resume, join) if word is not None]
    if len(named) > 1 or (named and planned):
        what = "--show trains nothing" if show else f"--{'resume' if resume else 'join'} tries what is left of the sweep"
        raise UserError(f"{what}: leave out what would be tried")
    folder = find(runs_dir, named[0]) if named else None
    asked = Outputs(output, preset_out, as_json)
    asked.check()
    if show is not None and folder is not None:
        report = Search.open(folder).report() if is_search(folder) else read(folder)
    else:
        asked_first = AtOnce(parallel, together or "auto")
        worker = _joined(folder) if join and folder else _resumed(folder) if folder else plan.sweep(runs_dir, asked_first)
        folder = worker.folder
        begun = worker.at_once if join is None else AtOnce(None, worker.at_once.together)  # another machine has other cores
        left = worker.report().left
        report = _run(worker, AtOnce(parallel or begun.parallel, together or begun.together), colours, live=has_terminal() and not as_json)
        if join is None and left and not report.left:
            from gan_tui.cli.calling import calling
            from gan_tui.sweep.call import call

            try:
                return _tell(report, folder, asked, colours, shown=False)
            finally:  # whoever waits for the call is not here to see that a file could not be written
                with calling():
                    troubles = call(folder, report.recommendation)
                for trouble in troubles:
                    echo(f"gan-tui: {trouble}", err=True)
    return _tell(report, folder or runs_dir, asked, colours, shown=show is not None)


def _tell(report: Report | SearchReport, folder: Path, asked: Outputs, colours: "ThemeFile", *, shown: bool) -> int:
    """What a sweep has found, to the terminal and into files; the exit status comes back. Raises UserError."""
    if asked.as_json:
        echo(json.dumps(report.to_json(), indent=2))
    elif not shown and not has_terminal():
        echo(report.recommendation)
    elif isinstance(report, SearchReport):
        from gan_tui.cli.search_screen import print_search

        print_search(report, colours)
    else:
        print_report(report, colours)
    if shown or has_terminal():
        for line in _troubles(report):
            echo(f"gan-tui: {line}", err=True)
    if has_best(report, folder) and asked.preset_out is None and not asked.as_json:
        kept = shlex.join(["gan-tui", "sweep", "--show", str(folder), "--preset-out", "best.toml"])
        echo(f"gan-tui: `{kept}` makes a preset of the best settings", err=True)
    try:
        _write(report, folder, asked, colours)
    finally:
        if report.left and not asked.as_json:
            left = f"gan-tui: without a result yet: {counted(report.left, 'trial')}"
            again = shlex.join(["gan-tui", "sweep", "--resume", str(folder), *asked.lacking()])
            echo(f"{left}; it is being trained" if is_trained(folder) else f"{left}; `{again}` goes on", err=True)
    return 0 if report.ended else FAILED


def _write(report: Report | SearchReport, folder: Path, asked: Outputs, colours: "ThemeFile") -> None:
    """Into files. Raises UserError."""
    if asked.output is not None:
        if isinstance(report, SearchReport):
            from gan_tui.cli.search_screen import write_search

            write_search(asked.output, report, colours)
        else:
            write_chart(asked.output, report, colours)
    if asked.preset_out is not None:  # last: there may be none
        write_preset(report, folder, asked.preset_out)
        mention(f"wrote {asked.preset_out}: `gan-tui --preset {shlex.quote(str(asked.preset_out))}` trains with it")


def _troubles(report: Report | SearchReport) -> list[str]:
    """Which trials could not run, and why."""
    if isinstance(report, SearchReport):
        return [f"trial {row.number} could not run: {row.trouble}" for row in report.rows if row.state == "running" and row.trouble]
    return [f"{report.label} {format_value(one.value)}, seed {one.seed} could not run: {one.reason}" for one in report.could_not_run]


def _resumed(folder: Path) -> Sweep | Search:
    """Raises UserError."""
    return Search.open(folder) if is_search(folder) else Sweep.resumed(folder)


def _joined(folder: Path) -> Search:
    """Raises UserError where there is nothing to help with."""
    if not is_search(folder):
        raise UserError(
            f"{folder.name} is a grid, which one process trains, and `--resume` goes on with; a search (--trials) can be joined"
        )
    search = Search.open(folder)
    if not search.report().left:
        raise UserError(f"{folder.name} is finished: `gan-tui sweep --show {shlex.quote(str(folder))}` has what it found")
    return search


def _run(worker: Sweep | Search, how: AtOnce, colours: "ThemeFile", *, live: bool) -> Report | SearchReport:
    """Train all trials that are left, or as many as there are until ctrl+c."""
    before = worker.report()
    rooms = choose_slots(worker.base, how.parallel, max(1, before.left), how.together, worker.examples)
    if isinstance(worker, Sweep):
        worker.begin()
    whole, count = before.left + before.ended, min(before.left, sum(slot.room for slot in rooms.slots))
    done = f", {before.ended} of {whole} have their result" if before.ended else ""
    echo(f"gan-tui: {counted(before.left, 'trial')} of {before.length} in {worker.folder}{done}", err=True)
    if count > 1:  # a line of its own: the last one above the live table, which scrolls what is above it away
        echo(f"gan-tui: {count} at once, {rooms.why}", err=True)

    def interrupt(number: int, frame: object) -> None:  # noqa: ARG001
        """Whoever ends the sweep ends its trainers, which save first; who asks again does not wait for that."""
        if not worker.signal(number):
            raise KeyboardInterrupt
        if not live and worker.interrupted:  # the table shows it
            output.say("stopping: what is being trained is saved first")

    handlers = [(number, signal.signal(number, interrupt)) for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
    try:
        with suppress(KeyboardInterrupt), Presence(worker.folder, WORKER):
            if isinstance(worker, Sweep):
                show_live(worker, rooms.slots, colours) if live else show_lines(worker, rooms.slots)
            else:
                from gan_tui.cli.search_screen import show_search_lines, show_search_live

                show_search_live(worker, rooms.slots, colours) if live else show_search_lines(worker, rooms.slots)
    finally:
        for number, handler in handlers:
            signal.signal(number, handler)
    return worker.report()
