"""From the process beside a command to the command itself: a script that calls `gan_tui.track` under `gan-tui run` has one run, not two.

The process beside it says in the environment which run it writes. The script asks for it by a file in its folder; the other lets go of
log and lock, takes the file away, and goes on to keep what is printed.
"""

import os
import time
from pathlib import Path

from gan_tui.run.directory import RunDirectory
from gan_tui.spec.tasks import COMMAND

VARIABLE = "GAN_TUI_COMMAND_RUN"
"""Names the folder of the run, for the command."""
NAME = "take-over"
IS_ANOTHER = 75
"""What a screen of the run ends with, to be opened anew: its script has other keys and words than a command."""
WAIT_SECONDS = 5.0
"""How long the script waits for an answer."""
LOOK_SECONDS = 0.02


def run_to_take() -> RunDirectory | None:
    """The run of the command that this process is, or belongs to, while nothing but what it prints is written there."""
    path = os.environ.get(VARIABLE)
    run = RunDirectory(Path(path)) if path else None
    return run if run is not None and run.config_file.is_file() and run.task is COMMAND and run.alive else None


def is_taken(run: RunDirectory) -> bool:
    """Is it the one that the process beside this command had?"""
    return os.environ.get(VARIABLE) == str(run.path.absolute())


def ask_for(run: RunDirectory) -> bool:
    """Ask for the run, and wait until its log and lock are free. False where nobody answers. Raises OSError."""
    asked = run.path / NAME
    asked.touch(mode=0o600)
    deadline = time.monotonic() + WAIT_SECONDS
    while asked.exists():
        if time.monotonic() > deadline:
            asked.unlink(missing_ok=True)
            return False
        time.sleep(LOOK_SECONDS)
    return True


def is_asked_for(run: RunDirectory) -> bool:
    """Does a script wait for it?"""
    return (run.path / NAME).exists()


def hand_over(run: RunDirectory) -> None:
    """Log and lock are free from now on. Raises OSError."""
    (run.path / NAME).unlink(missing_ok=True)
