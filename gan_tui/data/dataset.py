"""What every data set is: images as uint8 tensors, as they stay on the device."""

import hashlib
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor

LEAST_DIVIDED = 10_000
"""Training images from which on some may be held out for validation."""
SEED = 5


@dataclass(frozen=True)
class Dataset:
    """Images to learn from, and others that are never trained on."""

    name: str
    """As `data.dataset` says it."""
    images: Tensor
    """The training set, uint8 (N, C, H, W): 0 black, 255 white."""
    test: Tensor
    """The test set, uint8 (M, C, H, W); of a folder, images that are held back."""
    labels: Tensor | None = None
    """The class of each training image, int64 (N,), 0 to `classes` - 1; None where they are unknown."""
    test_labels: Tensor | None = None
    """The same of the test images, int64 (M,)."""
    classes: int = 0
    """How many there are; 0 without labels."""
    clusters: int = 0
    """Groups of alike images whose numbers the labels are, in place of classes; 0: they are classes."""
    class_names: tuple[str, ...] = ()
    """Of a folder whose classes were asked for; empty of any other data set, whose classes settings know."""
    validation: Tensor | None = None
    """Training images that are not trained on, uint8 (K, C, H, W): by them a run is measured while it trains. None: none are held out."""
    validation_labels: Tensor | None = None
    """The same of these, int64 (K,)."""
    notes: tuple[str, ...] = ()
    """What a person should know of how it was loaded, a line each."""
    details: tuple[str, ...] = ()
    """Lines for the log alone: every name that was left out."""
    digest: str = ""
    """Of the files it was made of: another one is other data. Empty where none was taken."""
    former_digest: str = ""
    """What older checkpoints have in its place; empty where it is the same."""
    fault: str = ""
    """Why nothing can be learned from it, in a few words; empty where that cannot be said."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """(channels, height, width) of each image."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    @property
    def identity(self) -> str:
        """Of its files, and where groups are told of those: they are found by each process for itself."""
        groups = hashlib.sha256(self.labels.cpu().numpy().tobytes()).hexdigest() if self.clusters and self.labels is not None else ""
        return self.digest + groups

    def was(self, digest: str) -> bool:
        """Are these the data that a checkpoint with this digest has learned from? Also where one of them has none."""
        return not digest or not self.digest or digest in (self.digest, self.former_digest)

    @property
    def label_count(self) -> int:
        """How many labels there are."""
        return self.clusters or self.classes

    @property
    def flat(self) -> Tensor:
        """The training set as the networks take it, uint8 (N, C * H * W)."""
        return self.images.flatten(1)

    @property
    def flat_test(self) -> Tensor:
        """The test images likewise, uint8 (M, C * H * W)."""
        return self.test.flatten(1)

    @property
    def flat_held_out(self) -> Tensor:
        """Real images that a running run is measured by, uint8 (K, C * H * W): the validation images; without any, the test images."""
        return (self.test if self.validation is None else self.validation).flatten(1)

    @property
    def held_out_labels(self) -> Tensor | None:
        """Their classes, int64 (K,)."""
        return self.test_labels if self.validation is None else self.validation_labels

    def split_validation(self, count: int) -> "Dataset":
        """`count` training images become validation images; a tenth of them at most, and none of fewer than 10,000.

        So few would choose a checkpoint by chance, and are better spent on training. They are always the same ones, drawn at
        random: the last 5,000 of MNIST were written by other people than the rest, and no generator comes as near to them.
        """
        most = len(self.images) // 10 if len(self.images) >= LEAST_DIVIDED else 0
        notes = self.notes
        if count > most:
            here, asked = f"{len(self.images):,} images", f"(data.validation = {count:,})"
            notes += (
                f"of {here} {most:,} are kept out for validation, a tenth {asked}"
                if most
                else f"{here} are too few to keep some out for validation {asked}: best.pt is chosen by training images",
            )
        if not min(count, most):
            return replace(self, notes=notes)
        order = torch.randperm(len(self.images), generator=torch.Generator().manual_seed(SEED))
        held_out, trained_on = order[: min(count, most)], order[min(count, most) :].sort().values
        return replace(
            self,
            images=self.images[trained_on],
            labels=None if self.labels is None else self.labels[trained_on],
            validation=self.images[held_out],
            validation_labels=None if self.labels is None else self.labels[held_out],
            notes=notes,
        )

    def without_labels(self) -> "Dataset":
        """The same without its classes."""
        return replace(self, labels=None, test_labels=None, validation_labels=None)

    def to(self, device: torch.device) -> "Dataset":
        """The same on a device."""
        moved: dict[str, Any] = {}
        for name in (field.name for field in fields(self)):
            if isinstance(value := getattr(self, name), Tensor):
                moved[name] = value.to(device)
        return replace(self, **moved)
