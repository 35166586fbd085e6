"""What is seen of a picture: all but a hole, a small version, or all of it.

The search knows a picture by its view alone (Bora et al. 2017, arXiv:1703.03208, call it the measurements).
"""

from typing import Protocol

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui.inversion.spline import fill

Shape = tuple[int, int, int]
"""(channels, height, width) of a picture."""


class View(Protocol):
    """A function of pictures, and what can be done with its values alone."""

    hidden: Tensor
    """bool (pixels,): where a reconstruction is compared with the whole picture."""

    def see(self, pictures: Tensor) -> Tensor:
        """The values that are seen of pictures (N, pixels): float (N, values). Gradients flow to the pictures."""

    def interpolate(self, seen: Tensor) -> Tensor | None:
        """Pictures (N, pixels) made of what is seen (N, values) by interpolation; None where there is nothing to interpolate."""

    def put(self, seen: Tensor, drawn: Tensor) -> Tensor:
        """What is drawn, (N, pixels), with what is seen, (N, values), where that is known."""


class Masked:
    """All but a hole."""

    def __init__(self, hole: Tensor, shape: Shape) -> None:
        """`hole`: bool (height, width), true where a picture is hidden. Raises ValueError where all is hidden, or nothing."""
        if hole.all() or not hole.any():
            raise ValueError("the hole covers everything" if hole.all() else "the hole covers nothing")
        self._shape = shape
        self.hidden = hole.expand(shape).flatten()

    def see(self, pictures: Tensor) -> Tensor:
        return pictures[:, ~self.hidden]

    def interpolate(self, seen: Tensor) -> Tensor:
        nothing = torch.zeros(len(seen), len(self.hidden), device=seen.device)
        known = self.put(seen, nothing)
        return fill(known.view(-1, *self._shape), self.hidden.view(self._shape)[0]).clamp(0, 1).flatten(1)

    def put(self, seen: Tensor, drawn: Tensor) -> Tensor:
        whole = drawn.clone()
        whole[:, ~self.hidden] = seen
        return whole


class Small:
    """A version that is smaller by a whole factor: each of its pixels is the mean of a square."""

    def __init__(self, factor: int, shape: Shape) -> None:
        """Raises ValueError where a side is no multiple of the factor."""
        if factor < 2 or shape[1] % factor or shape[2] % factor:
            raise ValueError(f"{shape[1]} x {shape[2]} pixels cannot be divided by {factor}")
        self._factor, self._shape = factor, shape
        self.hidden = torch.ones(shape, dtype=torch.bool).flatten()

    def see(self, pictures: Tensor) -> Tensor:
        return functional.avg_pool2d(pictures.view(-1, *self._shape), self._factor).flatten(1)

    def interpolate(self, seen: Tensor) -> Tensor:
        channels, height, width = self._shape
        small = seen.view(-1, channels, height // self._factor, width // self._factor)
        return functional.interpolate(small, (height, width), mode="bicubic", align_corners=False).clamp(0, 1).flatten(1)

    def put(self, seen: Tensor, drawn: Tensor) -> Tensor:
        del seen
        return drawn


class Whole:
    """All of it."""

    def __init__(self, shape: Shape) -> None:
        self.hidden = torch.ones(shape, dtype=torch.bool).flatten()

    def see(self, pictures: Tensor) -> Tensor:
        return pictures

    def interpolate(self, seen: Tensor) -> None:
        del seen

    def put(self, seen: Tensor, drawn: Tensor) -> Tensor:
        del seen
        return drawn
