"""Keeping the colours of the content: the style is taken in brightness alone.

Gatys et al. 2016, "Preserving Color in Neural Artistic Style Transfer" (arXiv:1606.05897), luminance-only transfer.
"""

import torch
from torch import Tensor

_LUMA = (0.299, 0.587, 0.114)
"""Of red, green and blue (Rec. 601)."""


def luminance(pictures: Tensor) -> Tensor:
    """The brightness of RGB (N, 3, H, W) as three equal channels."""
    shares = torch.tensor(_LUMA, device=pictures.device, dtype=pictures.dtype).view(1, 3, 1, 1)
    return (pictures * shares).sum(1, keepdim=True).expand_as(pictures).contiguous()


def matched(grey: Tensor, other: Tensor) -> Tensor:
    """`grey` with the mean and the standard deviation of `other`: else a dark painting would darken the picture."""
    return ((grey - grey.mean()) / grey.std().clamp_min(1e-4) * other.std() + other.mean()).clamp(0, 1)


def recoloured(grey: Tensor, colours: Tensor) -> Tensor:
    """The brightness of one picture and the colours of another of the same size, RGB (N, 3, H, W) in 0..1."""
    return (luminance(grey) + colours - luminance(colours)).clamp(0, 1)
