"""How far a picture is from a content and from a style, as pure functions of feature maps.

Gatys et al. 2016 compare the *content* by the feature maps themselves, place by place, and the *style* by their Gram matrices, in which
no place is left. Both are here shares of what they are compared with, so that a weight means the same at every size, in every layer and for
every picture: 0 is equal, and 1 is as far away as a picture in which the layer sees nothing at all.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor


def content_distance(features: Tensor, target: Tensor) -> Tensor:
    """Mean squared difference of two stacks of feature maps, over the mean square of `target`. Shapes (N, C, H, W); a scalar comes back."""
    features, target = features.float(), target.float()
    return (features - target).square().mean() / target.square().mean().clamp_min(1e-12)


def gram_matrix(features: Tensor) -> Tensor:
    """How strongly each two maps are active at the same places: (N, C, H, W) to (N, C, C), the mean over the places.

    The mean (Johnson et al. 2016), not the sum: pictures of different sizes are to be compared.
    """
    gram: Tensor = _GramMatrix.apply(features)
    return gram


class _GramMatrix(torch.autograd.Function):
    """`gram_matrix` for maps that lie channels last, as those of features.py do: its gradient does too.

    A Gram matrix is symmetric, so the gradient is one matrix product and not the two that autograd would make of it; together a third of
    the time of a step. Maps in bfloat16 are multiplied in it, and the matrix is float32.
    """

    @staticmethod
    def forward(ctx: Any, features: Tensor) -> Tensor:
        ctx.save_for_backward(features)
        places = _by_place(features)
        return (places.transpose(1, 2) @ places).float() / places.shape[1]

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        (features,) = ctx.saved_tensors
        (gradient,) = gradients
        places = _by_place(features)
        both = (gradient + gradient.transpose(1, 2)) / places.shape[1]
        count, channels, height, width = features.shape
        return (places @ both.to(features.dtype)).view(count, height, width, channels).permute(0, 3, 1, 2)


def _by_place(features: Tensor) -> Tensor:
    """(N, C, H, W) as (N, H W, C)."""
    return features.permute(0, 2, 3, 1).flatten(1, 2)


def style_distance(gram: Tensor, target: Tensor) -> Tensor:
    """Squared difference of two Gram matrices over the square of `target`. Shapes (N, C, C); a scalar comes back."""
    return (gram - target).square().sum() / target.square().sum().clamp_min(1e-12)


def total_variation(pictures: Tensor) -> Tensor:
    """Mean squared difference of neighbouring pixels, (N, C, H, W) in 0..1: how grainy it is. A scalar comes back."""
    down = (pictures[..., 1:, :] - pictures[..., :-1, :]).square().mean()
    across = (pictures[..., 1:] - pictures[..., :-1]).square().mean()
    return down + across


def mixed(grams: Sequence[Mapping[str, Tensor]], weights: Sequence[float]) -> dict[str, Tensor]:
    """The Gram matrices of several styles as one style: their mean by `weights`, layer by layer.

    The weights may have any sum above 0. Raises ValueError where they have not, or one of them is negative.
    """
    total = sum(weights)
    if min(weights) < 0 or not total > 0:
        raise ValueError("weights of styles are 0 or more, and not all 0")
    return {
        layer: torch.stack([gram[layer] * (weight / total) for gram, weight in zip(grams, weights, strict=True)]).sum(0)
        for layer in grams[0]
    }
