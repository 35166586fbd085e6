"""Training steps a second without and with dashboards.

One real trainer with default settings runs throughout; dashboards attach to it and leave again in turn, each on a
pseudo-terminal that is read at once. Steps and times are those of the trainer's own log, so checkpoints, grids and previews count.
The images fill larger screens, so a larger screen costs more.
"""

import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from benchmarks import common
from benchmarks.common import Series, ratio
from benchmarks.startup import first_metrics, stop
from benchmarks.terminal import Terminal
from gan_tui import config
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Metrics
from gan_tui.run.log import EventReader

NONE = "no dashboard"
SCREENS = {NONE: [], "one at 80x24": [(80, 24)], "one at 200x60": [(200, 60)], "two at 80x24": [(80, 24), (80, 24)]}
SETTLE = 3.0
"""Seconds for a dashboard to start and to read the log, or for the last one to be gone."""


def measure(plan: Namespace) -> list[Series]:
    with tempfile.TemporaryDirectory() as folder:
        run = directory.create(Path(folder), config.resolve(tables=[{"train": {"epochs": 1_000_000}}]))
        trainer = subprocess.Popen([sys.executable, "-m", "gan_tui.training", str(run.path)], stdout=subprocess.DEVNULL)
        try:
            first_metrics(run)
            time.sleep(SETTLE)
            # Our own trainer keeps the machine busy: nothing to wait for between rounds.
            plan.deadline = 0.0
            readings = common.alternate({name: reader(run, sizes, plan.seconds) for name, sizes in SCREENS.items()}, plan)
        finally:
            stop(run)
            trainer.wait()
    rows = [Series(name, "steps/s", values) for name, values in readings.items()]
    return rows + [ratio(f"{name} / {NONE}", readings[name], readings[NONE]) for name in SCREENS if name != NONE]


def reader(run: RunDirectory, sizes: list[tuple[int, int]], seconds: float) -> Callable[[], float]:
    """A contender: steps a second with a dashboard of each size open."""

    def read() -> float:
        with ExitStack() as stack:
            for columns, rows in sizes:
                command = [sys.executable, "-m", "gan_tui", "attach", str(run.path)]
                stack.enter_context(Terminal(command, columns, rows)).wait_for("training")
            time.sleep(SETTLE)
            return steps_per_second(run, seconds)

    return read


def steps_per_second(run: RunDirectory, seconds: float) -> float:
    """Between the first and the last metrics that the trainer writes within `seconds`."""
    log = EventReader(run.events, from_end=True)
    time.sleep(seconds)
    marks = [event for event in log.read().events if isinstance(event, Metrics)]
    return (marks[-1].step - marks[0].step) / (marks[-1].t - marks[0].t)


if __name__ == "__main__":
    common.main("dashboard_cost", __doc__, measure, rounds=(7, 1), seconds=(10.0, 3.0))
