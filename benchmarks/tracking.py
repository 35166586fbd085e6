"""What a line of logging costs the loop that it stands in: gan_tui.track beside the loggers that are installed here.

One reading is the mean over `calls` of a call that logs four numbers, as the loop sees it; the loop does nothing else, which is the worst
case: 100,000 calls a second. TensorBoard's SummaryWriter takes a number a call, so it is called four times. wandb (offline) and trackio
are measured where they are installed.
"""

import importlib.util
import os
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch

import gan_tui
from benchmarks import common
from benchmarks.common import Series

Log = Callable[[Mapping[str, Any], int], Any]
NUMBERS = {"d_loss": 0.5, "g_loss": 1.5, "D(x)": 0.75, "D(G(z))": 0.25}
TENSORS = {name: torch.tensor(value, requires_grad=True) for name, value in NUMBERS.items()}


def measure(plan: Namespace) -> list[Series]:
    with tempfile.TemporaryDirectory() as folder:
        loggers = _loggers(Path(folder))
        contenders = {
            f"{name}, four {what}": _reading(log, values, plan.calls)
            for name, (log, _) in loggers.items()
            for what, values in (("floats", NUMBERS), ("tensors", TENSORS))
        }
        readings = common.alternate(contenders, plan)
        for _, end in loggers.values():
            end()
    ours = readings["gan_tui.track, four floats"]
    ratios = [common.ratio(f"{name} / gan_tui.track", values, ours) for name, values in readings.items() if "track," not in name]
    return [*(Series(name, "us", values) for name, values in readings.items()), *ratios]


def _reading(log: Log, values: Mapping[str, Any], calls: int) -> Callable[[], float]:
    steps = iter(range(10**9))

    def read() -> float:
        began = time.perf_counter()
        for _ in range(calls):
            log(values, next(steps))
        return 1e6 * (time.perf_counter() - began) / calls

    return read


def _loggers(folder: Path) -> dict[str, tuple[Log, Callable[[], Any]]]:
    """How each logs, and how it ends."""
    run = gan_tui.track("benchmark", runs_dir=folder)
    found: dict[str, tuple[Log, Callable[[], Any]]] = {"gan_tui.track": (lambda values, _: run.log(values), run.finish)}
    if importlib.util.find_spec("tensorboard"):
        from torch.utils.tensorboard import SummaryWriter

        writer = SummaryWriter(str(folder / "tensorboard"))

        def add(values: Mapping[str, Any], step: int) -> None:
            for name, value in values.items():
                writer.add_scalar(name, value, step)

        found["SummaryWriter"] = add, writer.close
    if importlib.util.find_spec("wandb"):
        wandb: Any = importlib.import_module("wandb")
        os.environ["WANDB_SILENT"] = "true"
        session = wandb.init(mode="offline", dir=str(folder), project="benchmark")
        found["wandb offline"] = (lambda values, _: session.log(values)), session.finish
    if importlib.util.find_spec("trackio"):
        trackio: Any = importlib.import_module("trackio")
        os.environ["TRACKIO_DIR"] = str(folder / "trackio")
        trackio.init(project="benchmark")
        found["trackio"] = (lambda values, _: trackio.log(values)), trackio.finish
    return found


if __name__ == "__main__":
    common.main("tracking", __doc__, measure, rounds=(20, 3), calls=(2000, 500))
