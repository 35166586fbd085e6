"""`attach` and `watch`: the screen of a run, with its keys and without."""

from pathlib import Path

import click

from gan_tui.cli.foreign_files import is_foreign, is_path, watch_files
from gan_tui.cli.group import (
    RunParameter,
    ScreenOptions,
    cli,
    open_dashboard,
    run_argument,
    runs_dir_option,
    screen_options,
)
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.summary import summarise


@cli.command()
@click.argument("run", type=RunParameter(), metavar="[RUN]", required=False)
@runs_dir_option
@screen_options
def attach(run: str | None, runs_dir: Path, screen: ScreenOptions) -> None:
    """Open the dashboard of a run that is training, by default the newest."""
    if run:
        found = directory.find(runs_dir, run)
        if not found.alive:
            shows = f"`gan-tui watch {found.cli_name}` shows it"
            again = _how_to_go_on(found)
            over = not again and summarise(found).state == "completed"
            what = f"{found.name} is {'complete' if over else 'not being trained'}: {shows}"
            raise UserError(f"{what}, `{again}` goes on" if again else what)
    else:
        live = [candidate for candidate in directory.all_runs(runs_dir) if candidate.alive]
        if not live:
            raise UserError(f"no run in {runs_dir} is being trained: `gan-tui` starts one, `gan-tui watch latest` shows the newest")
        found = live[0]
    open_dashboard(found, Mode.ATTACH, screen)


def _how_to_go_on(run: RunDirectory) -> str:
    """The command that goes on with a run that is not being trained: one that is complete wants more epochs, or does not go on."""
    if not run.task.resumes:
        return ""
    if summarise(run).state != "completed":
        return f"gan-tui resume {run.cli_name}"
    return f"gan-tui resume {run.cli_name} {run.task.more}" if run.task.more else ""


@cli.command()
@run_argument
@runs_dir_option
@screen_options
def watch(run: str, runs_dir: Path, screen: ScreenOptions) -> None:
    """Look at a run, live or finished, without commanding it; or at what another program writes.

    RUN may be a .csv, .tsv or .jsonl file, or a folder of TensorBoard's event files, of Lightning's or Keras' CSVLogger, or of StyleGAN.
    """
    path = directory.expand(run)
    if is_foreign(path, runs_dir):
        watch_files(path, screen)
        return
    try:
        found = directory.find(runs_dir, run)
    except UserError:
        if not is_path(run):
            raise
        raise UserError(f"there is no file or folder {path}, and no run '{run}' in {runs_dir}") from None
    open_dashboard(found, Mode.WATCH, screen)
