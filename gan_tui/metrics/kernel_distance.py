"""The kernel distance (KID) between two sets of features."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

BLOCK = 500
"""Samples a block, at least: enough for a steady estimate, and there are several of them in 2,000."""


class KernelDistance(NamedTuple):
    """An estimate, and how far it may be off."""

    value: float
    standard_error: float
    """Of the mean over blocks; nan with a single block."""


def kernel_distance(real: Tensor, fake: Tensor, block: int = BLOCK) -> KernelDistance:
    """The unbiased squared maximum mean discrepancy under the kernel (x.y / d + 1)^3, a mean over blocks.

    Binkowski et al. 2018, arXiv:1801.01401, section 3. Features are float (N, d) and (M, d); both are cut, in their order, into
    as many equal blocks of at least `block` as the smaller set has (where the paper draws subsets: this way it is deterministic).
    Unlike the Frechet distance it reads 0 on average, and may read less, for two sets from one distribution, however small.
    No unit; nan where a feature is not finite. Raises ValueError for fewer than two samples.
    """
    size = min(len(real), len(fake))
    if size < 2:
        raise ValueError(f"a kernel distance needs at least 2 samples of each, not {size}")
    count = max(1, size // block)
    used = count * (size // count)
    # Not every device has float64, and every CPU has.
    blocks = zip(real[:used].cpu().double().chunk(count), fake[:used].cpu().double().chunk(count), strict=True)
    values = torch.stack([_squared_discrepancy(*pair) for pair in blocks])
    if not values.isfinite().all():
        return KernelDistance(math.nan, math.nan)
    return KernelDistance(float(values.mean()), float(values.std()) / math.sqrt(count) if count > 1 else math.nan)


def _squared_discrepancy(x: Tensor, y: Tensor) -> Tensor:
    return _mean_of_others(_kernel(x, x)) + _mean_of_others(_kernel(y, y)) - 2 * _kernel(x, y).mean()


def _kernel(x: Tensor, y: Tensor) -> Tensor:
    # The cube as two products: `pow` takes eight times as long.
    base = x @ y.T / x.shape[1] + 1
    return base * base * base


def _mean_of_others(kernel: Tensor) -> Tensor:
    return (kernel.sum() - kernel.trace()) / (len(kernel) * (len(kernel) - 1))
