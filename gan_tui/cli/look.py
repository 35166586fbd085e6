"""`attach`, `watch`, `runs`: looking at what there is."""

import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from gan_tui import output
from gan_tui.cli.echo import echo
from gan_tui.cli.group import (
    Look,
    RunParameter,
    check_theme,
    cli,
    has_terminal,
    look_options,
    open_dashboard,
    run_argument,
    runs_dir_option,
)
from gan_tui.errors import UserError
from gan_tui.printable import printable
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.summary import summarise


@cli.command()
@click.argument("run", type=RunParameter(), metavar="[RUN]", required=False)
@runs_dir_option
@look_options
def attach(run: str | None, runs_dir: Path, look: Look) -> None:
    """Open the dashboard of a run that is training, by default the newest."""
    if run:
        found = directory.find(runs_dir, run)
        if not found.alive:
            raise UserError(
                f"{found.name} is not being trained: `gan-tui watch {found.word}` shows it, `gan-tui resume {found.word}` goes on"
            )
    else:
        live = [candidate for candidate in directory.all_runs(runs_dir) if candidate.alive]
        if not live:
            raise UserError(f"no run in {runs_dir} is being trained: `gan-tui` starts one, `gan-tui watch latest` shows the newest")
        found = live[0]
    open_dashboard(found, "ATTACH", look)


@cli.command()
@run_argument
@runs_dir_option
@look_options
def watch(run: str, runs_dir: Path, look: Look) -> None:
    """Look at a run, live or finished, without commanding it."""
    open_dashboard(directory.find(runs_dir, run), "WATCH", look)


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.option("--plain", is_flag=True, help="As a list, even in a terminal.")
@runs_dir_option
@look_options
def runs(as_json: bool, plain: bool, runs_dir: Path, look: Look) -> None:
    """Browse the runs: open, compare, resume, delete. Without a terminal, list them, the newest first."""
    if not as_json and not plain and has_terminal():
        check_theme(look.theme)
        from gan_tui.dashboard.browser import browse

        def open_run(run: RunDirectory, mode: str, theme: str | None) -> None:
            open_dashboard(run, mode, replace(look, theme=theme))

        browse(runs_dir, look.theme, open_run, mouse=look.mouse)
        return
    summaries = [summarise(run) for run in directory.all_runs(runs_dir)]
    if as_json:
        echo(json.dumps([summary.to_json() for summary in summaries], indent=2))
        return
    if not summaries:
        echo(f"no runs in {runs_dir}; `gan-tui` starts one")
    width = max((len(summary.name) for summary in summaries), default=0)
    for summary in summaries:
        started = datetime.fromtimestamp(summary.started).strftime("%Y-%m-%d %H:%M") if summary.started else "-"
        mark = "●" if summary.alive else " "
        epochs = f"{summary.epoch}/{summary.epochs or '?'}"
        line = f"{mark} {printable(summary.name):<{width}}  {summary.state:<11}  {epochs:>9} epochs done  step {summary.step:>9}  {started}"
        echo(output.plain(line))
