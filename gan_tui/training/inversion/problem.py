"""Everything of a search that does not change: what is seen of which pictures, the truth, and what can be done without G."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_tui.config import Purpose
from gan_tui.inversion import references
from gan_tui.inversion.views import View

NEAREST, MEAN, BICUBIC = "nearest", "mean", "bicubic"


@dataclass(frozen=True)
class Problem:
    """N pictures."""

    purpose: Purpose
    view: View
    seen: Tensor
    """What is seen of each, float (N, values) in [0, 1]."""
    seen_as: Tensor
    """The same as pictures, (N, pixels)."""
    truth: Tensor | None
    """The whole pictures, (N, pixels); None where they are not known."""
    references: Mapping[str, Tensor]
    """What can be done without G, (N, pixels): by the nearest training image, the mean of all, interpolation. Those that there are."""
    names: tuple[str, ...]
    labels: Tensor | None = None
    """The class of each, int64 (N,), where it is known."""
    held_out: bool = False
    """Are they images of the data set? What a person's own picture has where it is to be repaired may be the damage."""

    @property
    def doubtful(self) -> bool:
        """May the truth be what is to be repaired?"""
        return self.purpose == "repair" and not self.held_out

    @property
    def count(self) -> int:
        return len(self.seen)

    def put(self, drawn: Tensor, places: range) -> Tensor:
        """What is drawn of those pictures, with what is seen of them where that is known."""
        return self.view.put(self.seen[places.start : places.stop], drawn)

    def errors(self, drawn: Tensor, places: range | None = None) -> Tensor | None:
        """Of those pictures (of all), the mean squared difference where they were hidden, (n,); None without a truth."""
        if self.truth is None:
            return None
        truth = self.truth if places is None else self.truth[places.start : places.stop]
        return references.squared_errors(self.view, drawn, truth)

    def psnrs(self, drawn: Tensor, places: range) -> dict[str, float]:
        """PSNR of what is drawn of those pictures, and of the references for the same, by the names of the metrics."""
        own = self.errors(drawn, places)
        if own is None:
            return {}
        found = {"psnr": references.psnr(own)}
        for name, pictures in self.references.items():
            other = self.errors(pictures[places.start : places.stop], places)
            assert other is not None
            found[f"psnr_{name}"] = references.psnr(other)
        return found


def references_of(view: View, seen: Tensor, images: Tensor | None) -> dict[str, Tensor]:
    """What can be done without G. `images`: the training set, uint8 (M, pixels), where it is at hand."""
    found: dict[str, Tensor] = {}
    if images is not None:
        found[NEAREST] = view.put(seen, references.nearest_images(view, seen, images))
        found[MEAN] = view.put(seen, references.mean_image(images).expand(len(seen), -1))
    if (interpolated := view.interpolate(seen)) is not None:
        found[BICUBIC] = interpolated
    return found


def ranks(errors: Tensor) -> list[int]:
    """Places in the order of their errors, the worst first."""
    return torch.argsort(errors, descending=True, stable=True).tolist()


def evenly(order: list[int], most: int) -> list[int]:
    """At most `most` (2 and more) of them at equal distances, the first and the last always among them."""
    shown = min(most, len(order))
    return [order[place * (len(order) - 1) // max(1, shown - 1)] for place in range(shown)]
