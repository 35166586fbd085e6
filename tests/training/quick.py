"""Runs that are trained in this process within a tenth of a second, on twelve images: three batches an epoch."""

import pytest
import torch

from gan_tui.data import registry
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
