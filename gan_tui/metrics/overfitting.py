"""Does D remember its training images, and does G copy them?

A generated image that lies near a training image proves nothing: a plain "1" lies near thousands. A copy gives itself away by being much
nearer to *one* training image than to any other. So each image gets the ratio of its distances to the nearest and to the second
nearest training image (Yoon et al. 2023, "Diffusion probabilistic models generalize when they fail to memorize", who call a
third a copy), and the ratio that counts as a copy is where real images that were held out begin to be rare: an honest
generator reads about NOMINAL, one that replays the training set reads about 1. Neither blur, nor collapse to a plain
digit, reads as copying, as it would if the distance itself were compared (Meehan et al. 2020, arXiv:2004.05675, compare it
within cells of the space for the same reason, and need far more samples).
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

from gan_tui.metrics.distances import nearest

NOMINAL = 0.01
"""The share of held-out real images that counts as copies."""
SIDE = 14
"""Pixels a side at which images are compared: half of MNIST's keeps who is nearest, at a quarter of the cost."""


def auc(higher: Tensor, lower: Tensor) -> float:
    """P(a > b) + P(a = b) / 2 for a drawn from `higher` and b from `lower`, float tensors of any shape and size.

    0.5: the numbers do not tell the sets apart; 1: every a exceeds every b. It is the area under the ROC curve and, times N M, the
    U of Mann and Whitney 1947. Infinite numbers are ordered like others; nan in either set gives nan. Raises ValueError for an
    empty set. With D's logits of real and of generated images it says whether D can rank them, whatever its loss.
    """
    if not higher.numel() or not lower.numel():
        raise ValueError("an empty set cannot be ranked against another")
    a, b = higher.flatten().cpu(), lower.flatten().cpu().sort().values
    if a.isnan().any() or b.isnan().any():
        return math.nan
    below, not_above = torch.searchsorted(b, a), torch.searchsorted(b, a, right=True)
    return float((below + not_above).double().mean()) / (2 * len(b))


class HeldOutGap(NamedTuple):
    """D on images it trained on against D on real images it never saw."""

    difference: float
    """Mean logit on training images less mean logit on held-out ones; about 0 while D does not overfit, and growing when it does."""
    auc: float
    """P(D(training image) > D(held-out image)): 0.5 while D does not overfit, 1 when it knows every training image."""


def held_out_gap(train_logits: Tensor, held_out_logits: Tensor) -> HeldOutGap:
    """Of D's logits, float tensors of any shape. Raises ValueError for an empty set; nan logits give nan.

    The overfitting that adaptive augmentation watches (Karras et al. 2020, arXiv:2006.06676, section 3.1), in logits and in ranks: ranks
    mean the same under every loss, logits have the loss's own scale.
    """
    difference = train_logits.cpu().double().mean() - held_out_logits.cpu().double().mean()
    return HeldOutGap(float(difference), auc(train_logits, held_out_logits))


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


def nn_distance_ratio(images: Tensor, train: Tensor) -> Tensor:
    """Distance to the nearest over distance to the second nearest training image, 0 (a copy) .. 1: float (N,).

    Both are thumbnails, (N, d) and (M, d), M >= 2.
    """
    pairs = train[nearest(images, train, 2)]
    # Taken again without the rounding of the matrix product, which would blur just the small distances.
    near, next_near = (pairs - images[:, None]).norm(dim=2).unbind(1)
    # Of two training images that are the same, a copy is at distance 0 from both.
    return torch.where(near == 0, 0.0, near / next_near)


def copy_threshold(held_out_ratios: Tensor) -> float:
    """The ratio below which NOMINAL of the held-out real images lie; of their `nn_distance_ratio`, float (N,)."""
    return float(torch.quantile(held_out_ratios.float(), NOMINAL))


def copy_share(images: Tensor, train: Tensor, threshold: float) -> float:
    """The share, 0..1, of images nearer to one training image than the threshold; of thumbnails. Nan where one is not finite."""
    if not images.isfinite().all():
        return math.nan
    return int((nn_distance_ratio(images, train) < threshold).sum()) / len(images)
