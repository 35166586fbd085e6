"""`runs`: the browser of runs, or a list of them."""

import csv
import io
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import click

from gan_tui import output
from gan_tui.cli.group import (
    ScreenOptions,
    check_theme,
    cli,
    echo,
    has_terminal,
    open_dashboard,
    runs_dir_option,
    screen_options,
)
from gan_tui.errors import UserError
from gan_tui.printable import printable
from gan_tui.render import glyphs
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.summary import Summary, summarise


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, for scripts.")
@click.option("--csv", "as_csv", is_flag=True, help="As a table, for a spreadsheet.")
@click.option("--plain", is_flag=True, help="As a list, even in a terminal.")
@runs_dir_option
@screen_options
def runs(as_json: bool, as_csv: bool, plain: bool, runs_dir: Path, screen: ScreenOptions) -> None:
    """Browse the runs: open, compare, resume, delete. Without a terminal, list them, the last one seen first."""
    if as_json and as_csv:
        raise UserError("--json and --csv are two forms: ask for one of them")
    if not (as_json or as_csv or plain) and has_terminal():
        check_theme(screen.theme)
        from gan_tui.dashboard.browser import browse

        def open_run(run: RunDirectory, mode: Mode, theme: str | None) -> None:
            open_dashboard(run, mode, replace(screen, theme=theme))

        browse(runs_dir, screen.theme, open_run, mouse=screen.mouse, colours=screen.how_many_colours)
        return
    summaries = sorted(map(summarise, directory.all_runs(runs_dir)), key=lambda one: (not one.alive, -(one.seen or 0.0) * (not one.alive)))
    if as_json:
        echo(json.dumps([summary.to_json() for summary in summaries], indent=2))
        return
    if as_csv:
        table = io.StringIO()
        writer = csv.DictWriter(table, Summary._fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows(summary.to_json() for summary in summaries)
        echo(table.getvalue().rstrip("\n"))
        return
    if not summaries:
        echo(f"no runs in {runs_dir}; `gan-tui` starts one")
    width = max((len(summary.name) for summary in summaries), default=0)
    for summary in summaries:
        word = RunDirectory(Path(summary.path)).task.epoch
        seen = datetime.fromtimestamp(summary.seen).strftime("%Y-%m-%d %H:%M") if summary.seen else "-"
        mark = glyphs.for_terminal().sign_of(summary.state, alive=summary.alive)
        epochs = f"{summary.epoch}/{summary.epochs or '?'}"
        done = f"{epochs:>9} {word}s done  step {summary.step:>9}"
        echo(output.plain(f"{mark} {printable(summary.name):<{width}}  {summary.state:<11}  {done}  seen {seen}"))
