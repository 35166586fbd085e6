"""MNIST in the three parts of a live run: learned from, held out by the run, and (used by neither) an honest generator's samples."""

from typing import NamedTuple

import pytest
import torch
from torch import Tensor

from gan_tui.data import mnist
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.metrics.feature_networks import Classifier, load_classifier
from gan_tui.pixel_range import from_uint8

SAMPLES = 1_000


class Digits(NamedTuple):
    train: Tensor
    """uint8 (12000, 1, 28, 28): what is so of them is so of all, and every search for copies goes through them all."""
    held_out: Tensor
    """uint8 (5000, 1, 28, 28)"""
    fresh: Tensor
    """float (5000, 1, 28, 28) in [-1, 1]; the classifier has not learned them either."""
    fresh_labels: Tensor


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def digits() -> Digits:
    images, labels = mnist.load(train=True)
    return Digits(images[:12_000], images[50_000:55_000], from_uint8(images[55_000:]), labels[55_000:])


@pytest.fixture(scope="session")
def classifier() -> Classifier:
    return load_classifier("mnist-cnn-v1")


@pytest.fixture(scope="session")
def evaluator(classifier: Classifier, digits: Digits) -> Evaluator:
    return Evaluator(classifier, digits.train, digits.held_out, samples=SAMPLES)
