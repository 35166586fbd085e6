"""Which classes the samples have, how sure the classifier is of them, and how much they vary within each."""

import math
from typing import NamedTuple

import torch
from torch import Tensor

UNSURE_REALS = 0.05
"""The share of real images below the confidence threshold: every data set has scrawls. The confident fraction of real images is 0.95."""
ENOUGH = 10
"""Samples of a class below which it is not asked how they vary: the worst class would be the rarest one, by chance."""


def class_histogram(logits: Tensor) -> Tensor:
    """The share of each class among the largest logits, float (N, classes) -> float64 (classes,), on the CPU; nan where a logit is."""
    if not logits.isfinite().all():
        return torch.full((logits.shape[1],), torch.nan, dtype=torch.float64)
    counts = logits.argmax(1).cpu().bincount(minlength=logits.shape[1])
    return counts.double() / len(logits)


def modes(histogram: Tensor) -> float:
    """How many classes occur at all; nan for a histogram of nan. On Stacked MNIST the number that papers give."""
    return float("nan") if histogram.isnan().any() else float((histogram > 0).sum())


def effective_classes(histogram: Tensor) -> float:
    """exp(entropy): the number of equally frequent classes that would be as varied; from 1 to the number of classes.

    Hill's number of order 1 (Hill 1973, Ecology 54). A histogram sums to 1; nan for one of nan.
    """
    return float(torch.special.entr(histogram).sum().exp())


def class_divergence(fake: Tensor, real: Tensor) -> float:
    """KL(fake || real) of two class histograms, in nats: 0 where they agree; inf where fakes have a class that no real image has.

    The direction that the count of modes in Stacked MNIST uses (Metz et al. 2017, arXiv:1611.02163, appendix): finite where fakes
    lack classes, ln(10) where all are of one of ten.
    """
    return float((torch.special.xlogy(fake, fake) - torch.special.xlogy(fake, real)).sum())


def confidence(logits: Tensor) -> Tensor:
    """The largest class probability of each image, 0..1: float (N, classes) -> (N,)."""
    return logits.softmax(1).amax(1)


def confidence_threshold(held_out_logits: Tensor) -> float:
    """The confidence that 95 % of real images reach which the classifier was not trained on; of logits, float (N, classes)."""
    return float(torch.quantile(confidence(held_out_logits).float(), UNSURE_REALS))


def confident_fraction(logits: Tensor, threshold: float) -> float:
    """The share, 0..1, of images classified with at least that confidence; nan where a logit is not finite."""
    if not logits.isfinite().all():
        return math.nan
    return int((confidence(logits) >= threshold).sum()) / len(logits)


class Diversity(NamedTuple):
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


def intra_class_diversity(real: ClassVariances, fake: ClassVariances) -> Diversity:
    """The trace of the within-class covariance of the samples over that of real images of the same classes.

    With n_c samples of class c, overall = sum n_c v_c(fake) / sum n_c v_c(real) over the classes that have ENOUGH of both; nan
    if none has, or if a feature is not finite. Classes that are missing altogether are the class histogram's business. Above 1
    the samples are scattered further than real images are, which mostly means that some are no digits.
    """
    measured = (real.images >= ENOUGH) & (fake.images >= ENOUGH)
    ratios = torch.where(measured, fake.variance / real.variance, torch.nan)
    if not measured.any() or not fake.variance.isfinite().all():
        return Diversity(math.nan, math.nan, ratios.tolist())
    weights = fake.images * measured
    overall = (weights * fake.variance).sum() / (weights * real.variance).sum()
    return Diversity(float(overall), float(ratios[measured].min()), ratios.tolist())
