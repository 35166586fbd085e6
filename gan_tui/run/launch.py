"""How our own processes are started: the trainer, its helpers, and a screen with what it is to its run."""

import sys
from enum import Enum
from pathlib import Path

DATA_CHANGED = "--data-changed"
"""The trainer's word for: go on with other data than before."""
PACKAGE_PARENT = Path(__file__).parents[2]


class Mode(Enum):
    """What a screen is to its run."""

    TRAIN = "train"
    """It starts the trainer, then follows it."""
    ATTACH = "attach"
    """It follows a run that is alive; keys command it."""
    WATCH = "watch"
    """It reads only."""


def trainer_command(*arguments: str) -> list[str]:
    """Of the process that trains a run: its directory, then settings to change."""
    return module_command("gan_tui.training", *arguments)


def supervisor_command(folder: str, *more: str) -> list[str]:
    """Of the process beside another program: the run's directory, and arguments that the command is given besides its own."""
    return module_command("gan_tui.command", folder, *more)


def module_command(module: str, *arguments: str) -> list[str]:
    """`python -m MODULE ...` with this interpreter.

    `-P` keeps the working directory out of the module path: a `random.py` there must not end up in the trainer.
    Only in a checkout that is not installed is it needed there.
    """
    safe_path = [] if Path.cwd() == PACKAGE_PARENT else ["-P"]
    return [sys.executable, *safe_path, "-m", module, *arguments]
