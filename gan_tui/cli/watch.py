"""`attach` and `watch`: the screen of a run, with its keys and without."""

import os
import re
import shutil
import sys
from pathlib import Path

import click

from gan_tui.cli.foreign_files import is_foreign, is_path, show_once, watch_files
from gan_tui.cli.group import (
    ScreenOptions,
    check_theme,
    cli,
    open_dashboard,
    runs_dir_option,
    screen_options,
)
from gan_tui.cli.remote import go_there, remote_option
from gan_tui.cli.typed import words_of
from gan_tui.cli.which_run import find_run, mention_newest, run_or_newest
from gan_tui.errors import UserError
from gan_tui.run import directory, finding
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.length import how_to_go_on
from gan_tui.run.summary import summarise
from gan_tui.sweep.report import trained

VIEWS = ("overview", "samples", "charts", "quality", "system", "log")
MOST = 500
"""Columns or lines of a frame that is printed."""


class View(click.Choice[str]):
    """One of the views, by its name or by the number that is its key."""

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        number = int(value) if re.fullmatch("[1-9]", value, re.ASCII) else 0
        return super().convert(VIEWS[number - 1] if 0 < number <= len(VIEWS) else value, param, ctx)


@cli.command(short_help="Open the dashboard of a run that is training.")
@run_or_newest
@runs_dir_option
@remote_option
@screen_options
def attach(run: str | None, runs_dir: Path, remote_command: str | None, screen: ScreenOptions) -> None:
    """Open the dashboard of a run that is training, by default the newest; `server:RUN` is one of another machine, reached by ssh."""
    go_there(run, remote_command)
    if run is not None:
        found = finding.find(runs_dir, run)
        if not found.alive:
            shows = f"`gan-tui watch {found.cli_name}` shows it"
            again = how_to_go_on(found)
            over = not again and summarise(found).state == "completed"
            what = f"{found.name} is {'complete' if over else 'not being trained'}: {shows}"
            raise UserError(f"{what}, `{again}` goes on" if again else what)
    else:
        live = [candidate for candidate in directory.all_runs(runs_dir) if candidate.alive]
        if not live:
            more = finding.looking_in(runs_dir)
            if sweeps := trained(runs_dir):
                raise UserError(
                    f"no run in {runs_dir} is being trained but the trials of the sweep {sweeps[0].name}: `gan-tui runs{more}` opens them"
                )
            raise UserError(
                f"no run in {runs_dir} is being trained: `gan-tui{more}` starts one, `gan-tui watch latest{more}` shows the newest"
            )
        found = live[0]
        mention_newest(found, " that is being trained")
    open_dashboard(found, Mode.ATTACH, screen)


@cli.command(short_help="Look at a run, live or finished, without commanding it.")
@run_or_newest
@runs_dir_option
@click.option("--once", is_flag=True, is_eager=True, help="Print one frame and end: for cron, tmux's status, a report of a fault.")
@click.option("--size", metavar="COLUMNSxLINES", help="Of that frame.  [default: the terminal's, else 80x24]")
@click.option("--view", type=View(VIEWS), default=VIEWS[0], show_default=True, help="Of that frame, by its name or key.")
@remote_option
@screen_options
def watch(
    run: str | None, runs_dir: Path, once: bool, size: str | None, view: str, remote_command: str | None, screen: ScreenOptions
) -> None:
    """Look at a run, live or finished, without commanding it; or at what another program writes. `server:RUN` is reached by ssh.

    RUN may be a .csv, .tsv or .jsonl file, or a folder of TensorBoard's event files, of Lightning's or Keras' CSVLogger, or of StyleGAN.
    """
    if not once and (size is not None or view != VIEWS[0]):
        raise UserError("--size and --view are those of --once: add it")
    go_there(run, remote_command, terminal=not once)
    if run is None:
        _show(find_run(runs_dir, None), size, view, screen, once=once)
        return
    path = directory.expand(run)
    if is_foreign(path, runs_dir):
        if once:
            show_once(path, lambda made: _print_frame(made, size, view, screen))
        else:
            watch_files(path, screen)
        return
    try:
        found = finding.find(runs_dir, run)
    except UserError:
        if not is_path(run):
            raise
        raise UserError(f"there is no file or folder {path}, and no run '{run}' in {runs_dir}") from None
    _show(found, size, view, screen, once=once)


def _show(run: RunDirectory, size: str | None, view: str, screen: ScreenOptions, *, once: bool) -> None:
    if once:
        _print_frame(run, size, view, screen)
    else:
        open_dashboard(run, Mode.WATCH, screen)


def _print_frame(run: RunDirectory, size: str | None, view: str, screen: ScreenOptions) -> None:
    """In colours on a terminal, or where they are asked for."""
    columns, lines = parsed_size(size) if size else shutil.get_terminal_size()
    check_theme(screen.theme)
    from gan_tui.dashboard.one_frame import one_frame
    from gan_tui.render.images import ImageMode
    from gan_tui.render.terminal import from_environment

    colours = screen.how_many_colours
    if colours is None and sys.stdout.isatty():
        colours = from_environment(os.environ).colours
    frame = one_frame(run, (columns, lines), view, screen.theme, ImageMode(screen.images) if screen.images else None, colours)
    click.echo(frame, color=True)  # else click takes the colours out where no terminal is


def parsed_size(size: str) -> tuple[int, int]:
    """`80x24`. Raises UserError."""
    found = re.fullmatch(r"(\d{1,4})x(\d{1,4})", size, re.ASCII)
    columns, lines = (int(found[1]), int(found[2])) if found else (0, 0)
    if not (0 < columns <= MOST and 0 < lines <= MOST):
        raise UserError(f"{words_of('--size', size)}: columns and lines, 1 to {MOST} each, as in --size 80x24")
    return columns, lines
