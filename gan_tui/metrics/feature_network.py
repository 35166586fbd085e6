"""What every feature network offers: images in, features and, from a classifier, class logits out."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_tui.metrics.class_histogram import class_histogram
from gan_tui.metrics.full_precision import full_precision

CHUNK = 250
"""Images a pass. Larger chunks fall out of a core's cache and are slower there, and no faster on a GPU worth naming."""


class Features(NamedTuple):
    """What a network sees in N images."""

    features: Tensor
    """float32 (N, feature_size)."""
    logits: Tensor | None
    """float32 (N, classes); None from a network that knows no classes."""


def join(parts: Sequence[Features]) -> Features:
    """The features of all parts, in their order, as one."""
    logits = [part.logits for part in parts if part.logits is not None]
    return Features(torch.cat([part.features for part in parts]), torch.cat(logits) if logits else None)


class FeatureNetwork(nn.Module):
    """A frozen network. Its name is part of every number taken in its features: they compare with no other network's."""

    def __init__(self, name: str, image_shape: tuple[int, int, int], feature_size: int, classes: int | None) -> None:
        super().__init__()
        self.name = name
        self.image_shape = image_shape
        self.feature_size = feature_size
        self.classes = classes

    def look(self, images: Tensor) -> Features:
        """One pass over images, float32 (N, *image_shape) in [-1, 1]; what a subclass computes."""
        raise NotImplementedError

    def real_shares(self, logits: Tensor) -> Tensor:
        """The share of each class in the data set, float64 (classes,), from the logits of some of its images, float (N, classes)."""
        return class_histogram(logits)

    @full_precision()
    @torch.no_grad()
    def forward(self, images: Tensor) -> Features:
        """The features of any number of images, float (N, *image_shape) in [-1, 1], on the network's device.

        Memory is bounded: CHUNK images pass at a time. Raises ValueError for images of another shape or type.
        """
        if tuple(images.shape[1:]) != self.image_shape or not images.is_floating_point():
            wanted = "(N, {}, {}, {})".format(*self.image_shape)
            raise ValueError(f"{self.name} takes float images {wanted}, these are {images.dtype} {tuple(images.shape)}")
        return join([self.look(chunk.float()) for chunk in images.split(CHUNK)])
