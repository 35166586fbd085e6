"""Milliseconds a step of many small GANs: trained together in batched products, against as many single runs.

A single run is trained by the engine that it would get here: on a GPU in CUDA graphs. K together take one step in which each product is a
batch of K, on a GPU in graphs of 20 steps. Learning rates and seeds differ. Before anything is timed, some of the K are held to single
runs of the same settings by the eager engine: "off" is how far their weights are from those, as a share of how far those have moved.
"""

import itertools
from argparse import Namespace
from collections.abc import Iterator
from functools import partial

import torch
from torch import Tensor

from benchmarks import common
from benchmarks.common import Series
from benchmarks.engines import available_device, segment
from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.training import build, engines
from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.many_engine import ManyEngine, Place
from gan_tui.training.engines.many_proof import hold
from gan_tui.training.engines.proof import TOLERANCE
from gan_tui.training.randomness import BLOCK, Randomness

PRESETS = ("classic", "mlp-r3")


def measure(plan: Namespace) -> list[Series]:
    device = available_device()
    images = mnist.load(train=True)[0].flatten(1).to(device)
    counts = [int(word) for word in plan.counts.split()]
    rows = [
        Series(f"{preset}, {count} together: off", "share", [held(preset, count, images, plan)]) for preset in PRESETS for count in counts
    ]
    loops = {f"{preset}, a single run": single(preset, images, plan) for preset in PRESETS}
    loops |= {f"{preset}, {count} together": together(preset, count, images, plan) for preset in PRESETS for count in counts}
    steps = plan.steps * (20 if device.type == "cuda" else 1)
    for loop in loops.values():
        segment(loop, device, steps // 2)
    readings = common.alternate({name: partial(segment, loop, device, steps) for name, loop in loops.items()}, plan)
    rows += [Series(name, "ms/step", values) for name, values in readings.items()]
    for preset, count in itertools.product(PRESETS, counts):
        pairs = zip(readings[f"{preset}, a single run"], readings[f"{preset}, {count} together"], strict=True)
        rows.append(Series(f"{preset}: {count} single runs / {count} together", "x", [count * alone / all_ for alone, all_ in pairs]))
    return rows


def several(preset: str, count: int, images: Tensor, precision: str) -> tuple[list[RunConfig], list[TrainingInputs]]:
    """Fresh runs that differ in rates and seeds."""
    settings = [
        config.resolve(preset, [{"train": {"seed": row, "precision": precision}, "optimizer": {"d_lr": rate, "g_lr": rate}}])
        for row, rate in enumerate(torch.logspace(-4, -3, count).tolist())
    ]
    inputs = []
    for one in settings:
        gan = build.make_gan(one, images.device)
        gan.ema_weight.fill_(0.002)
        randomness = Randomness(one.train.seed, images.device)
        inputs.append(TrainingInputs(gan, images, randomness, one.train.batch_size, one.model.latent_dim))
    return settings, inputs


def held(preset: str, count: int, images: Tensor, plan: Namespace) -> float:
    """How far the worst of three of the runs is off. Raises SystemExit where that is more than rounding."""
    _, inputs = several(preset, count, images, plan.precision)
    engine = ManyEngine(inputs)
    worst = 0.0
    for row in {0, count // 2, count - 1}:
        proof = hold(engine, inputs, row, 1, TOLERANCE[plan.precision])
        if not proof.ok:
            raise SystemExit(f"{preset}, number {row} of {count} together is not what it is alone: {proof.words}")
        worst = max(worst, proof.off)
    engine.close()
    return worst


def single(preset: str, images: Tensor, plan: Namespace) -> Iterator[int]:
    """Train for ever with the engine that a run gets; how many steps were done comes out each time."""
    (settings,), (inputs,) = several(preset, 1, images, plan.precision)
    engine, per_epoch, step = engines.make(settings, images.device, inputs), len(images) // inputs.batch_size, 0
    while True:
        if step % per_epoch == 0:
            engine.begin_epoch(inputs.randomness.order(step // per_epoch, len(images)))
        done = len(engine.advance(step, step % per_epoch, per_epoch - step % per_epoch))
        step += done
        yield done


def together(preset: str, count: int, images: Tensor, plan: Namespace) -> Iterator[int]:
    """The same with all of them at once."""
    _, inputs = several(preset, count, images, plan.precision)
    engine, per_epoch, step = ManyEngine(inputs), len(images) // inputs[0].batch_size, 0
    while True:
        if step % per_epoch == 0:
            for row, one in enumerate(inputs):
                engine.begin_epoch(row, one.randomness.order(step // per_epoch, len(images)))
        most = per_epoch - step % per_epoch
        done = len(engine.advance([Place(row, step, step % per_epoch, most, (True,) * BLOCK) for row in range(count)]))
        step += done
        yield done


if __name__ == "__main__":
    counts = ("1 2 8 32", "1 2 8 32") if torch.cuda.is_available() else ("1 2 8 32", "1 2 8")
    common.main("many", __doc__, measure, rounds=(9, 3), steps=(20, 10), counts=counts, precision=("float32", "float32"))
