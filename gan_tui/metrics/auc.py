"""How well one number tells two sets apart."""

import math

import torch
from torch import Tensor


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
