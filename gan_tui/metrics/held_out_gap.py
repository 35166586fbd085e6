"""Does D remember its training images, rather than know what real ones look like?"""

from typing import NamedTuple

from torch import Tensor

from gan_tui.metrics.auc import auc


class HeldOutGap(NamedTuple):
    """D on images it trained on against D on real images it never saw."""

    difference: float
    """Mean logit on training images less mean logit on held-out ones; about 0 while D does not overfit, and growing when it does."""
    auc: float
    """P(D(training image) > D(held-out image)): 0.5 while D does not overfit, 1 when it knows every training image."""


def held_out_gap(train_logits: Tensor, held_out_logits: Tensor) -> HeldOutGap:
    """Of D's logits, float tensors of any shape. Raises ValueError for an empty set; nan logits give nan.

    The overfitting that adaptive augmentation watches (Karras et al. 2020, arXiv:2006.06676, section 3.1), in logits and in ranks: ranks
    mean the same under every loss, logits have the loss's own scale.
    """
    difference = train_logits.cpu().double().mean() - held_out_logits.cpu().double().mean()
    return HeldOutGap(float(difference), auc(train_logits, held_out_logits))
