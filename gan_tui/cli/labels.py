"""`tag`, `archive` and `rename`: what a person says of runs, so that they are found again."""

import shlex
from pathlib import Path

import click
import msgspec

from gan_tui.cli import complete
from gan_tui.cli.group import cli, echo, runs_dir_option
from gan_tui.cli.which_run import run_argument, runs_argument
from gan_tui.errors import UserError
from gan_tui.nearest import perhaps
from gan_tui.printable import printable
from gan_tui.run import finding, label
from gan_tui.run.directory import RunDirectory, is_run
from gan_tui.run.rename import rename as rename_run
from gan_tui.sweep.report import folders, is_trained


@cli.command(short_help="Mark a run with words.")
@run_argument
@click.argument("tags", metavar="[TAG]...", nargs=-1, shell_complete=complete.tags)
@click.option("-r", "--remove", multiple=True, metavar="TAG", shell_complete=complete.tags, help="Take this one off; may be repeated.")
@runs_dir_option
def tag(run: str, tags: tuple[str, ...], remove: tuple[str, ...], runs_dir: Path) -> None:
    """Mark a run with words: `gan-tui tag RUN +good paper`, `gan-tui tag RUN -r paper`. Without any, say which it has.

    `gan-tui runs tag:good` lists runs by them. A run that is being trained can be marked too. A sweep is marked by its name.
    """
    found = _sweep(runs_dir, run) or finding.find(runs_dir, run)
    if tags or remove:
        before = label.stated(found.path)
        if missing := [word for word in remove if word not in before.tags]:
            its = f"its tags are {', '.join(before.tags)}" if before.tags else "it has none"
            raise UserError(f"{found.name} has no tag '{printable(missing[0])}'{perhaps(missing[0], before.tags)}: {its}")
        wanted = label.changed(before, [word.removeprefix("+") for word in tags], remove)
        label.write(found.path, wanted)
    echo(f"{found.name}: {' '.join(label.read(found.path).tags) or 'no tags'}")


@cli.command(short_help="Put runs away: lists leave them out.")
@runs_argument
@click.option("--undo", is_flag=True, help="Have them in the list again.")
@runs_dir_option
def archive(run: tuple[str, ...], undo: bool, runs_dir: Path) -> None:
    """Put runs away: no list shows them but `gan-tui runs --all`, and `latest` is none of them. Nothing is deleted or moved.

    A sweep is put away by its name, with all its trials.
    """
    found = [_sweep(runs_dir, word) or finding.find(runs_dir, word) for word in dict.fromkeys(run)]
    if not undo and (live := [one.name for one in found if one.alive or is_trained(one.path)]):
        raise UserError(f"{' and '.join(live)} {'is' if len(live) == 1 else 'are'} being trained: what is at work is not put away")
    said = [label.stated(one.path) for one in found]
    for one, before in zip(found, said, strict=True):
        label.write(one.path, msgspec.structs.replace(before, archived=not undo))
        back = f"archived; `gan-tui archive --undo {one.cli_name}` brings it back"
        echo(f"{one.name}: {back if not undo else 'in the list again' if before.archived else 'was not archived'}")


@cli.command(short_help="Give a run another name.")
@run_argument
@click.argument("name")
@runs_dir_option
def rename(run: str, name: str, runs_dir: Path) -> None:
    """Give a run another name: its folder's, by which every command knows it. Not while it is being trained."""
    if sweep := _sweep(runs_dir, run):
        words = shlex.join(["mv", "-n", str(sweep.path), str(sweep.path.parent / name)])
        raise UserError(f"{run} is a sweep, and only runs are renamed: while nothing in it is trained, `{words}` does that")
    found = finding.find(runs_dir, run)
    renamed = rename_run(found, name, runs_dir)
    echo(f"{found.name} is now {renamed.name}")


def _sweep(runs_dir: Path, word: str) -> RunDirectory | None:
    """The folder of the sweep that is called so: what is said of it stands there as it does in a run."""
    found = (folder for folder in folders(runs_dir) if folder.name == word and not is_run(folder))
    return next(map(RunDirectory, found), None)
