"""`server:RUN` on a command line: the same command, run there by the user's own ssh; and what of the runs there is opened from a list."""

import os
import shlex
import sys
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import wraps
from typing import TypeVar

import click
from click.core import ParameterSource

from gan_tui.cli.group import echo, has_terminal
from gan_tui.cli.reset import SEQUENCE
from gan_tui.errors import UserError
from gan_tui.render import glyphs
from gan_tui.run import hosts, places
from gan_tui.run.directory import LATEST
from gan_tui.run.places import Place, Way

Result = TypeVar("Result")
remote_command_option = click.option(
    "--remote-command", metavar="COMMAND", help=f"How gan-tui is called on another machine.  [default: ${hosts.VARIABLE}, else gan-tui]"
)
_OURS = ("run", "runs_dir", "reached_by")
SCREEN = ("theme", "fps", "mouse", "images", "colours", "ascii", "remote_command")
"""What is said to `runs` and holds of each run that it opens."""


def remote_option(command: Callable[..., Result]) -> Callable[..., Result]:
    """How another machine is reached. `--reached-by` is what that one is told of it: `go_there` says it, and no person."""

    @remote_command_option
    @click.option("--reached-by", nargs=2, hidden=True)
    @wraps(command)
    def told(*, remote_command: str | None, reached_by: tuple[str, str] | None, **others: object) -> Result:
        if reached_by:
            places.come_from(Way(*reached_by, f"--remote-command {shlex.quote(remote_command)}" if remote_command else ""))
        return command(remote_command=remote_command, **others)

    return told


def go_there(run: str | None, remote_command: str | None, *, terminal: bool = True) -> None:
    """Where `run` is of another machine, hand all that was said over to it, and do not come back. Raises UserError."""
    place = places.place_of(run) if run else None
    if place is None:
        return
    context = click.get_current_context()
    if not place.run and context.command.name == "watch":  # `attach` alone means the newest that trains
        place = place._replace(run=LATEST)
    if context.get_parameter_source("runs_dir") is ParameterSource.COMMANDLINE:
        raise UserError(f"--runs-dir is of this machine: on {place.host}, set it with --remote-command 'GAN_TUI_RUNS=FOLDER gan-tui'")
    if terminal and not has_terminal():
        frame = f"`gan-tui watch {shlex.quote(str(run))} --once` prints a frame"
        raise UserError(f"the dashboard needs a terminal; {frame}, and `gan-tui runs --host {place.host}` lists what is there, without one")
    command = hosts.remote_command(remote_command)
    hosts.hand_over(place, command, [str(context.command.name), "--reached-by", place.host, command, *_said(context)], terminal=terminal)


def visit(place: Place, command: str, verb: str, *arguments: str) -> None:
    """`verb` (attach, watch) on a run of another machine, with what was said of the screen here; then back.

    `arguments`: of `runs`, instead of the run. What went wrong stands in the terminal until it has been read: the list would take its
    place. Raises UserError where there is no ssh.
    """
    options = [*_said(click.get_current_context(), only=SCREEN), *arguments]
    there = place._replace(run="") if arguments else place
    status = hosts.visit(there, command, [verb, "--reached-by", place.host, command, *options])
    if status == 0:
        return
    if status == hosts.NOT_REACHED:  # the line may have been cut under the screen that was shown through it
        with suppress(OSError):
            os.write(sys.stdout.fileno(), SEQUENCE.encode())
    said = shlex.join([verb, *(arguments or [place.run])])
    echo(f"gan-tui: {place.host}: `{said}` has ended with status {status}; enter goes back to the list", err=True)
    with suppress(KeyboardInterrupt):
        sys.stdin.readline()


def _said(context: click.Context, only: Collection[str] | None = None) -> list[str]:
    """The options that were given, as they were given; `only`: of these."""
    found = []
    for parameter in context.command.params:
        name = parameter.name or ""
        if (
            name in _OURS
            or (only is not None and name not in only)
            or not isinstance(parameter, click.Option)
            or context.get_parameter_source(name) is not ParameterSource.COMMANDLINE
        ):
            continue
        if name == "ascii":  # which is remembered, and has no value
            found.append("--ascii" if glyphs.wants_ascii() else "--unicode")
        elif parameter.is_flag:
            found.append(parameter.opts[0] if context.params.get(name) else parameter.secondary_opts[0])
        else:
            found += [parameter.opts[0], str(context.params.get(name))]
    return found
