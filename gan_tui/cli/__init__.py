"""The command line: arguments only. torch and Textual are imported by the command that needs them, after parsing."""

import errno
import os
import sys
from typing import NoReturn

import click

from gan_tui.cli.group import cli, echo
from gan_tui.cli.typed import without_far_guesses
from gan_tui.errors import FAILED, MISTAKEN, UserError, reason_of
from gan_tui.run.places import all_typed

cli.homes = {
    name: module
    for module, names in {
        "labels": ("tag", "archive", "rename"),
        "latent_search": ("repair", "sharpen", "project"),
        "lists": ("presets", "themes", "settings", "completion"),
        "serve": ("serve", "served"),
        "watch": ("attach", "watch"),
    }.items()
    for name in names
} | {
    name: name
    for name in (
        *("animate", "cast", "control", "doctor", "draw", "evaluate", "export", "notify", "play", "plot", "render", "replay", "report"),
        *("reset", "resume", "run", "runs", "sample", "status", "style", "styles", "sweep", "train"),
    )
}
LONGEST = 2000
"""Characters of an error: it may repeat an argument or a file."""
__all__ = ["cli", "main"]


def main() -> NoReturn:
    """Run the command line; every mistake is one line on stderr and exit status 2."""
    try:
        status = cli.main(prog_name="gan-tui", standalone_mode=False)
    except click.Abort:
        status = 130
    except click.ClickException as error:
        status = _complain(without_far_guesses(error).format_message())
    except UserError as error:
        status = _complain(str(error))
    except OSError as error:  # mostly a closed pipe, or a full disk behind standard output
        sys.stdout = open(os.devnull, "w")
        if not isinstance(error, BrokenPipeError):
            reason = "standard output is closed" if error.errno == errno.EBADF else reason_of(error)
            _complain(f"cannot {f'use {error.filename}' if error.filename else 'write the output'}: {reason}")
        status = FAILED
    except (MemoryError, RuntimeError) as error:
        if not _is_out_of_memory(error):
            raise
        _complain("out of memory: ask for fewer images (-n, --samples), or end other programs")
        status = FAILED
    sys.exit(status if isinstance(status, int) else 0)


def _is_out_of_memory(error: BaseException) -> bool:
    """torch says so in many ways; a command that did without it has none but Python's own."""
    if "torch" not in sys.modules:
        return isinstance(error, MemoryError)
    from gan_tui.training.out_of_memory import is_out_of_memory

    return is_out_of_memory(error)


def _complain(message: str) -> int:
    echo(f"gan-tui: {' '.join(all_typed(message[:LONGEST]).split())}", err=True)
    return MISTAKEN
