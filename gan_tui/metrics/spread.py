"""Do samples vary within a class? Ten digits may all be there, each always the same one."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

ENOUGH = 10
"""Samples of a class below which it is not asked how they vary: the worst class would be the rarest one, by chance."""


class Spread(NamedTuple):
    """Variance within classes against that of real images: 1 is as varied, 0 is one image repeated."""

    overall: float
    """All classes together, each weighing by its number of samples."""
    worst: float
    """The least varied class."""
    per_class: list[float]
    """nan for a class with too few samples, real or generated."""


class ClassVariances(NamedTuple):
    """How the images of each class vary; float64, on the CPU."""

    variance: Tensor
    """(classes,) the trace of the class's covariance, unbiased; 0 where it has fewer than two images."""
    images: Tensor
    """(classes,) how many are in it, int64."""


def class_variances(features: Tensor, classes: Tensor, count: int) -> ClassVariances:
    """Of features, float (N, d), and the class of each, int64 (N,) in 0..count-1."""
    members = torch.nn.functional.one_hot(classes.cpu(), count).double()
    exact = features.cpu().double()
    sizes = members.sum(0)
    means = members.T @ exact / sizes.clamp(min=1)[:, None]
    squares = members.T @ (exact - means[classes.cpu()]).square().sum(1)
    return ClassVariances(squares / (sizes - 1).clamp(min=1), sizes.long())


def spread(real: ClassVariances, fake: ClassVariances) -> Spread:
    """The trace of the within-class covariance of the samples over that of real images of the same classes.

    With n_c samples of class c, overall = sum n_c v_c(fake) / sum n_c v_c(real) over the classes that have ENOUGH of both; nan
    if none has, or if a feature is not finite. Classes that are missing altogether are the class histogram's business. Above 1
    the samples are scattered further than real images are, which mostly means that some are no digits.
    """
    measured = (real.images >= ENOUGH) & (fake.images >= ENOUGH)
    ratios = torch.where(measured, fake.variance / real.variance, torch.nan)
    if not measured.any() or not fake.variance.isfinite().all():
        return Spread(math.nan, math.nan, ratios.tolist())
    weights = fake.images * measured
    overall = (weights * fake.variance).sum() / (weights * real.variance).sum()
    return Spread(float(overall), float(ratios[measured].min()), ratios.tolist())
