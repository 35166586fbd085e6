"""Does the generator copy the training set?

A generated image that lies near a training image proves nothing: a plain "1" lies near thousands. A copy gives itself away by being much
nearer to *one* training image than to any other. So each image gets the ratio of its distances to the nearest and to the second
nearest training image (Yoon et al. 2023, "Diffusion probabilistic models generalize when they fail to memorize", who call a
third a copy), and the ratio that counts as a copy is where real images that were held out begin to be rare: an honest
generator reads about NOMINAL, one that replays the training set reads about 1. Neither blur, nor collapse to a plain
digit, reads as copying, as it would if the distance itself were compared (Meehan et al. 2020, arXiv:2004.05675, compare it
within cells of the space for the same reason, and need far more samples).
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from gan_tui.metrics.neighbours import two_nearest

NOMINAL = 0.01
"""The share of held-out real images that counts as copies."""
SIDE = 14
"""Pixels a side at which images are compared: half of MNIST's keeps who is nearest, at a quarter of the cost."""


def thumbnails(images: Tensor) -> Tensor:
    """Float images (N, C, H, W), averaged down to 14 x 14 and flattened: (N, C * 196)."""
    height, width = images.shape[2:]
    if height % SIDE == 0 and width % SIDE == 0:
        return adaptive_avg_pool2d(images, SIDE).flatten(1)
    # Apple GPUs have no kernel for sizes that do not divide, so these are averaged by two matrix products, on all devices.
    return (_averages(height).to(images) @ images @ _averages(width).to(images).T).flatten(1)


def _averages(size: int) -> Tensor:
    """(14, size): row i is the mean over the pixels that adaptive pooling takes for its i-th output, neighbours overlapping."""
    weights = torch.zeros(SIDE, size)
    for row in range(SIDE):
        first, end = row * size // SIDE, -(-(row + 1) * size // SIDE)
        weights[row, first:end] = 1 / (end - first)
    return weights


def nearness(images: Tensor, train: Tensor) -> Tensor:
    """Distance to the nearest over distance to the second nearest training image, 0 (a copy) .. 1: float (N,).

    Both are thumbnails, (N, d) and (M, d), M >= 2.
    """
    pairs = train[two_nearest(images, train)]
    # Taken again without the rounding of the matrix product, which would blur just the small distances.
    near, next_near = (pairs - images[:, None]).norm(dim=2).unbind(1)
    # Of two training images that are the same, a copy is at distance 0 from both.
    return torch.where(near == 0, 0.0, near / next_near)


def copy_threshold(held_out_nearness: Tensor) -> float:
    """The nearness below which NOMINAL of the held-out real images lie; of their `nearness`, float (N,)."""
    return float(torch.quantile(held_out_nearness.float(), NOMINAL))


def copy_share(images: Tensor, train: Tensor, threshold: float) -> float:
    """The share, 0..1, of images nearer to one training image than the threshold; of thumbnails. Nan where one is not finite."""
    if not images.isfinite().all():
        return math.nan
    return int((nearness(images, train) < threshold).sum()) / len(images)
