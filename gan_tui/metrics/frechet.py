"""The Frechet distance between two sets of features."""

import math
from typing import NamedTuple

import torch
from torch import Tensor


class Moments(NamedTuple):
    """What a normal distribution keeps of a set of features; float64, on the CPU."""

    mean: Tensor
    """(d,)"""
    covariance: Tensor
    """(d, d), unbiased."""


def moments(features: Tensor) -> Moments:
    """Mean and covariance of features, float (N, d). Raises ValueError for fewer than two samples."""
    if len(features) < 2:
        raise ValueError(f"a covariance needs at least 2 samples, not {len(features)}")
    # Not every device has float64, and every CPU has.
    exact = features.cpu().double()
    return Moments(exact.mean(0), torch.atleast_2d(exact.T.cov()))


def frechet_distance(real: Tensor, fake: Tensor) -> float:
    """The Frechet distance of two sets of features, float (N, d) and (M, d); see `frechet_distance_of_moments`.

    It is biased: of two sets from one distribution it reads more than 0, and the more so the smaller they are. Compare only distances of
    the same N, M and network, and print beside them what real against real reads. Raises ValueError for a set of fewer than two samples.
    """
    return frechet_distance_of_moments(moments(real), moments(fake))


def frechet_distance_of_moments(real: Moments, fake: Moments) -> float:
    """|m1 - m2|^2 + trace(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2), in squared units of the features; nan where any is not finite.

    The squared 2-Wasserstein distance of two normal distributions (Dowson and Landau 1982), as FID takes it: Heusel et al. 2017,
    arXiv:1706.08500, equation 6. The inner matrix is symmetric and has the eigenvalues of C1 C2, so singular covariances,
    as N < d gives, do no harm, where a general matrix root may fail or turn complex.
    """
    if not all(bool(part.isfinite().all()) for part in (*real, *fake)):
        return math.nan
    values, vectors = torch.linalg.eigh(real.covariance)
    root = vectors * values.clamp(min=0).sqrt() @ vectors.T
    product = root @ fake.covariance @ root
    # Rounding leaves eigenvalues of -1e-15 where there should be zeros.
    overlap = torch.linalg.eigvalsh((product + product.T) / 2).clamp(min=0).sqrt().sum()
    distance = (real.mean - fake.mean).square().sum() + real.covariance.trace() + fake.covariance.trace() - 2 * overlap
    return max(0.0, float(distance))
