"""Stacked MNIST: three random digits as the red, green and blue of one image, 1,000 modes that can be counted.

A benchmark for mode collapse: Metz et al. 2017, arXiv:1611.02163, section 3.3.1; Srivastava et al. 2017, arXiv:1705.07761. Which digits
meet is drawn once from a fixed seed, so that every run learns from the same images.
"""

import torch
from torch import Tensor

from gan_tui.config import Data
from gan_tui.data import mnist
from gan_tui.data.dataset import Dataset

SEED = 1000
CLASSES = 1000


def load(data: Data) -> Dataset:
    """60,000 training images of MNIST's training digits, 10,000 test images of its test digits. Raises SettingsError.

    The class of an image is the number that its digits write: 100 red + 10 green + blue.
    """
    digits = mnist.load_all(data)
    assert digits.labels is not None
    assert digits.test_labels is not None
    images, labels = stack(digits.images, digits.labels, seed=SEED)
    test, test_labels = stack(digits.test, digits.test_labels, seed=SEED + 1)
    return Dataset(data.dataset, images, test, labels, test_labels, CLASSES, digest=f"stacked-{digits.digest}")


def stack(digits: Tensor, labels: Tensor, seed: int) -> tuple[Tensor, Tensor]:
    """As many stacks as there are digits, uint8 (N, 1, H, W) to (N, 3, H, W), and their classes, int64 (N,).

    Each channel goes through all digits in an order of its own, so that every digit is used three times.
    """
    generator = torch.Generator().manual_seed(seed)
    orders = [torch.randperm(len(digits), generator=generator) for _ in range(3)]
    red, green, blue = (labels[order] for order in orders)
    return torch.cat([digits[order] for order in orders], 1), 100 * red + 10 * green + blue
