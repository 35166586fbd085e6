"""What every data set is: images as uint8 tensors, as they stay on the device."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor


@dataclass(frozen=True)
class Dataset:
    """Images to learn from, and others that are never trained on."""

    name: str
    """As `data.dataset` says it."""
    images: Tensor
    """The training set, uint8 (N, C, H, W): 0 black, 255 white."""
    unseen: Tensor
    """The test set, uint8 (M, C, H, W); of a folder, images that are held back."""
    labels: Tensor | None = None
    """The class of each training image, int64 (N,), 0 to `classes` - 1; None where nobody knows."""
    unseen_labels: Tensor | None = None
    """The same of the unseen images, int64 (M,)."""
    classes: int = 0
    """How many there are; 0 without labels."""
    notes: tuple[str, ...] = ()
    """What a person should know of how it was loaded, a line each."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of each image."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    @property
    def flat(self) -> Tensor:
        """The training set as the networks take it, uint8 (N, C * H * W)."""
        return self.images.flatten(1)

    @property
    def flat_unseen(self) -> Tensor:
        """The unseen images likewise, uint8 (M, C * H * W)."""
        return self.unseen.flatten(1)

    def to(self, device: torch.device) -> "Dataset":
        """The same on a device."""
        return replace(
            self,
            images=self.images.to(device),
            unseen=self.unseen.to(device),
            labels=None if self.labels is None else self.labels.to(device),
            unseen_labels=None if self.unseen_labels is None else self.unseen_labels.to(device),
        )
