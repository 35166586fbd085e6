"""Milliseconds a step of many small GANs: trained together, by our own kernels and in torch's batched products, against single runs.

A single run is trained by the engine that it would get here: on a GPU in CUDA graphs. K together take one step in which each product is
one of K networks, on a GPU in graphs of 20 steps. Learning rates and seeds differ. Before anything is timed, some of the K are held to
single runs of the same settings by the eager engine: "off" is how far their weights are from those, as a share of how far those have
moved. Our own kernels are only for GPUs.
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
from gan_tui.training.engines.many_mlps import MakeMlps, ManyMlps
from gan_tui.training.engines.many_proof import hold, proven_many_engine
from gan_tui.training.engines.own_kernels import own_kernels
from gan_tui.training.engines.proof import TOLERANCE
from gan_tui.training.randomness import BLOCK, Randomness

PRESETS = ("classic", "mlp-r3")
DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


def measure(plan: Namespace) -> list[Series]:
    device = available_device()
    images = mnist.load(train=True)[0].flatten(1).to(device)
    rows, loops, pairs = list[Series](), dict[str, Iterator[int]](), list[tuple[str, str, int]]()
    for precision, preset in itertools.product(plan.precisions.split(), PRESETS):
        alone = f"{preset}, {precision}: a single run"
        loops[alone] = single(preset, images, precision)
        for count, (kind, mlps) in itertools.product(map(int, plan.counts.split()), makers(precision, device)):
            name = f"{preset}, {precision}: {count} together{kind}"
            rows.append(Series(f"{name}: off", "share", [held(preset, count, images, precision, mlps)]))
            loops[name] = together(preset, count, images, precision, mlps)
            pairs.append((alone, name, count))
    steps = plan.steps * (20 if device.type == "cuda" else 1)
    for loop in loops.values():
        segment(loop, device, 40 if device.type == "cuda" else steps // 2)
    readings = common.alternate({name: partial(segment, loop, device, steps) for name, loop in loops.items()}, plan)
    rows += [Series(name, "ms/step", values) for name, values in readings.items()]
    for alone, name, count in pairs:
        times = zip(readings[alone], readings[name], strict=True)
        rows.append(Series(f"{count} single runs / {name}", "x", [count * one / all_ for one, all_ in times]))
    return rows


def makers(precision: str, device: torch.device) -> list[tuple[str, MakeMlps]]:
    """What computes the steps of many, and how it is called in the table. Raises SystemExit where a GPU has no kernels of ours."""
    own, fault = own_kernels(precision, device)
    if own is None and device.type == "cuda":
        raise SystemExit(f"the kernels of gan-tui cannot be measured: {fault or 'the card is older than Ampere'}")
    ours: list[tuple[str, MakeMlps]] = [] if own is None else [("", own.many)]
    return [*ours, (", torch's products", ManyMlps)]


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


def held(preset: str, count: int, images: Tensor, precision: str, mlps: MakeMlps) -> float:
    """How far the worst of three of the runs is off. Raises SystemExit where that is more than rounding, or a sweep would not use them."""
    settings, inputs = several(preset, count, images, precision)
    if mlps is not ManyMlps:
        engine, broken = proven_many_engine(inputs, settings[0], DTYPES[precision])
        if engine is None or engine.notes:
            raise SystemExit(f"{preset}, {count} together in {precision}: {broken or (engine and engine.notes)}")
        engine.close()
    engine = ManyEngine(inputs, DTYPES[precision], mlps)
    worst = 0.0
    for row in {0, count // 2, count - 1}:
        proof = hold(engine, inputs, row, 1, TOLERANCE[precision])
        if not proof.ok:
            raise SystemExit(f"{preset}, number {row} of {count} together in {precision} is not what it is alone: {proof.words}")
        worst = max(worst, proof.off)
    engine.close()
    return worst


def single(preset: str, images: Tensor, precision: str) -> Iterator[int]:
    """Train for ever with the engine that a run gets; how many steps were done comes out each time."""
    (settings,), (inputs,) = several(preset, 1, images, precision)
    engine, per_epoch, step = engines.make(settings, images.device, inputs), len(images) // inputs.batch_size, 0
    while True:
        if step % per_epoch == 0:
            engine.begin_epoch(inputs.randomness.order(step // per_epoch, len(images)))
        done = len(engine.advance(step, step % per_epoch, per_epoch - step % per_epoch))
        step += done
        yield done


def together(preset: str, count: int, images: Tensor, precision: str, mlps: MakeMlps) -> Iterator[int]:
    """The same with all of them at once."""
    _, inputs = several(preset, count, images, precision)
    engine, per_epoch, step = ManyEngine(inputs, DTYPES[precision], mlps), len(images) // inputs[0].batch_size, 0
    while True:
        if step % per_epoch == 0:
            for row, one in enumerate(inputs):
                engine.begin_epoch(row, one.randomness.order(step // per_epoch, len(images)))
        most = per_epoch - step % per_epoch
        done = len(engine.advance([Place(row, step, step % per_epoch, most, (True,) * BLOCK) for row in range(count)]))
        step += done
        yield done


if __name__ == "__main__":
    gpu = torch.cuda.is_available()
    counts, precisions = ("1 2 8 32", "1 2 8 32" if gpu else "1 2 8"), ("float32 bfloat16" if gpu else "float32", "float32")
    common.main("many", __doc__, measure, rounds=(5, 3), steps=(10, 10), counts=counts, precisions=precisions)
