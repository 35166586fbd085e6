"""Milliseconds a training step: every engine against the tutorial's loop.

The tutorial's loop is transcribed with its DataLoader and its transforms; "step alone" is the same loop on batches that
lie ready, which shows how much of the difference is the DataLoader. The engines are timed as the trainer drives them,
with shuffling, batches, latents and the sums of the metrics. Segments alternate, and a ratio is taken within a round.
"""

import time
from argparse import Namespace
from collections.abc import Iterable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader
from torchvision import datasets, transforms

from benchmarks import common
from benchmarks.common import Series, ratio
from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data import mnist
from gan_tui.pixel_range import from_uint8
from gan_tui.training import build, products
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.metrics_window import MetricsWindow
from gan_tui.training.session import Session

BATCH = 100
HALF = ", bfloat16"
OWN = ", torch's products"
"""Of an engine whose float32 matrices are multiplied by what torch takes by itself; of others by what training/products.py finds."""
LOADER, ALONE = "tutorial", "tutorial, step alone"


def measure(plan: Namespace) -> list[Series]:
    device = available_device()
    loops = {LOADER: tutorial(tutorial_batches(), device), ALONE: tutorial(ready_batches(device), device)}
    loops |= {name: engine(name, device) for name in engine_names(device, plan.compiled)}
    steps = plan.steps * (20 if device.type == "cuda" else 1)
    segments = {name: partial(multiplied, loop, device) for name, loop in loops.items()}
    for timed in segments.values():
        timed(plan.warmup)
    readings = common.alternate({name: partial(timed, steps) for name, timed in segments.items()}, plan)
    rows = [Series(name, "ms/step", values) for name, values in readings.items()]
    pairs = [(slow, fast) for slow in (LOADER, ALONE) for fast in loops if fast not in (LOADER, ALONE)]
    return rows + [ratio(f"{slow} / {fast}", readings[slow], readings[fast]) for slow, fast in pairs]


def available_device() -> torch.device:
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def engine_names(device: torch.device, compiled: bool) -> list[str]:
    """Those that run on a type of device."""
    own = {"cpu": ["manual-grad"], "cuda": ["graph"]}.get(device.type, [])
    names = ["eager", *own] + ["compiled"] * compiled
    beside = [f"{own[0]}{OWN}"] if device.type == "cpu" and products.trial().pays else []
    return names + [f"{name}{HALF}" for name in names] + beside


def engine(name: str, device: torch.device) -> Iterator[int]:
    """Train for ever with one of our engines, as the trainer does; how many steps were done comes out each time."""
    precision = "bfloat16" if name.endswith(HALF) else "float32"
    train = {"engine": name.removesuffix(HALF).removesuffix(OWN), "precision": precision, "threads": torch.get_num_threads()}
    settings = config.resolve(tables=[{"train": train | ({"products": "torch"} if name.endswith(OWN) else {})}])
    return trained(settings, device)


def trained(settings: RunConfig, device: torch.device) -> Iterator[int]:
    """Train for ever by these settings; likewise."""
    with products.as_it_was():
        session = Session(settings, device, build.load_data(settings, device), None, Ranks())
    window = MetricsWindow(device)
    while True:
        before = session.progress.step
        metrics = session.advance()
        window.add(metrics, before, settings.train.d_steps)
        yield len(metrics)


def tutorial_batches() -> Iterable[Tensor]:
    """The tutorial's data: each image through the transforms each time it is used."""
    transform = transforms.Compose([transforms.ToTensor(), transforms.Normalize(mean=(0.5,), std=(0.5,))])
    loader = DataLoader(datasets.MNIST(str(mnist.unpack()), train=True, transform=transform), batch_size=BATCH, shuffle=True)
    while True:
        for images, _ in loader:
            yield images


def ready_batches(device: torch.device) -> Iterable[Tensor]:
    """An epoch's batches, in order, already floats on the device."""
    images = from_uint8(build.load_data(config.resolve(), device).flat)
    while True:
        yield from images.split(BATCH)


def tutorial(batches: Iterable[Tensor], device: torch.device) -> Iterator[int]:
    """The tutorial's loop, line by line, but for what later torch versions demand: labels of shape (batch, 1), no Variable."""
    D = nn.Sequential(  # noqa: N806
        nn.Linear(784, 256), nn.LeakyReLU(0.2), nn.Linear(256, 256), nn.LeakyReLU(0.2), nn.Linear(256, 1), nn.Sigmoid()
    ).to(device)
    G = nn.Sequential(  # noqa: N806
        nn.Linear(64, 256), nn.LeakyReLU(0.2), nn.Linear(256, 256), nn.LeakyReLU(0.2), nn.Linear(256, 784), nn.Tanh()
    ).to(device)
    criterion = nn.BCELoss()
    d_optimizer = torch.optim.Adam(D.parameters(), lr=0.0003)
    g_optimizer = torch.optim.Adam(G.parameters(), lr=0.0003)

    for i, images in enumerate(batches):
        batch_size = images.size(0)
        images = images.view(batch_size, -1).to(device)
        real_labels = torch.ones(batch_size, 1).to(device)
        fake_labels = torch.zeros(batch_size, 1).to(device)

        outputs = D(images)
        d_loss_real = criterion(outputs, real_labels)
        real_score = outputs
        z = torch.randn(batch_size, 64).to(device)
        fake_images = G(z)
        outputs = D(fake_images)
        d_loss_fake = criterion(outputs, fake_labels)
        fake_score = outputs
        d_loss = d_loss_real + d_loss_fake
        D.zero_grad()
        d_loss.backward()
        d_optimizer.step()

        z = torch.randn(batch_size, 64).to(device)
        fake_images = G(z)
        outputs = D(fake_images)
        g_loss = criterion(outputs, real_labels)
        D.zero_grad()
        G.zero_grad()
        g_loss.backward()
        g_optimizer.step()

        if (i + 1) % 300 == 0:  # where it prints its line, which waits for the device
            _ = d_loss.item(), g_loss.item(), real_score.mean().item(), fake_score.mean().item()
        yield 1


def multiplied(loop: Iterator[int], device: torch.device, steps: int) -> float:
    """A segment that begins with the library that torch takes by itself; an engine has the one of its own settings."""
    with products.as_it_was():
        products.use(False)
        return segment(loop, device, steps)


def segment(loop: Iterator[int], device: torch.device, steps: int) -> float:
    """Milliseconds a step over at least `steps` steps, until the device has done them."""
    synchronize(device)
    began, done = time.perf_counter(), 0
    while done < steps:
        done += next(loop)
    synchronize(device)
    return (time.perf_counter() - began) / done * 1000


def synchronize(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


if __name__ == "__main__":
    common.main("engines", __doc__, measure, rounds=(15, 3), steps=(60, 20), warmup=(60, 20), compiled=(False, False))
