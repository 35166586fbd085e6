"""Milliseconds a step of `conv-small`: the gradients written out against the step as it reads, in both precisions.

Each is timed as the trainer drives it, with shuffling, batches, latents, noise and the sums of the metrics. Segments alternate, and a
ratio is taken within a round. `--threads 1` shows what a step costs; with two it is the seconds that a person waits.
"""

from argparse import Namespace
from collections.abc import Iterator
from functools import partial

import torch

from benchmarks import common
from benchmarks.common import Series, ratio
from benchmarks.engines import segment, trained
from gan_tui import config

CPU = torch.device("cpu")
SLOW, FAST = "eager", "manual-grad"
PRECISIONS = ("float32", "bfloat16")


def measure(plan: Namespace) -> list[Series]:
    loops = {f"{name}, {precision}": steps(plan.preset, name, precision, plan.threads) for precision in PRECISIONS for name in (SLOW, FAST)}
    timed = {name: partial(segment, loop, CPU) for name, loop in loops.items()}
    for warm in timed.values():
        warm(plan.warmup)
    readings = common.alternate({name: partial(one, plan.steps) for name, one in timed.items()}, plan)
    rows = [Series(name, "ms/step", values) for name, values in readings.items()]
    pairs = [(f"{SLOW}, {precision}", f"{FAST}, {precision}") for precision in PRECISIONS]
    return rows + [ratio(f"{slow} / {fast}", readings[slow], readings[fast]) for slow, fast in pairs]


def steps(preset: str, engine: str, precision: str, threads: int) -> Iterator[int]:
    """Train for ever; how many steps were done comes out each time."""
    train = {"engine": engine, "precision": precision, "threads": threads}
    return trained(config.resolve(preset, tables=[{"train": train}]), CPU)


if __name__ == "__main__":
    common.main(
        "conv_steps",
        __doc__,
        measure,
        rounds=(9, 2),
        steps=(60, 20),
        warmup=(20, 10),
        threads=(torch.get_num_threads(), 1),
        preset=("conv-small", "conv-small"),
    )
