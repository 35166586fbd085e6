"""D's logits of real images and of samples as two histograms over one range."""

import torch
from torch import Tensor

from gan_tui.run.inside import Logits

BINS = 24
TAIL = 0.005
"""Of the logits at each end, for which the range is not made wider: one that is far away would leave all others in one bin."""
NARROWEST = 1e-4
"""Width of the range, as a share of its values, below which they count as equal."""


def logit_histograms(real: Tensor, generated: Tensor) -> Logits | None:
    """Of logits, any shape. What is not finite is left out; None where nothing is left of one of them."""
    both = [logits.detach().double().flatten().cpu() for logits in (real, generated)]
    both = [logits[logits.isfinite()] for logits in both]
    if not all(map(len, both)):
        return None
    ends = torch.stack([logits.quantile(torch.tensor([TAIL, 1 - TAIL], dtype=logits.dtype)) for logits in both])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    if high - low < NARROWEST * max(1.0, abs(low), abs(high)):
        margin = max(1.0, abs(low), abs(high)) / 2
        low, high = low - margin, high + margin
    low, high = float(f"{low:.6g}"), float(f"{high:.6g}")
    return Logits(low, high, *(_counts(logits, low, high) for logits in both))


def _counts(logits: Tensor, low: float, high: float) -> tuple[int, ...]:
    """How many are in each bin; what lies beyond is in the outermost."""
    places = ((logits - low) / (high - low) * BINS).clamp(0, BINS - 1).long()
    return tuple(torch.bincount(places, minlength=BINS).tolist())
