"""GAN losses as pure functions of logits.

D's last layer gives a logit a; D(x) = sigmoid(a) is the probability that x is real. Working on logits is
the same mathematics as the tutorial's sigmoid followed by BCELoss, without its rounding near 0 and 1:
-log(sigmoid(a)) = softplus(-a) and -log(1 - sigmoid(a)) = softplus(a).
"""

import math
from collections.abc import Callable
from typing import NamedTuple

from torch import Tensor
from torch.nn.functional import softplus


class LossPair(NamedTuple):
    """What D and G minimise, and the values they take where neither can improve (D(x) = D(G(z)) = 0.5)."""

    d_loss: Callable[[Tensor, Tensor], Tensor]
    """(real logits, fake logits) -> scalar."""
    g_loss: Callable[[Tensor], Tensor]
    """(fake logits) -> scalar."""
    d_ideal: float
    g_ideal: float


def non_saturating_d_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-log D(x) - log(1 - D(G(z))), each averaged over its batch.

    Logits of any shape; a scalar >= 0 comes back. Goodfellow et al. 2014, arXiv:1406.2661, equation 1.
    """
    return softplus(-real_logits).mean() + softplus(fake_logits).mean()


def non_saturating_g_loss(fake_logits: Tensor) -> Tensor:
    """-log D(G(z)) averaged over the batch, instead of log(1 - D(G(z))), whose gradient vanishes while D wins.

    Logits of any shape; a scalar >= 0 comes back. Goodfellow et al. 2014, last paragraph of section 3.
    """
    return softplus(-fake_logits).mean()


LOSSES: dict[str, LossPair] = {
    "non-saturating": LossPair(non_saturating_d_loss, non_saturating_g_loss, d_ideal=2 * math.log(2), g_ideal=math.log(2)),
}
"""The losses by the name that `loss.name` takes."""
