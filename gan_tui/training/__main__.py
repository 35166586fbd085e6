"""`python -m gan_tui.training RUN`: what the dashboard starts."""

import sys
from pathlib import Path

from gan_tui.run.directory import RunDirectory
from gan_tui.training.main import train

if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python -m gan_tui.training RUN_DIRECTORY")
    sys.exit(train(RunDirectory(Path(sys.argv[1]))))
