"""`sweep`: short trials over the values of a setting, shown while they run and whenever wanted afterwards."""

import json
import shlex
import signal
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gan_tui import output
from gan_tui.cli.chart_file import SUFFIXES, check_output
from gan_tui.cli.group import cli, echo, has_terminal, runs_dir_option, theme_option
from gan_tui.cli.sweep_plan import Plan
from gan_tui.cli.sweep_screen import print_report, show_lines, show_live, write_chart
from gan_tui.counted import counted
from gan_tui.errors import FAILED, UserError
from gan_tui.sweep.report import MOST_SEEDS, Report, find, format_value, read
from gan_tui.sweep.runner import Sweep
from gan_tui.sweep.slots import MOST, choose_slots

if TYPE_CHECKING:
    from gan_tui.dashboard.themes import ThemeFile

ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGXCPU, signal.SIGUSR1, signal.SIGUSR2)
"""What ends a sweep, or has its trial save."""
PLANNING = ("lr", "over", "points", "seeds", "epochs", "preset", "assignments", "name")
"""Options that say what is to be tried."""


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
@click.option(
    "--parallel", type=click.IntRange(1, MOST), metavar="N", help="Trials at once.  [default: one for each GPU, or for each core of a CPU]"
)
@click.option("--name", help="Name of the sweep's folder.  [default: sweep and the time]")
@click.option("--resume", metavar="SWEEP", help="Go on with a sweep that was interrupted: its name, its path, or `latest`.")
@click.option("--show", metavar="SWEEP", help="Train nothing: show a sweep again, by its name, its path, or `latest`.")
@click.option("--output", "-o", type=click.Path(path_type=Path), metavar="FILE", help="Write the chart to FILE (.txt or .svg) as well.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON, for scripts.")
@theme_option
@runs_dir_option
def sweep(
    lr: str | None, over: str | None, points: int, seeds: int, epochs: str, preset: str | None, assignments: tuple[str, ...],
    parallel: int | None, name: str | None, resume: str | None, show: str | None, output: Path | None, as_json: bool, theme: str | None,
    runs_dir: Path,
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
        report = _run(plan, parallel, colours, live=has_terminal() and not as_json)
    if as_json:
        echo(json.dumps(report.to_json(), indent=2))
    elif show is not None or has_terminal():
        print_report(report, colours)
    else:
        echo(report.recommendation)
    for one in report.could_not_run if show is not None or has_terminal() else ():
        echo(f"gan-tui: {report.label} {format_value(one.value)}, seed {one.seed} could not run: {one.reason}", err=True)
    if report.left and not as_json:
        folder = find(runs_dir, show) if show is not None else plan.folder
        again = f"gan-tui sweep --resume {shlex.quote(str(folder))}"
        echo(f"gan-tui: without a result yet: {counted(report.left, 'trial')}; `{again}` goes on", err=True)
    if output is not None:
        write_chart(output, report, colours)
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


def _run(plan: Sweep, parallel: int | None, colours: "ThemeFile", *, live: bool) -> Report:
    """Train all trials that are left, or as many as there are until ctrl+c. `parallel`: at once; None: as the machine allows."""
    plan.begin()
    rooms = choose_slots(plan.base, parallel, len(plan.left))
    whole, left = len(plan.trials), len(plan.left)
    at_once = f"; {len(rooms.slots)} at once, {rooms.why}" if len(rooms.slots) > 1 else ""
    done = f", {whole - left} of {whole} have their result" if left < whole else ""
    echo(f"gan-tui: {counted(left, 'trial')} of {plan.report().length} in {plan.folder}{done}{at_once}", err=True)

    def interrupt(number: int, frame: object) -> None:  # noqa: ARG001
        """Whoever ends the sweep ends its trainer, which saves first; who asks again does not wait for that."""
        if not plan.signal(number):
            raise KeyboardInterrupt
        if not live and plan.interrupted:  # the table shows it
            output.say("stopping: what is being trained is saved first")

    before = [(number, signal.signal(number, interrupt)) for number in ENDINGS if signal.getsignal(number) is not signal.SIG_IGN]
    try:
        with suppress(KeyboardInterrupt):
            show_live(plan, rooms.slots, colours) if live else show_lines(plan, rooms.slots)
    finally:
        for number, handler in before:
            signal.signal(number, handler)
    return plan.report()
