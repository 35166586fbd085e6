"""Networks that are told a class: G which one to draw, D which one it is said to be. All networks are called `(z, y)` or `(x, y)`."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

EMBEDDING = 64
"""Numbers that say a class to G."""

_PARTS = ({"core", "embed"}, {"features", "head", "embed"})
"""Of which G and D consist where they are told a class: the first words of their weights' names."""


class ConditionalGenerator(nn.Module):
    """The class, as a learned vector, is a part of the latent: Mirza and Osindero 2014, arXiv:1411.1784."""

    def __init__(self, core: nn.Sequential, classes: int) -> None:
        """`core`: latents (B, latent_dim + EMBEDDING) to images (B, pixels)."""
        super().__init__()
        self.core = core
        self.embed = nn.Embedding(classes, EMBEDDING)
        nn.init.normal_(self.embed.weight, 0, EMBEDDING**-0.5)  # of length 1, as a one-hot class: as long as z, it would drown z

    def forward(self, z: Tensor, y: Tensor) -> Tensor:
        """Latents (B, latent_dim) and classes, int64 (B,), to images (B, pixels) in [-1, 1]."""
        images: Tensor = self.core(torch.cat([z, self.embed(y)], 1))
        return images


class ConditionalDiscriminator(nn.Module):
    """The projection discriminator: logit = head(f) + <class vector, f> for the features f of the image.

    Miyato and Koyama 2018, arXiv:1802.05637.
    """

    def __init__(self, core: nn.Sequential, classes: int) -> None:
        """`core`: images (B, pixels) to logits (B, 1), ending in a fully connected layer."""
        super().__init__()
        head = core[-1]
        assert isinstance(head, nn.Linear)
        self.features, self.head = core[:-1], head
        self.embed = nn.Embedding(classes, head.in_features)
        nn.init.normal_(self.embed.weight, 0, head.in_features**-0.5)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Images (B, pixels) and classes, int64 (B,), to logits (B, 1): how real each image is as one of its class."""
        features = self.features(x)
        logits: Tensor = self.head(features) + (self.embed(y) * features).sum(1, keepdim=True)
        return logits


def is_told(names: Iterable[str]) -> bool:
    """By the names of a network's weights: is it one of these?"""
    return {name.partition(".")[0] for name in names} in _PARTS


def renamed(weights: Mapping[str, Tensor], own: Iterable[str]) -> Mapping[str, Tensor]:
    """The weights of a network as they are called in one like it, whose weights are named `own`, of which only one is told a class."""
    own = list(own)
    if is_told(own) == is_told(weights):
        return weights
    told, other = (own, weights) if is_told(own) else (weights, own)
    first = [name.partition(".")[0] for name in other]
    if not all(map(str.isdecimal, first)):  # no layers one after the other: networks of somebody's own
        return weights
    last = max(first, key=int, default="")
    body = "features" if any(name.startswith("head.") for name in told) else "core"
    names = {}
    for name in other:
        layer, _, rest = name.partition(".")
        names[name] = f"head.{rest}" if body == "features" and layer == last else f"{body}.{name}"
    if told is own:
        return {names[name]: value for name, value in weights.items()}
    return {name: weights[known] for name, known in names.items() if known in weights}
