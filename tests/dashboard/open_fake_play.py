"""`gan-tui play` on a real terminal, with a trainer that needs no torch: `python -m tests.dashboard.open_fake_play`."""

import sys

from gan_tui.dashboard import companion
from gan_tui.dashboard.open_play import open_play

if __name__ == "__main__":
    companion.module_command = lambda *_: [sys.executable, "-m", "tests.dashboard.fake_player"]  # type: ignore[attr-defined]
    open_play(8, None)
