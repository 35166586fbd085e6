"""`gan-tui ARGUMENTS` whose trials are trained by fake_trainer.py: `python -m tests.sweep.fake_worker sweep --join NAME`."""

import sys

from gan_tui.__main__ import main
from gan_tui.sweep import trial_process
from tests.sweep import fake_trainer


def command(path: str) -> list[str]:
    """Of the trainer of a trial."""
    return [sys.executable, "-m", fake_trainer.__name__, path]


if __name__ == "__main__":
    setattr(trial_process, "trainer_command", command)  # noqa: B010
    main()
