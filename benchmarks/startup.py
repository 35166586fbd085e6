"""Seconds from the command to what a person waits for.

`gan-tui` runs on a pseudo-terminal: the first frame is there when the status has arrived, the first steps when the
trainer has written its first metrics. Python's own start and `import torch` stand beside them: the
trainer cannot do without, the screen and `--help` must. Files are in the page cache after the first round, which is left out.
"""

import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from benchmarks import common
from benchmarks.common import Series, ratio
from benchmarks.terminal import PATIENCE, Terminal
from gan_tui.run import directory, mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent, Metrics
from gan_tui.run.log import read_all

HELP, PYTHON, TORCH = "gan-tui --help", "python -c pass", "import torch"
FRAME, STEP = "gan-tui: first frame", "gan-tui: first training steps logged"


def measure(plan: Namespace) -> list[Series]:
    contenders: dict[str, Callable[[], float]] = {
        PYTHON: lambda: command("-c", "pass"),
        HELP: lambda: command("-m", "gan_tui", "--help"),
        FRAME: first_frame,
        STEP: first_step,
        TORCH: lambda: command("-c", "import torch"),
    }
    for read in contenders.values():
        read()
    readings = common.alternate(contenders, plan)
    rows = [Series(name, "s", values) for name, values in readings.items()]
    return [*rows, ratio(f"{STEP} / {TORCH}", readings[STEP], readings[TORCH])]


def command(*arguments: str) -> float:
    """Seconds that a command takes."""
    born = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - born


def first_frame() -> float:
    return opened()[0]


def first_step() -> float:
    return opened()[1]


def opened() -> tuple[float, float]:
    """Seconds until the first frame and until the first logged step of a new run."""
    with tempfile.TemporaryDirectory() as folder:
        born, clock = time.time(), time.perf_counter()
        with Terminal([sys.executable, "-m", "gan_tui", "--runs-dir", folder]) as terminal:
            terminal.wait_for("starting")
            frame = time.perf_counter() - clock
            (run,) = directory.all_runs(Path(folder))
            event = first_metrics(run)
        stop(run)
    return frame, event.t - born


def first_metrics(run: RunDirectory) -> AnyEvent:
    """Waits for it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for event in read_all(run.events):
            if isinstance(event, Metrics):
                return event
        time.sleep(0.05)
    raise RuntimeError(f"no step within {PATIENCE} s")


def stop(run: RunDirectory) -> None:
    """Tell the trainer to stop, and wait until it has gone."""
    mailbox.send(run.control, "stop")
    while run.alive:
        time.sleep(0.02)


if __name__ == "__main__":
    common.main("startup", __doc__, measure, rounds=(7, 1))
