"""`python -m gan_tui.training RUN` is what the dashboard starts, `--together RUN...` a sweep; `--worker` is what a run on several devices
starts."""

import sys
from pathlib import Path

from gan_tui import output
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import DATA_CHANGED
from gan_tui.training.main import import_torch, train
from gan_tui.training.stop import heed_no_interrupts
from gan_tui.training.together.process import train_together

if __name__ == "__main__":
    output.prepare()
    match sys.argv[1:]:
        case ["--worker"]:
            heed_no_interrupts()  # before torch is imported, which takes seconds
            import_torch()
            from gan_tui.training.worker import run_worker

            sys.exit(run_worker())
        case ["--together", *paths] if paths:
            sys.exit(train_together([RunDirectory(Path(path)) for path in paths]))
        case [path, *words] if all("=" in word or word == DATA_CHANGED for word in words):
            assignments = [word for word in words if word != DATA_CHANGED]
            sys.exit(train(RunDirectory(Path(path)), assignments, data_changed=DATA_CHANGED in words))
        case _:
            sys.exit(
                "usage: python -m gan_tui.training RUN_DIRECTORY [SECTION.KEY=VALUE...] [--data-changed] | --together RUN_DIRECTORY..."
            )
