"""Runs that are trained in this process within a tenth of a second, on twelve images: three batches an epoch."""

from collections.abc import Callable
from functools import cache, partial

import pytest
import torch
from torch import Tensor

from gan_tui.data import mnist, registry
from gan_tui.data.dataset import Dataset

QUICK = {
    "train.batch_size": 4,
    "train.epochs": 2,
    "train.threads": 1,
    "model.hidden": 8,
    "samples.count": 4,
    "samples.columns": 2,
    "evaluation.budget": 0,
}


def give_few_images(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever data set is asked for."""
    images = torch.arange(12 * 784, dtype=torch.float32).remainder(251).to(torch.uint8).view(12, 1, 28, 28)
    classes = torch.arange(12) % 10
    monkeypatch.setattr(registry, "load", lambda *_, **__: Dataset("mnist", images, images, classes, classes, 10))


def give_few_digits(monkeypatch: pytest.MonkeyPatch, count: int = 1500) -> None:
    """So many of MNIST's in each half: what is made of all of them takes seconds."""
    monkeypatch.setattr(mnist, "load", partial(_few_digits, count, mnist.load))


@cache
def _few_digits(count: int, load: Callable[..., tuple[Tensor, Tensor]], *, train: bool = True) -> tuple[Tensor, Tensor]:
    images, labels = load(train=train)
    return images[:count].clone(), labels[:count].clone()
