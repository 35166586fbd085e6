"""Records the real runs on which the verdict is tested: trainings that fail in a known way, and some that do not.

    python -m tests.training.record [NAME ...]

Each is trained for some minutes; its evaluations and the means of its metrics go into `recorded/NAME.jsonl`.
"""

import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image
from torch import Tensor

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.run import directory, events
from gan_tui.run.events import AnyEvent, Evaluation, Metrics, Started, from_scalar, to_scalar
from gan_tui.run.log import read_all
from gan_tui.training import build
from gan_tui.training.main import train

FOLDER = Path(__file__).parent / "recorded"
EVERY = 30
"""Least number of steps whose means make one recorded event."""
EVENTS = 200
"""How many there are of a long run: its steps in so many parts."""
COMMON = ("evaluation.budget=0.4", "evaluation.samples=1000", "checkpoints.every_seconds=0", "train.threads=1")

MLP = ("model.family=mlp",)
"""Small networks for a preset that has convolutional ones."""


class Recipe(NamedTuple):
    """What is trained."""

    preset: str
    epochs: int
    settings: tuple[str, ...] = ()
    digits: int = 0
    """Of the training set that are learned, as a folder of images; 0: the preset's data set."""
    own: int = 0
    """Samples of the very G that the run begins with, which are learned in their place: it begins at its equilibrium."""


RECIPES = {
    "classic": Recipe("classic", 30),
    "mlp-r3": Recipe("mlp-r3", 20),
    "diverging": Recipe("classic", 4, ("optimizer.d_lr=0.1", "optimizer.g_lr=0.1")),
    "d-won": Recipe("classic", 4, ("optimizer.d_lr=1e-3", "optimizer.g_lr=1e-6")),
    "d-wins": Recipe("mlp-r3", 5, ("optimizer.g_lr=3e-5",)),
    "g-wins": Recipe("classic", 4, ("optimizer.d_lr=1e-7", "optimizer.g_lr=1e-3")),
    "oscillating": Recipe("classic", 8, ("optimizer.d_lr=1e-5", "optimizer.g_lr=1e-3")),
    "one-latent": Recipe("mlp-r3", 10, ("model.conditional=true", "model.latent_dim=1", "model.hidden=128")),
    "d-saturated": Recipe("mlp-r3", 36, ("model.hidden=64", "ema.half_life=10000", "loss.r1=500", "loss.r2=500")),
    "few-images": Recipe("mlp-r3", 350, ("train.batch_size=50", "samples.count=25", "loss.r1=0", "loss.r2=0"), 1000),
    "equilibrium": Recipe("mlp-r3", 100, ("model.hidden_layers=1", "optimizer.d_lr=2e-6", "optimizer.g_lr=1e-10"), own=5000),
    "critic": Recipe("wgan-gp", 16, MLP),
    "critic-dcgan": Recipe("wgan-gp", 5, ("model.channels=8",)),
    "critic-unbounded": Recipe("wgan-gp", 6, (*MLP, "loss.gp=0")),
    "critic-behind": Recipe("wgan-gp", 6, (*MLP, "optimizer.d_lr=1e-7", "optimizer.g_lr=1e-3")),
    "critic-flat": Recipe("wgan-gp", 10, (*MLP, "loss.gp=100000")),
    "critic-alone": Recipe("wgan-gp", 10, (*MLP, "optimizer.g_lr=1e-8")),
    "grey": Recipe("mlp-r3", 10, ("optimizer.g_lr=1e-7", "optimizer.d_lr=1e-5")),
    "memorising": Recipe("mlp-r3", 900, ("train.batch_size=30", "samples.count=4", "model.hidden=512", "loss.r1=1", "loss.r2=1"), 300),
}


def record(name: str) -> None:
    recipe = RECIPES[name]
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder, "images")
        assignments = [*COMMON, f"train.epochs={recipe.epochs}", *recipe.settings]
        if recipe.digits or recipe.own:
            assignments += [f"data.dataset=folder:{images}", "data.channels=1", "data.image_size=32"]
        settings: RunConfig = config.resolve(recipe.preset, [config.parse_assignment(text) for text in assignments])
        if recipe.digits or recipe.own:
            images.mkdir()
            for number, image in enumerate(mnist.load()[0][: recipe.digits, 0] if recipe.digits else own_samples(settings, recipe.own)):
                Image.fromarray(image.numpy()).save(images / f"{number:04}.png")
        run = directory.create(Path(folder), settings, name)
        train(run)
        kept = condense(read_all(run.events))
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.jsonl").write_bytes(b"".join(events.encode(event) for event in kept))


def own_samples(settings: RunConfig, count: int) -> Tensor:
    """uint8 (count, 32, 32), of G before its first step."""
    generator = build.make_gan(settings, torch.device("cpu")).generator
    latents = torch.randn(count, settings.model.latent_dim, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        images: Tensor = generator(latents)
    return ((images + 1) * 127.5).round().to(torch.uint8).view(count, 32, 32)


def condense(logged: list[AnyEvent]) -> list[AnyEvent]:
    """The start, the evaluations, and the means of some steps at a time; times and processes are nobody's business."""
    kept: list[AnyEvent] = []
    window: list[tuple[int, Metrics]] = []
    every, last = max(EVERY, logged[-1].step // EVENTS), 0
    for event in logged:
        event.t = 0.0
        if isinstance(event, Started):
            event.pids = []
            kept.append(event)
        elif isinstance(event, Evaluation):
            event.scalars = {name: rounded(value) for name, value in event.scalars.items()}
            kept.append(event)
        elif isinstance(event, Metrics):
            window.append((event.step - last, event))
            last = event.step
            if sum(steps for steps, _ in window) >= every:
                kept.append(mean(window))
                window = []
    return kept


def mean(window: list[tuple[int, Metrics]]) -> Metrics:
    total = sum(steps for steps, _ in window)
    names = window[-1][1].scalars
    means = {name: rounded(sum(steps * from_scalar(event.scalars.get(name, 0.0)) for steps, event in window) / total) for name in names}
    newest = window[-1][1]
    return Metrics(t=0.0, step=newest.step, scalars=means, elapsed=round(newest.elapsed, 1), rate=round(newest.rate, 1))


def rounded(value: object) -> events.Scalar:
    return to_scalar(float(f"{from_scalar(value):.4g}"))


if __name__ == "__main__":
    for wanted in sys.argv[1:] or RECIPES:
        record(wanted)
