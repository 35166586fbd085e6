"""Density and coverage: are the samples where real images are, and are they everywhere there?"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.metrics.neighbours import squared_distances

NEIGHBOURS = 5
"""k of Naeem et al."""


class DensityCoverage(NamedTuple):
    """Both for one set of samples."""

    density: float
    """How crowded with real images the samples' places are: about 1 for real against real; it may exceed 1."""
    coverage: float
    """The share of real images with a sample near: 1 - 2^-k, .97, for real against real of equal N."""


def radii(real: Tensor, neighbours: int = NEIGHBOURS) -> Tensor:
    """The squared distance of each real image to its k-th nearest other one: float (N, d) -> (N,).

    Raises ValueError for fewer than k + 1 samples.
    """
    if len(real) <= neighbours:
        raise ValueError(f"{neighbours} neighbours need at least {neighbours + 1} samples, not {len(real)}")
    found = []
    for first, distances in squared_distances(real, real):
        rows = torch.arange(len(distances), device=real.device)
        distances[rows, first + rows] = torch.inf
        found.append(distances.topk(neighbours, dim=1, largest=False).values[:, -1])
    return torch.cat(found)


def density_coverage(real: Tensor, real_radii: Tensor, fake: Tensor, neighbours: int = NEIGHBOURS) -> DensityCoverage:
    """Naeem et al. 2020, arXiv:2002.09797, equations 4 and 5, of features, float (N, d) and (M, d), and `radii(real)`.

    The ball around a real image reaches to its k-th nearest real neighbour. Density: balls that hold a sample, a sample, over k. Coverage:
    the share of balls that hold any sample. Both have no unit; nan where a feature is not finite.
    """
    if not (fake.isfinite().all() and real.isfinite().all()):
        return DensityCoverage(math.nan, math.nan)
    inside = 0
    covered = torch.zeros(len(real), dtype=torch.bool, device=real.device)
    for _, distances in squared_distances(fake, real):
        within = distances < real_radii
        inside += int(within.sum())
        covered |= within.any(0)
    return DensityCoverage(inside / (neighbours * len(fake)), int(covered.sum()) / len(real))
