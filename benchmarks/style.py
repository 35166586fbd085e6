"""Style transfer against a plain loop (Gatys et al. 2016): processor seconds to 1.05 times the distance that its 500 steps reach.

The plain loop is tests/style/gatys.py: torch's own L-BFGS at the full size, one evaluation a step, from noise as in the paper or from the
content as most programs do. Ours goes from coarse to fine (gan_tui/style/transfer.py), from the content. All minimise the same total with
the same weights; a *step* is an evaluation at the full size, of which a coarse one is a part. The plain loop computes in float32, ours in
what it uses by itself on this machine, and once more in float32. Seconds are of the processor, so that other work beside it counts less.
"""

import time
from argparse import Namespace
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import torch
from torch import Tensor

from benchmarks import common
from benchmarks.common import Series, ratio
from gan_tui.data.single_picture import fitted, read_picture
from gan_tui.style.features import shipped
from gan_tui.style.transfer import Transfer, Weights
from gan_tui.training.transfer.begin import rounded
from gan_tui.training.transfer.pictures import to_tensor
from tests.style import gatys

DOCS = Path(__file__).parents[1] / "docs"
FACTOR = 1.05
Trace = list[tuple[float, float, float]]
"""Seconds, steps of the full size, and the total, after each step."""


def picture(name: str, size: int) -> Tensor:
    image = read_picture(DOCS / name).image
    return to_tensor(image.resize(fitted(image.size, size)))


def plain(loop: Callable[[gatys.Loss, Tensor], Iterator[tuple[Tensor, float]]], loss: gatys.Loss, start: Tensor, steps: int) -> Trace:
    began = time.process_time()
    return [(time.process_time() - began, step, total) for step, (_, total) in enumerate(islice(loop(loss, start), steps), 1)]


def ours(work: Transfer) -> Trace:
    began, done, trace = time.process_time(), 0.0, []
    full = work.content.shape[-2] * work.content.shape[-1]
    while work.step < work.total_steps:
        height, width = work.scales[work.scale]
        total = work.advance().total(work.weights).item()
        done += height * width / full
        if (height, width) == work.scales[-1]:  # a coarse picture's distance is another one
            trace.append((time.process_time() - began, done, total))
    return trace


def reached(trace: Trace, goal: float) -> tuple[float, float]:
    """Seconds and steps; infinite where it was never reached."""
    return next(((seconds, steps) for seconds, steps, total in trace if total <= goal), (float("inf"), float("inf")))


def measure(plan: Namespace) -> list[Series]:
    network = shipped()
    usual = rounded(network, "auto", torch.device("cpu"))
    content, style = picture("style-content.jpg", plan.size), picture("style-strokes.jpg", plan.size)
    loss = gatys.loss_of(network, content, style)
    noise = 0.5 + 0.1 * torch.randn(content.shape, generator=torch.Generator().manual_seed(0))
    found: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        found.setdefault(name, []).append(value)

    for _ in range(plan.rounds):
        common.wait_until_quiet(plan)
        courses = {
            name: ours(Transfer(features, content, [style], Weights(), steps=plan.ours))
            for name, features in (("ours", usual), ("ours in float32", network))
        }
        for name, course in courses.items():
            note(f"{name}: end", course[-1][2])
        for name, start in (("from noise", noise), ("from the content", content)):
            trace = plain(gatys.lbfgs, loss, start, plan.steps)
            goal = FACTOR * trace[-1][2]
            note(f"plain {name}: end", trace[-1][2])
            for who, course in (
                (f"plain {name}", trace),
                *((f"{mine}, to the goal of plain {name}", one) for mine, one in courses.items()),
            ):
                seconds, steps = reached(course, goal)
                note(f"{who}: s", seconds)
                note(f"{who}: steps", steps)
    rows = []
    for name, readings in found.items():
        unit = "s" if name.endswith(": s") else "steps" if name.endswith(": steps") else ""
        rows.append(Series(name, unit, readings))
    for name in ("from noise", "from the content"):
        for mine in ("ours", "ours in float32"):
            for unit in ("s", "steps"):
                readings = found[f"{mine}, to the goal of plain {name}: {unit}"]
                rows.append(ratio(f"plain {name} / {mine}, {unit}", found[f"plain {name}: {unit}"], readings))
    return rows


if __name__ == "__main__":
    common.main("style", __doc__, measure, rounds=(3, 1), size=(256, 96), steps=(500, 60), ours=(100, 40))
