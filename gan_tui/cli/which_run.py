"""Which run a command is about: RUN as it is typed, or the newest where it is left out and the command allows that."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from gan_tui.cli import complete
from gan_tui.cli.group import echo
from gan_tui.errors import UserError
from gan_tui.run import directory, finding, label
from gan_tui.run.directory import RunDirectory
from gan_tui.run.length import how_to_go_on

if TYPE_CHECKING:
    TextParameter = click.ParamType[str]
else:
    TextParameter = click.ParamType  # which takes no type before click 8.4


class RunParameter(TextParameter):
    """A run by path, name, beginning of a name, or `latest`."""

    name = "run"

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of the runs that are there."""
        return complete.runs(ctx, param, incomplete)


run_argument = click.argument("run", type=RunParameter(), metavar="RUN")
"""Of commands that change what a run is called or where it is listed, send it orders, or want another word behind it."""
runs_argument = click.argument("run", type=RunParameter(), metavar="RUN...", nargs=-1, required=True)
run_or_newest = click.argument("run", type=RunParameter(), metavar="[RUN]", required=False)
runs_or_newest = click.argument("run", type=RunParameter(), metavar="[RUN]...", nargs=-1)


def find_run(runs_dir: Path, word: str | None) -> RunDirectory:
    """The run that was named, else the newest, with a line that says so. Raises UserError where there is none."""
    if word is not None:
        return finding.find(runs_dir, word)
    found = finding.find(runs_dir, directory.LATEST)
    mention_newest(found)
    return found


def find_runs(runs_dir: Path, words: Sequence[str]) -> list[RunDirectory]:
    """The same of several, each once."""
    return [finding.find(runs_dir, word) for word in dict.fromkeys(words)] if words else [find_run(runs_dir, None)]


def find_to_resume(runs_dir: Path, word: str | None) -> RunDirectory:
    """The run that was named, else the newest that can go on and is not being trained or archived, with a line that says so.

    Raises UserError where there is none.
    """
    runs = [] if word is not None else directory.all_runs(runs_dir)
    if not runs:
        return find_run(runs_dir, word)
    waiting = (run for run in runs if not run.alive and not label.read(run.path).archived and how_to_go_on(run))
    if (found := next(waiting, None)) is None:
        raise UserError(
            f"no run in {runs_dir} can go on without being named: `gan-tui runs{finding.looking_in(runs_dir)}` lists what is there"
        )
    mention_newest(found, " that can go on")
    return found


def mention_newest(run: RunDirectory, of_those: str = "") -> None:
    """On standard error: what is asked for may be read from standard output by a program."""
    echo(f"gan-tui: no RUN was named: this is the newest{of_those}, {run.name}", err=True)
