"""Distances between points, and between two sets of features: Frechet (FD), kernel (KID), density and coverage."""

import math
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from gan_tui.pixel_range import from_uint8

CELLS = 8_000_000
"""Numbers held at once, of distances or of points: 32 MB."""
KID_BLOCK = 500
"""Samples a block of the kernel distance, at least: enough for a steady estimate, and there are several of them in 2,000."""
NEIGHBOURS = 5
"""k of density and coverage, as in Naeem et al."""


def squared_distances(points: Tensor, among: Tensor) -> Iterator[tuple[int, Tensor]]:
    """(first row, squared Euclidean distances, float32 (rows, M)), until every one of the points had its row.

    Points are float (N, d), `among` is (M, d). As |a|^2 + |b|^2 - 2 a.b about the common mean, which is a matrix product; where points
    nearly coincide its rounding leaves errors of about 1e-6 times their squared distance from that mean.
    """
    centre = among.mean(0)
    points, among = points - centre, among - centre
    lengths = among.square().sum(1)
    rows = max(1, CELLS // max(1, len(among)))
    for first in range(0, len(points), rows):
        some = points[first : first + rows]
        cross = torch.addmm(lengths, some, among.T, alpha=-2)
        yield first, cross.add_(some.square().sum(1, keepdim=True)).clamp_(min=0)


def nearest(points: Tensor, among: Tensor, count: int) -> Tensor:
    """The indices in `among` of the `count` points nearest to each of `points`, the nearest first: int64 (N, count).

    `points` is float (N, d). `among` is (M, d), M >= count, float, or uint8 images, which are brought to [-1, 1] a few at a time: so a
    data set on a device needs no second copy of itself.
    """
    distances, indices = [], []
    for start, part in _chunks(among):
        floats = from_uint8(part) if part.dtype == torch.uint8 else part
        taken = min(count, len(part))
        found = [some.topk(taken, dim=1, largest=False) for _, some in squared_distances(points, floats)]
        distances.append(torch.cat([one.values for one in found]))
        indices.append(torch.cat([one.indices for one in found]) + start)
    best = torch.cat(distances, 1).topk(count, dim=1, largest=False).indices
    return torch.cat(indices, 1).gather(1, best)


def _chunks(points: Tensor) -> Iterator[tuple[int, Tensor]]:
    """(index of the first, some of the points), as many as CELLS numbers hold."""
    rows = max(1, CELLS // max(1, points.shape[1]))
    for start in range(0, len(points), rows):
        yield start, points[start : start + rows]


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


def frechet_distance(real: Moments, fake: Moments) -> float:
    """|m1 - m2|^2 + trace(C1 + C2 - 2 (C1^1/2 C2 C1^1/2)^1/2), in squared units of the features; nan where any is not finite.

    The squared 2-Wasserstein distance of two normal distributions (Dowson and Landau 1982), as FID takes it: Heusel et al. 2017,
    arXiv:1706.08500, equation 6. The inner matrix is symmetric and has the eigenvalues of C1 C2, so singular covariances,
    as N < d gives, do no harm, where a general matrix root may fail or turn complex.

    It is biased: of two sets from one distribution it reads more than 0, and the more so the smaller they are. Compare only distances of
    sets of the same sizes and network, and print beside them what real against real reads.
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


class KernelDistance(NamedTuple):
    """An estimate, and how far it may be off."""

    value: float
    standard_error: float
    """Of the mean over blocks; nan with a single block."""


def kernel_distance(real: Tensor, fake: Tensor, block: int = KID_BLOCK) -> KernelDistance:
    """KID: the unbiased squared maximum mean discrepancy under the kernel (x.y / d + 1)^3, a mean over blocks.

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


class DensityCoverage(NamedTuple):
    """Are the samples where real images are, and are they everywhere there?"""

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
