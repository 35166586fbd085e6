"""The dashboard with the fake trainer: `python -m tests.dashboard.open_fake RUN_DIRECTORY MODE [TRAINER OPTIONS]`."""

import sys
from pathlib import Path

from gan_tui.dashboard.open_run import open_dashboard
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode

if __name__ == "__main__":
    path, mode, *options = sys.argv[1:]
    trainer = [sys.executable, "-m", "tests.dashboard.fake_trainer", path, *options]
    open_dashboard(RunDirectory(Path(path)), Mode(mode), trainer_command=trainer)
