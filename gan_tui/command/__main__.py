"""`python -m gan_tui.command RUN [ARGUMENT...]`: what the dashboard starts, detached."""

import sys
from pathlib import Path

from gan_tui import output
from gan_tui.command.supervisor import supervise
from gan_tui.errors import FAILED
from gan_tui.run.directory import RunDirectory
from gan_tui.run.summary import look_at

if __name__ == "__main__":
    output.prepare()
    run = RunDirectory(Path(sys.argv[1]))
    status = supervise(run, sys.argv[2:])
    sys.exit(0 if not status or look_at(run).outcome == "stopped" else FAILED)
