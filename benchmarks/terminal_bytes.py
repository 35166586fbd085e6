"""Bytes that the dashboard writes to a terminal, and the time to its first frame.

    python -m benchmarks.terminal_bytes [--columns 80] [--rows 24] [--seconds 10]

The fake trainer of the tests, so that nothing but the screen is measured: ten metrics events and two previews a second,
all samples changing all the time, which is the worst case. Budget at 80x24: 5 kB/s while training, nothing while paused.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from gan_tui.run import mailbox
from tests.dashboard.helpers import PtyScreen, make_run


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--columns", type=int, default=80)
    parser.add_argument("--rows", type=int, default=24)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run = make_run(Path(folder))
        argv = [sys.executable, "-m", "tests.dashboard.open_fake", str(run.path), "train"]
        born = time.perf_counter()
        screen = PtyScreen(argv, {}, options.columns, options.rows)
        try:
            screen.wait_for("starting")
            print(f"first frame  {time.perf_counter() - born:.2f} s")
            screen.wait_for("training")
            pump(screen, 3.0)
            print(f"training     {pump(screen, options.seconds) / options.seconds:,.0f} bytes/s")
            screen.send(" ")
            screen.wait_for("paused")
            pump(screen, 2.0)
            print(f"paused       {pump(screen, options.seconds) / options.seconds:,.0f} bytes/s")
        finally:
            mailbox.send(run.control, "stop")
            while run.alive:
                screen.pump()
            screen.close()


def pump(screen: PtyScreen, seconds: float) -> int:
    """Bytes received within `seconds`."""
    before, deadline = screen.received, time.monotonic() + seconds
    while time.monotonic() < deadline:
        screen.pump()
    return screen.received - before


if __name__ == "__main__":
    main()
