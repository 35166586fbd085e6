"""What a run spends beside its steps: checkpoints, sample grids, previews, evaluations, metrics, mailbox.

A real run with default settings, for `seconds` and then stopped; the trainer's own methods are timed, each without what
it calls of the others. Setting up, the first preview and the end of the run (one checkpoint, the weights) do not count.
The default of 61 seconds sees two checkpoints, as every minute does.
"""

import contextlib
import functools
import io
import tempfile
import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import torch

from benchmarks import common
from benchmarks.common import Series
from gan_tui import config
from gan_tui.run import directory
from gan_tui.training import main as trainer_process
from gan_tui.training.control import Control
from gan_tui.training.loop import TrainingLoop
from gan_tui.training.pictures import Pictures
from gan_tui.training.recorder import Recorder

Part = tuple[type, str]
"""A class and the name of one of its methods."""
STEPS, ATTEND = (TrainingLoop, "_train_epoch"), (TrainingLoop, "_attend")
OCCASIONS: dict[Part, str] = {
    (Control, "save"): "checkpoints",
    (Control, "write_samples"): "sample grids",
    (Pictures, "write_preview"): "previews",
    (Control, "evaluate"): "evaluations",
}
"""What happens now and then."""
PARTS: dict[Part, str] = {STEPS: "steps", **OCCASIONS, (Recorder, "report"): "metrics", ATTEND: "mailbox and clocks"}
"""The trainer's methods, and what a person calls them."""


class Stopwatch:
    """Exclusive times of methods that call each other, while the outermost of PARTS runs."""

    def __init__(self) -> None:
        self.calls: dict[Part, list[float]] = {part: [] for part in PARTS}
        self._inner: list[float] = []

    def timed(self, part: Part, method: Callable[..., Any]) -> Callable[..., Any]:
        """`method`, its calls timed where they happen inside the training."""

        @functools.wraps(method)
        def wrapper(*arguments: Any, **options: Any) -> Any:
            if not self._inner and part != STEPS:
                return method(*arguments, **options)
            if part in OCCASIONS and torch.cuda.is_available():
                torch.cuda.synchronize()  # else it would wait, and pay, for steps that are still on their way
            self._inner.append(0.0)
            began = time.perf_counter()
            try:
                return method(*arguments, **options)
            finally:
                seconds = time.perf_counter() - began
                self.calls[part].append(seconds - self._inner.pop())
                if self._inner:
                    self._inner[-1] += seconds

        return wrapper


def measure(plan: Namespace) -> list[Series]:
    runs = [one_run(plan) for _ in range(plan.rounds)]
    totals = [sum(map(sum, run.values())) for run in runs]
    shares = [
        Series(f"share of the run: {name}", "%", [100 * sum(run[part]) / total for run, total in zip(runs, totals, strict=True)])
        for part, name in PARTS.items()
    ]
    occasions = {name: [1000 * seconds for run in runs for seconds in run[part]] for part, name in OCCASIONS.items()}
    return shares + [Series(f"one of the {name}", "ms", readings) for name, readings in occasions.items() if readings]


def one_run(plan: Namespace) -> dict[Part, list[float]]:
    """Seconds of every call, by method."""
    common.wait_until_quiet(plan)
    watch = Stopwatch()
    with tempfile.TemporaryDirectory() as folder, patched(watch, plan.seconds), contextlib.redirect_stdout(io.StringIO()):
        settings = config.resolve(tables=[{"train": {"epochs": 1_000_000}}])
        if trainer_process.train(directory.create(Path(folder), settings)) != 0:
            raise RuntimeError("the run failed")
    return watch.calls


@contextlib.contextmanager
def patched(watch: Stopwatch, seconds: float) -> Iterator[None]:
    """The trainer with a stopwatch in its methods, and an end after `seconds`."""
    originals: dict[Part, Callable[..., Any]] = {(owner, name): getattr(owner, name) for owner, name in PARTS}
    deadline = float("inf")

    def attend(trainer: TrainingLoop) -> None:
        nonlocal deadline
        deadline = min(deadline, time.monotonic() + seconds)
        originals[ATTEND](trainer)
        if time.monotonic() >= deadline:
            trainer._stop.request("the time is over")

    for part, method in (originals | {ATTEND: attend}).items():
        setattr(*part, watch.timed(part, method))
    try:
        yield
    finally:
        for part, method in originals.items():
            setattr(*part, method)


if __name__ == "__main__":
    common.main("overheads", __doc__, measure, rounds=(3, 1), seconds=(61.0, 31.0))
