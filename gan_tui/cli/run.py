"""`run`: another program's training script, on this screen, by what it prints."""

import json
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from msgspec import UNSET

from gan_tui.cli.group import (
    DRAWN,
    ScreenOptions,
    check_theme,
    cli,
    echo,
    has_terminal,
    name_option,
    open_dashboard,
    runs_dir_option,
    screen_options,
)
from gan_tui.cli.typed import Command
from gan_tui.command.environment import keep, parsed
from gan_tui.command.program import checked
from gan_tui.config import CommandConfig
from gan_tui.errors import UserError, reason_of
from gan_tui.file_kinds import HEAD, how_to_make_plain
from gan_tui.files import open_regular
from gan_tui.output import say
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode, supervisor_command

if TYPE_CHECKING:
    from gan_tui.foreign.reader import Reader


SEPARATED = "gan_tui.separated"
"""In click's `meta`: was the command typed behind `--`?"""


class _Run(Command):
    """Which notes that: click takes the `--` away."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        given = list(args)
        rest = super().parse_args(ctx, args)
        ctx.meta[SEPARATED] = given[: len(given) - len(ctx.params["command"])][-1:] == ["--"]
        return rest


@cli.command(cls=_Run, short_help="Run a training script of your own on this screen.", context_settings={"allow_interspersed_args": False})
@click.argument("command", nargs=-1, type=click.UNPROCESSED, metavar="-- COMMAND...")
@name_option("Name of the run.  [default: time and script]")
@click.option("--cwd", type=click.Path(path_type=Path), metavar="DIR", help="Folder to start the command in.  [default: this one]")
@click.option("--no-pty", is_flag=True, help="Give it a pipe instead of a pseudo-terminal.")
@click.option("--no-pause", is_flag=True, help="Never hold it with SIGSTOP.")
@click.option(
    "--env",
    "variables",
    multiple=True,
    metavar="NAME=VALUE",
    help="A variable for it; NAME alone: as it is here. Kept for you only.",
)
@click.option(
    "--pictures",
    metavar="PATTERN",
    help="Files to show as samples, such as 'out/*.png'; so does --images.  [default: all below the folder]",
)
@click.option("--no-pictures", is_flag=True, help="Look for no pictures.")
@click.option("--map", "maps", multiple=True, metavar="OURS=PRINTED", help="A printed name of a number, such as d_loss=Loss/discriminator.")
@click.option("--pattern", "regexes", multiple=True, metavar="REGEX", help="Its named groups are numbers: 'D is at (?P<d_loss>[-.0-9]+)'.")
@click.option("--dry-run", "log", type=click.Path(path_type=Path), metavar="FILE", help="Only say what would be read from a saved log.")
@click.option("--json", "as_json", is_flag=True, help="With --dry-run: as one JSON object.")
@runs_dir_option
@screen_options
def run(
    command: tuple[str, ...],
    name: str | None,
    cwd: Path | None,
    variables: tuple[str, ...],
    no_pty: bool,
    no_pause: bool,
    pictures: str | None,
    no_pictures: bool,
    maps: tuple[str, ...],
    regexes: tuple[str, ...],
    log: Path | None,
    as_json: bool,
    runs_dir: Path,
    screen: ScreenOptions,
) -> int:
    """Run a training script of your own, unchanged, and chart the numbers that it prints.

    `gan-tui run train.py` runs a script of Python. It goes on when the screen closes. Without a terminal it runs in the foreground:
    its output is passed on as it is, and its exit status is this command's. docs/your-own-training.md says what counts as a number.
    """
    from gan_tui.foreign import patterns  # its expressions take a while to compile, and every start imports this file
    from gan_tui.foreign.reader import Reader

    reader = Reader(patterns.renamed(maps), patterns.compiled(regexes))
    if log is not None:
        if command:
            raise UserError("--dry-run reads a saved log and runs nothing: leave the command out")
        _dry_run(log, reader, as_json=as_json)
        return 0
    if not command or as_json:
        raise UserError("say what to run, as in `gan-tui run -- python train.py`" if not command else "--json goes with --dry-run")
    check_theme(screen.theme)
    if screen.images and screen.images not in DRAWN:
        pictures, screen = screen.images, replace(screen, images=None)
    if not click.get_current_context().meta[SEPARATED]:
        _tell_of_own_options(command)
    given = parsed(variables)
    folder = _folder(cwd)
    settings = CommandConfig(
        command=checked(command, folder, given),
        cwd=str(folder),
        pty=not no_pty,
        pause=not no_pause,
        pictures="" if no_pictures else UNSET if pictures is None else pictures,
        maps=maps,
        patterns=regexes,
    )
    made = directory.create(runs_dir, settings, name)
    keep(made, given)
    return start(made, screen)


def _tell_of_own_options(command: Sequence[str]) -> None:
    """Behind a script, an option goes to it: said once where one is of this command's, too. Who typed `--` knows."""
    own = {name for parameter in click.get_current_context().command.params for name in (*parameter.opts, *parameter.secondary_opts)}
    place = next((number for number, word in enumerate(command) if word.endswith(".py")), len(command))
    words = [word.partition("=")[0] for word in command[place + 1 :]]
    if meant := next((word for word in words if word.startswith("--") and word in own), None):
        say(f"{meant} goes to {command[place]}: an option of `gan-tui run` stands before {'the script' if place == 0 else command[0]}")


def start(run: RunDirectory, screen: ScreenOptions, more: tuple[str, ...] = ()) -> int:
    """Run the command of `run` behind a dashboard, or here where there is no terminal; `more`: arguments besides its own."""
    if has_terminal():
        return open_dashboard(run, Mode.TRAIN, screen, supervisor_command(str(run.path.absolute()), *more))
    from gan_tui.command.supervisor import supervise

    say(f"run {run.path}")
    sys.stdout.flush()
    return supervise(run, more, foreground=True)


def _folder(cwd: Path | None) -> Path:
    folder = (directory.expand(str(cwd)) if cwd else Path.cwd()).absolute()
    if not folder.is_dir():
        raise UserError(f"--cwd {folder} is no folder")
    return folder


def _dry_run(log: Path, reader: "Reader", *, as_json: bool) -> None:
    from gan_tui.foreign.report import read_log
    from gan_tui.foreign.unmet import unmet

    try:
        with open_regular(log) as file:
            if said := how_to_make_plain(log, file.read(HEAD)):
                raise UserError(f"{log} cannot be read: {said}")
            report = read_log(file, reader, ends_only=not as_json)
    except OSError as error:
        raise UserError(f"cannot read {log}: {reason_of(error)}") from None
    except ValueError as error:
        raise UserError(f"cannot read {log}: {error}") from None
    if as_json:
        echo(json.dumps(report.as_json()))
        for line in unmet([reader]):
            say(line)
        return
    for line in report.lines():
        echo(line)
