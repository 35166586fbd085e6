"""`status`: one line about the runs, for a shell prompt, tmux or cron."""

from pathlib import Path

import click

from gan_tui import output
from gan_tui.cli.group import cli, echo, runs_dir_option
from gan_tui.printable import printable
from gan_tui.render import glyphs
from gan_tui.render.glyphs import Glyphs
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.summary import Summary, summarise
from gan_tui.spec.states import StateName
from gan_tui.sweep import report

LONGEST = 30
"""Characters of a name."""


@cli.command(short_help="Say in one line what is being trained.")
@runs_dir_option
@click.option("--all", "every", is_flag=True, help="A line for each run and each sweep that is being trained.")
def status(runs_dir: Path, every: bool) -> None:
    """Say in one line what is being trained, runs and sweeps: for a shell prompt, tmux or cron. Says nothing where nothing is."""
    signs = glyphs.for_terminal()
    live = [run for run in directory.all_runs(runs_dir) if run.alive] + [RunDirectory(folder) for folder in report.trained(runs_dir)]
    for one in live if every else live[:1]:
        more = f" +{len(live) - 1}" if len(live) > 1 and not every else ""
        line = _run_line(summarise(one), signs) if directory.is_run(one.path) else _sweep_line(one, signs)
        echo(output.plain(line + more))


def _run_line(summary: Summary, signs: Glyphs) -> str:
    """`● mine training 18/200 FD 3.2, ETA 16 min`."""
    from gan_tui.render.text import eta

    parts = [_begin("", summary.name, summary.state, signs), summary.state]
    parts += [f"{summary.epoch}/{summary.epochs}"] if summary.epochs else [f"step {summary.step:,}"]
    parts += [f"FD {summary.fd:.3g}"] if summary.fd is not None else []
    parts += [f"ETA {eta(summary.remaining, signs).strip()}"] if summary.remaining is not None else []
    parts += [f"[{summary.level}]"] if summary.level in ("bad", "warning") else []
    return " ".join(parts)


def _sweep_line(sweep: RunDirectory, signs: Glyphs) -> str:
    """`● sweep rates training 6/9 trials`."""
    from gan_tui.dashboard.sweep_row import SweepRow  # Optuna reads a search's journal: what trains nothing waits for none of it
    from gan_tui.render.text import how_far

    reading = SweepRow(sweep).read()
    done = how_far(reading.summary.epoch, reading.summary.epochs or 0, 0, "trial") if reading else ""
    return " ".join(filter(None, [_begin("sweep ", sweep.name, "training", signs), "training", done]))


def _begin(what: str, name: str, state: StateName, signs: Glyphs) -> str:
    """Its mark and its name."""
    name = printable(name)
    name = name if len(name) <= LONGEST else name[: LONGEST - 1] + signs.ellipsis[:1]
    return f"{signs.sign_of(state, alive=True)} {what}{name}"
