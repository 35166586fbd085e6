"""How many images do I need? FD to MNIST's test set after the same number of steps on few images, with and without augmentation.

`python -m benchmarks.few_images [--steps 1000] [--images 100 300 1000] [--augment none diffaugment ada] [--preset mlp-r3]`
"""

import argparse
import dataclasses
import time

import torch

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


def measure(settings: RunConfig, data: Dataset, steps: int) -> dict[int, float]:
    """FD to the test set at some steps, of the averaged generator where there is one."""
    session = Session(settings, CPU, data, None, Ranks())
    z = torch.randn(SAMPLES, settings.model.latent_dim, generator=Randomness(0, CPU).at("few images"))
    evaluator = Evaluator(
        network_for("mnist", data.shape), data.flat_test[5000:], data.flat_test[:5000], samples=SAMPLES, against="held-out"
    )
    found, marks = {}, [steps // 4, steps // 2, steps]
    while session.progress.step < steps:
        session.advance()
        if session.progress.step in marks:
            session.engine.sync()
            found[session.progress.step] = evaluator.evaluate(scoring.generate(session.sampler, z, None)).scalars()["fd"]
    return found


def main() -> None:
    """A line for each number of images and each augmentation."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--images", type=int, nargs="+", default=[100, 300, 1000])
    parser.add_argument("--augment", nargs="+", default=["none", "diffaugment", "ada"])
    parser.add_argument("--preset", default="mlp-r3")
    asked = parser.parse_args()
    for count in asked.images:
        for augment in asked.augment:
            train = {"augment": augment, "batch_size": min(64, count), "engine": "eager", "threads": 1}
            settings = config.resolve(asked.preset, tables=[{"train": train, "data": {"validation": 0}}])
            whole = build.load_data(settings, CPU)
            chosen = torch.randperm(len(whole.images), generator=torch.Generator().manual_seed(0))[:count]
            began = time.monotonic()
            found = measure(settings, dataclasses.replace(whole, images=whole.images[chosen]), asked.steps)
            numbers = "  ".join(f"{step:,}: {fd:.3g}" for step, fd in found.items())
            print(f"{asked.preset}  {count:>6,} images  {augment:<12} FD at {numbers}  ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    main()
