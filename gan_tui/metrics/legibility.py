"""Can the samples be read? The share of which the classifier is about as sure as of real images."""

import math

import torch
from torch import Tensor

UNREADABLE_REALS = 0.05
"""The share of real images that does not pass: every data set has scrawls, and the legible share of real images is 0.95."""


def confidence(logits: Tensor) -> Tensor:
    """The largest class probability of each image, 0..1: float (N, classes) -> (N,)."""
    return logits.softmax(1).amax(1)


def legible_threshold(held_out_logits: Tensor) -> float:
    """The confidence that 95 % of real images reach which the classifier has not learned from; of logits, float (N, classes)."""
    return float(torch.quantile(confidence(held_out_logits).float(), UNREADABLE_REALS))


def legible_share(logits: Tensor, threshold: float) -> float:
    """The share, 0..1, of images with at least that confidence; nan where a logit is not finite."""
    if not logits.isfinite().all():
        return math.nan
    return int((confidence(logits) >= threshold).sum()) / len(logits)
