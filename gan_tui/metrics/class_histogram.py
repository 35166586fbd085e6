"""Which classes are there, by the classifier's word."""

import torch
from torch import Tensor


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
