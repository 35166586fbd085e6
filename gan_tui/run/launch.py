"""The command lines of our own processes: the trainer that the dashboard starts, its helpers, the screens of a web page."""

import sys
from pathlib import Path

DATA_CHANGED = "--data-changed"
"""The trainer's word for: go on with other data than before."""
PACKAGE_PARENT = Path(__file__).parents[2]


def trainer_command(*arguments: str) -> list[str]:
    """A trainer."""
    return module_command("gan_tui.training", *arguments)


def module_command(module: str, *arguments: str) -> list[str]:
    """`python -m MODULE ...` with this interpreter.

    `-P` keeps the working directory out of the module path: somebody's `random.py` must not end up in the trainer.
    Only in a checkout that is not installed is it needed there.
    """
    safe_path = [] if Path.cwd() == PACKAGE_PARENT else ["-P"]
    return [sys.executable, *safe_path, "-m", module, *arguments]
