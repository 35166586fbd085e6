"""How many images do I need? FD to MNIST's test set after the same number of steps on few images, with and without augmentation.

Of each number of images one in ten is held out, as of a folder. FD is of 5,000 samples to 5,000 images of the test set, of which nothing
was trained on, after a quarter, half and all of the steps; D's overfitting is `d_overfitting` against the test set (0.5: none). Rates hold
for a quarter of the steps and fall until the end. Each reading has a seed of its own, which also draws the images.
"""

import dataclasses
import sys
import time
from argparse import Namespace

import torch

from benchmarks import common
from benchmarks.common import Series
from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.metrics.feature_networks import network_for
from gan_tui.training import build, scoring
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.randomness import Randomness
from gan_tui.training.session import Session

CPU = torch.device("cpu")
SAMPLES = 5000
SCORED = 2000
"""Test images on which D is looked at."""
PRESET = "conv-small-uncond"


def settings_of(plan: Namespace, augment: str, count: int, seed: int) -> RunConfig:
    """The preset, as long as the plan has it, on `count` images that are trained on."""
    train = {
        "augment": augment,
        "batch_size": min(64, count),
        "engine": "eager",
        "threads": 1,
        "seed": seed,
        "epochs": -(-plan.steps // -(-count // min(64, count))),
    }
    optimizer = {"hold": f"{plan.steps // 4} steps"}
    return config.resolve(plan.preset, tables=[{"train": train, "data": {"validation": 0}, "optimizer": optimizer}])


def part_of(whole: Dataset, count: int, seed: int) -> Dataset:
    """`count` training images of MNIST, of which one in ten is held out: what stands for the test set of a folder."""
    chosen = torch.randperm(len(whole.images), generator=torch.Generator().manual_seed(seed))[:count]
    held_out, trained_on = chosen[: count // 10], chosen[count // 10 :]
    labels = whole.labels
    return dataclasses.replace(
        whole,
        images=whole.images[trained_on],
        test=whole.images[held_out],
        labels=None if labels is None else labels[trained_on],
        test_labels=None if labels is None else labels[held_out],
    )


def readings(settings: RunConfig, whole: Dataset, data: Dataset, steps: int) -> dict[str, float]:
    """By what they are of: FD after some steps, of the averaged generator where there is one, and D's overfitting in the end."""
    session = Session(settings, CPU, data, None, Ranks())
    random = Randomness(0, CPU)
    z = torch.randn(SAMPLES, settings.model.latent_dim, generator=random.at("few images"))
    y = scoring.draw_labels(whole.labels, SAMPLES, random.at("few images: labels"))
    test, network = whole.flat_test, network_for("mnist", data.shape)
    evaluator = Evaluator(network, test[SAMPLES:], test[:SAMPLES], samples=SAMPLES, against="held-out")
    found, marks = {}, {steps // 4, steps // 2, steps}
    while session.progress.step < steps:
        session.advance()
        step = session.progress.step
        if step in marks:
            session.engine.sync()
            found[f"FD after {step:,} steps"] = fd = evaluator.evaluate(scoring.generate(session.sampler, z, y)).scalars()["fd"]
            print(f"  {len(data.images):,} trained on, {settings.train.augment}, step {step:,}: FD {fd:.4g}", file=sys.stderr, flush=True)
    d, told = session.gan.discriminator, whole.test_labels
    samples = scoring.score(d, scoring.generate(session.sampler, z[:SCORED], y), y)
    trained_on, unseen = scoring.score(d, session.images[:SCORED], data.labels), scoring.score(d, test[:SCORED], told)
    found["D's overfitting"] = scoring.discriminator_scores(trained_on, unseen, samples)["d_overfitting"]
    if (augment := session.gan.augment) is not None and augment.adaptive:
        found["probability"] = float(augment.state[0])
    return found


def measure(plan: Namespace) -> list[Series]:
    """A row for each number of images, each augmentation and each thing that is read."""
    rows: dict[str, list[float]] = {}
    whole = build.load_data(settings_of(plan, "none", 100, 0), CPU)
    for seed in range(plan.seed, plan.seed + plan.rounds):
        for augment in plan.augment.split():
            for count in map(int, plan.images.split()):
                began, cpu = time.monotonic(), time.process_time()
                data = part_of(whole, count, seed)
                found = readings(settings_of(plan, augment, len(data.images), seed), whole, data, plan.steps)
                for what, value in found.items():
                    rows.setdefault(f"{count:,} images, {augment}: {what}", []).append(value)
                figures = "  ".join(f"{what}: {value:.3g}" for what, value in found.items())
                spent = f"({time.monotonic() - began:.0f} s, {time.process_time() - cpu:.0f} s of CPU)"
                print(f"{plan.preset}  {count:>6,} images  {augment:<12}  seed {seed}  {figures}  {spent}", file=sys.stderr, flush=True)
    return [Series(name, "", found) for name, found in rows.items()]


if __name__ == "__main__":
    common.main(
        "few_images",
        __doc__,
        measure,
        preset=(PRESET, PRESET),
        steps=(4000, 100),
        images=("100 300 1000 3000 10000", "100"),
        augment=("none diffaugment ada", "none ada"),
        seed=(0, 0),
        rounds=(1, 1),
    )
