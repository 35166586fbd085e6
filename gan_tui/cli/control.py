"""`control`: commanding a run from a script."""

import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gan_tui.cli.group import cli, echo, runs_dir_option
from gan_tui.cli.which_run import run_argument
from gan_tui.errors import FAILED, UserError, reason_of
from gan_tui.run import finding, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.length import how_to_go_on
from gan_tui.spec.commands import COMMANDS, LIVE_SETTINGS, CommandName

ANSWER_SECONDS = 15.0
"""How long `control` waits: a trainer answers within 0.1 s, but first it may be saving to a slow disk."""
STOP_SECONDS = 120.0
"""How long `control stop` waits for the trainer to have saved and gone."""


def _verbs() -> str:
    """The help's list of verbs."""
    usages = [f"{command.name} {command.argument}".rstrip() for command in COMMANDS.values()]
    verbs = f"VERB is one of: {', '.join(usages)}."
    return f"{verbs} What can be set: {_what_can_be_set()}. For other kinds of runs, a wrong name lists what there is."


def _what_can_be_set() -> str:
    """Of a GAN, the settings that a run may have, and those that only one of outlines has."""
    of_all, of_outlines = ([key for key, one in LIVE_SETTINGS.items() if one.of_outlines == which] for which in (False, True))
    return f"of a GAN {', '.join(of_all)}, and where it draws from outlines {', '.join(of_outlines)}"


@cli.command(epilog=_verbs())
@run_argument
@click.argument("command", type=click.Choice(list(COMMANDS)), metavar="VERB")
@click.argument("words", metavar="[TEXT]", nargs=-1)
@runs_dir_option
def control(run: str, command: CommandName, words: tuple[str, ...], runs_dir: Path) -> int:
    """Tell a training run what to do, and wait for its answer.

    Exit status 0: done (of `stop`, also where the run came to its end by itself); 1: the trainer refused or did not answer;
    2: no such run, or it is not training.
    """
    from gan_tui.run.log import EventReader

    text = _assignment(run, words) if command == "set" else " ".join(words)
    if text and not COMMANDS[command].argument:
        takes = " or ".join(other.name for other in COMMANDS.values() if other.argument)
        raise UserError(f"{command} takes no text: '{text}' belongs to {takes}")
    found = finding.find(runs_dir, run)
    if not found.alive:
        again = how_to_go_on(found)
        trains = f"; `{again}` goes on with it" if again else ""
        raise UserError(f"{found.name} is not being trained, and no trainer is there to take `{command}`{trains}")
    reader = EventReader(found.events, from_end=True)
    try:
        identity = mailbox.send(found.control, command, text)
    except OSError as error:
        raise UserError(f"cannot write to {found.control}: {reason_of(error)}; only the run's owner can command it") from None
    alive, deadline = True, time.monotonic() + ANSWER_SECONDS
    while alive and time.monotonic() < deadline:
        alive = found.alive  # looked at before the log, which then has all that it will ever say
        for event in reader.read().events:
            if getattr(event, "id", None) == identity:
                answer: Any = event
                if not answer.ok:
                    echo(f"gan-tui: {answer.text}", err=True)
                    return FAILED
                echo(answer.text)
                return _wait_until_gone(found) if command == "stop" else 0
        if alive:
            time.sleep(0.02)
    back = mailbox.take_back(found.control, identity)
    if not alive:
        return _ended_before(found, command, read=not back)
    silence = f"{found.name} did not answer to {command} within {ANSWER_SECONDS:.0f} s"
    echo(f"gan-tui: {silence} ({'it was taken back' if back else 'the trainer has taken it'}); see {found.trainer_log}", err=True)
    return FAILED


def _assignment(run: str, words: Sequence[str]) -> str:
    """`optimizer.d_lr=1e-4`, however it was typed. Raises UserError."""
    said = " ".join(words)
    if "=" in said:
        return said
    if len(words) == 2:
        return "=".join(words)
    what = f"what can be set {_what_can_be_set()}"
    raise UserError(f"say what to set, as in `gan-tui control {shlex.quote(run)} set optimizer.d_lr=1e-4`; {what}")


def _ended_before(run: RunDirectory, command: CommandName, *, read: bool) -> int:
    """The trainer was at its end, and has answered no more."""
    again = how_to_go_on(run)
    what = f"{run.name} ended before it {'answered' if read else 'read'} `{command}`"
    echo(f"gan-tui: {what}{f': `{again}` goes on with it' if again else ''}", err=True)
    return 0 if command == "stop" else FAILED


def _wait_until_gone(run: RunDirectory) -> int:
    """So that `control RUN stop && resume RUN` works."""
    deadline = time.monotonic() + STOP_SECONDS
    while run.alive:
        if time.monotonic() > deadline:
            echo(f"gan-tui: {run.name} is still saving after {STOP_SECONDS:.0f} s", err=True)
            return FAILED
        time.sleep(0.02)
    return 0
