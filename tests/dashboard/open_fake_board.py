"""The drawing board on a real terminal, with a renderer that needs no torch: `python -m tests.dashboard.open_fake_board RUN`."""

import sys
from pathlib import Path

from gan_tui.dashboard import companion
from gan_tui.dashboard.open_board import open_board
from gan_tui.run.directory import RunDirectory

if __name__ == "__main__":
    companion.module_command = lambda *_: [sys.executable, "-m", "tests.dashboard.fake_renderer", "28"]  # type: ignore[attr-defined]
    open_board(RunDirectory(Path(sys.argv[1])), None)
