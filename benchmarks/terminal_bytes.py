"""Bytes a second that the dashboard sends to a terminal, while training and while paused.

The fake trainer of the tests, so that nothing but the screen is measured: ten metrics events and two previews a second,
all samples changing all the time, which is the worst case. Budget at 80x24: 5 kB/s while training, nothing while paused.
"""

import sys
import tempfile
import time
from argparse import Namespace
from pathlib import Path

from benchmarks import common
from benchmarks.common import Series
from benchmarks.terminal import Terminal
from gan_tui import config
from gan_tui.run import directory, mailbox

SIZES = ((80, 24), (120, 40), (200, 60))
SETTLE = 3.0
"""Seconds after which a screen no longer grows and a pause has been drawn."""


def measure(plan: Namespace) -> list[Series]:
    found = {size: ([], []) for size in SIZES}  # type: dict[tuple[int, int], tuple[list[float], list[float]]]
    for _ in range(plan.rounds):
        common.wait_until_quiet(plan)
        for size, (training, paused) in found.items():
            read(size, plan.seconds, training, paused)
    return [
        Series(f"{columns}x{rows}, {state}", "bytes/s", readings)
        for (columns, rows), states in found.items()
        for state, readings in zip(("training", "paused"), states, strict=True)
    ]


def read(size: tuple[int, int], seconds: float, training: list[float], paused: list[float]) -> None:
    """One dashboard, one reading of each kind."""
    with tempfile.TemporaryDirectory() as folder:
        run = directory.create(Path(folder), config.resolve())
        try:
            with Terminal([sys.executable, "-m", "tests.dashboard.open_fake", str(run.path), "train"], *size) as terminal:
                terminal.wait_for("training")
                time.sleep(SETTLE)
                training.append(terminal.bytes_within(seconds) / seconds)
                before = terminal.received
                terminal.send(" ")
                terminal.wait_for("paused", before)
                time.sleep(SETTLE)
                paused.append(terminal.bytes_within(seconds) / seconds)
        finally:
            mailbox.send(run.control, "stop")
            while run.alive:
                time.sleep(0.02)


if __name__ == "__main__":
    common.main("terminal_bytes", __doc__, measure, rounds=(3, 1), seconds=(10.0, 3.0))
