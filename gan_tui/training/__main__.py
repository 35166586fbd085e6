"""`python -m gan_tui.training RUN` is what the dashboard starts; `--follow` is what a run on several devices starts."""

import sys
from pathlib import Path

from gan_tui.run.directory import RunDirectory
from gan_tui.training.main import import_torch, train
from gan_tui.training.stop import heed_no_interrupts

if __name__ == "__main__":
    match sys.argv[1:]:
        case ["--follow"]:
            heed_no_interrupts()  # before torch is imported, which takes seconds
            import_torch()
            from gan_tui.training.follow import follow

            sys.exit(follow())
        case [path, *epochs] if len(epochs) <= 1 and all(word.isdecimal() for word in epochs):
            sys.exit(train(RunDirectory(Path(path)), *map(int, epochs)))
        case _:
            sys.exit("usage: python -m gan_tui.training RUN_DIRECTORY [EPOCHS]")
