"""What a run spends beside its steps: checkpoints, sample grids, previews, metrics, mailbox.

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
from gan_tui.training.loop import Trainer

PARTS = {
    "_train_epoch": "steps",
    "save": "checkpoints",
    "_write_samples": "sample grids",
    "_write_preview": "previews",
    "_flush_metrics": "metrics",
    "_attend": "mailbox and clocks",
}
"""The trainer's methods, and what a person calls them."""


class Stopwatch:
    """Exclusive times of methods that call each other, while the outermost of PARTS runs."""

    def __init__(self) -> None:
        self.calls: dict[str, list[float]] = {name: [] for name in PARTS}
        self._inner: list[float] = []

    def timed(self, name: str, method: Callable[..., Any]) -> Callable[..., Any]:
        """`method`, its calls timed where they happen inside the training."""

        @functools.wraps(method)
        def wrapper(*arguments: Any, **options: Any) -> Any:
            if not self._inner and name != "_train_epoch":
                return method(*arguments, **options)
            if name in ("save", "_write_samples", "_write_preview") and torch.cuda.is_available():
                torch.cuda.synchronize()  # else it would wait, and pay, for steps that are still on their way
            self._inner.append(0.0)
            began = time.perf_counter()
            try:
                return method(*arguments, **options)
            finally:
                seconds = time.perf_counter() - began
                self.calls[name].append(seconds - self._inner.pop())
                if self._inner:
                    self._inner[-1] += seconds

        return wrapper


def measure(plan: Namespace) -> list[Series]:
    runs = [one_run(plan) for _ in range(plan.rounds)]
    totals = [sum(map(sum, run.values())) for run in runs]
    shares = [
        Series(f"share of the run: {part}", "%", [100 * sum(run[name]) / total for run, total in zip(runs, totals, strict=True)])
        for name, part in PARTS.items()
    ]
    occasions = {name: [1000 * seconds for run in runs for seconds in run[name]] for name in ("save", "_write_samples", "_write_preview")}
    return shares + [Series(f"one of the {PARTS[name]}", "ms", readings) for name, readings in occasions.items() if readings]


def one_run(plan: Namespace) -> dict[str, list[float]]:
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
    originals = {name: getattr(Trainer, name) for name in PARTS}
    deadline = float("inf")

    def attend(trainer: Trainer) -> None:
        nonlocal deadline
        deadline = min(deadline, time.monotonic() + seconds)
        originals["_attend"](trainer)
        if time.monotonic() >= deadline:
            trainer.stop.reason = "the time is over"

    for name, method in (originals | {"_attend": attend}).items():
        setattr(Trainer, name, watch.timed(name, method))
    try:
        yield
    finally:
        for name, method in originals.items():
            setattr(Trainer, name, method)


if __name__ == "__main__":
    common.main("overheads", __doc__, measure, rounds=(3, 1), seconds=(61.0, 31.0))
