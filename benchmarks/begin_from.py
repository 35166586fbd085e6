"""`--from`: FD on Fashion-MNIST by steps, from scratch and from a run on MNIST of as many.

`python -m benchmarks.begin_from [--data-dir DIR] [--steps 1000] [--preset mlp-r3]`
"""

import argparse
import tempfile
from pathlib import Path

import torch

from gan_tui import config
from gan_tui.data.dataset import Dataset
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.metrics.feature_networks import network_for
from gan_tui.run import directory
from gan_tui.training import build, checkpoint, scoring
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.randomness import Randomness
from gan_tui.training.session import Session

CPU = torch.device("cpu")
SAMPLES = 5000


def fds(session: Session, data: Dataset, steps: int) -> str:
    """FD to half of the test set after a tenth, half and all of the steps."""
    network = network_for(data.name, data.shape)
    evaluator = Evaluator(network, data.flat_test[SAMPLES:], data.flat_test[:SAMPLES], samples=SAMPLES, against="held-out")
    z = torch.randn(SAMPLES, session.settings.model.latent_dim, generator=Randomness(0, CPU).at("begin from"))
    found, marks = [], (steps // 10, steps // 2, steps)
    while session.progress.step < steps:
        session.advance()
        if session.progress.step in marks:
            session.engine.sync()
            fd = evaluator.evaluate(scoring.generate(session.sampler, z, None)).scalars()["fd"]
            found.append(f"{session.progress.step:,}: {fd:.3g}")
    return "  ".join(found)


def main() -> None:
    """A line for each."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data-dir", default="")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--preset", default="mlp-r3")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        mnist = config.resolve(asked.preset, tables=[{"train": {"threads": 1}}])
        parent = Session(mnist, CPU, build.load_data(mnist, CPU), None, Ranks())
        while parent.progress.step < asked.steps:
            parent.advance()
        parent.engine.sync()
        run = directory.create(Path(folder), mnist, "parent")
        checkpoint.save(run, mnist, parent.gan, parent.fixed_latents, parent.progress)
        for begin_from in ("", str(run.path)):
            tables = [{"data": {"dataset": "fashion-mnist", "dir": asked.data_dir}, "train": {"threads": 1, "begin_from": begin_from}}]
            settings = config.resolve(asked.preset, tables=tables)
            data = build.load_data(settings, CPU)
            line = fds(Session(settings, CPU, data, None, Ranks()), data, asked.steps)
            print(f"{asked.preset}  {'from MNIST' if begin_from else 'from scratch':<12}  FD at {line}", flush=True)


if __name__ == "__main__":
    main()
