"""The command line of a trainer process, for the dashboard that starts one and for the trainer that needs helpers."""

import sys
from pathlib import Path

PACKAGE_PARENT = Path(__file__).parents[2]


def trainer_command(*arguments: str) -> list[str]:
    """`python -m gan_tui.training ...` with this interpreter.

    `-P` keeps the working directory out of the module path: somebody's `random.py` must not end up in the trainer.
    Only in a checkout that is not installed is it needed there.
    """
    safe_path = [] if Path.cwd() == PACKAGE_PARENT else ["-P"]
    return [sys.executable, *safe_path, "-m", "gan_tui.training", *arguments]
