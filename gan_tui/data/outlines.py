"""Outlines of images: thin lines where brightness changes most, which a generator learns to turn back into the picture.

Canny's edge filter (1986, doi:10.1109/TPAMI.1986.4767851) with the smallest masks, for images of some dozens of pixels: 3 x 3 binomial
smoothing, Sobel's derivatives, and of these the pixels where the gradient is largest along its own direction. Canny's second threshold,
which follows a line into its weak parts, is left out: at these sizes lines are a dozen pixels long.
"""

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn.functional import pad

from gan_tui.data.dataset import Dataset

Mask = tuple[float, float, float]
Gradients = Callable[[Tensor], tuple[Tensor, Tensor, Tensor]]
SMOOTH, SLOPE = (0.25, 0.5, 0.25), (-0.5, 0.0, 0.5)
"""What a filter is made of, across and down."""
LUMA = (0.299, 0.587, 0.114)
"""How bright red, green and blue are: ITU-R BT.601, as Pillow's grey has it."""
LEAST = 0.04
"""The gradient, in shares of black to white a pixel, below which there is no line: noise has as much."""
PROMINENT = 0.7
"""Times the root mean square of the gradients of its image, below which there is none either: of a photograph the texture is left out."""
TIE = 1e-4
"""Gradients that differ by less are equal, whatever rounding says; of two equal ones the first counts."""
TAN = 0.41421356
"""Of 22.5 degrees: directions within it of an axis are along the axis, the others diagonal."""
CHUNK = 2000
"""Images at a time: each takes some dozens of its own size in between."""
INK = 255
"""A line; what is none is 0."""


def brightness(images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Strength, across and down, (N, 1, H, W) each, of the gradients of brightness in images, uint8 (N, C, H, W)."""
    grey = images.float().div_(255)
    if grey.shape[1] == len(LUMA):
        grey = (grey * grey.new_tensor(LUMA).view(1, -1, 1, 1)).sum(1, keepdim=True)
    grey = _filtered(grey, SMOOTH, SMOOTH)
    across, down = _filtered(grey, SMOOTH, SLOPE), _filtered(grey, SLOPE, SMOOTH)
    return (across.square() + down.square()).sqrt(), across, down


def outlines_of(images: Tensor, gradients: Gradients = brightness) -> Tensor:
    """The outlines, uint8 (N, H * W), INK or 0, of images, uint8 (N, C, H, W), of one channel or three; on the images' device.

    An image has the same outline whatever the others are. `gradients`: of what, like `brightness`.
    """
    return torch.cat([_lines(*gradients(part)) for part in images.split(CHUNK)])


def with_outlines(data: Dataset, gradients: Gradients = brightness) -> Dataset:
    """`data`, in which the networks are told the outline of each image, not its class."""
    held_out = None if data.validation is None else outlines_of(data.validation, gradients)
    labels, test_labels = outlines_of(data.images, gradients), outlines_of(data.test, gradients)
    return replace(data, labels=labels, test_labels=test_labels, validation_labels=held_out)


def _lines(strength: Tensor, across: Tensor, down: Tensor) -> Tensor:
    least = (PROMINENT * strength.square().mean((1, 2, 3), keepdim=True).sqrt()).clamp(min=LEAST)
    return ((strength > least) & _crest(strength, across, down)).flatten(1) * torch.tensor(INK, dtype=torch.uint8, device=strength.device)


def _filtered(images: Tensor, vertical: Mask, horizontal: Mask) -> Tensor:
    """(N, 1, H, W) through a mask of 3 x 3 that is a product of two; the border is repeated, so that it is no line itself."""
    framed = pad(images, (1, 1, 1, 1), mode="replicate")
    a, b, c = vertical
    framed = a * framed[:, :, :-2] + b * framed[:, :, 1:-1] + c * framed[:, :, 2:]
    a, b, c = horizontal
    return a * framed[..., :-2] + b * framed[..., 1:-1] + c * framed[..., 2:]


def _crest(strength: Tensor, across: Tensor, down: Tensor) -> Tensor:
    """Where a gradient is larger than those before and behind it in its own direction."""
    height, width = strength.shape[2:]
    framed = pad(strength, (1, 1, 1, 1))

    def moved(y: int, x: int) -> Tensor:
        return framed[:, :, 1 + y : 1 + y + height, 1 + x : 1 + x + width]

    level, upright = down.abs() < TAN * across.abs(), across.abs() < TAN * down.abs()
    falling = across * down > 0

    def neighbour(sign: int) -> Tensor:
        diagonal = torch.where(falling, moved(sign, sign), moved(sign, -sign))
        return torch.where(level, moved(0, sign), torch.where(upright, moved(sign, 0), diagonal))

    before, behind = neighbour(-1), neighbour(1)
    return (strength > before + TIE) & (strength >= behind - TIE)
