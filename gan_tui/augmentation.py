"""Augmentation that gradients go through: D sees real and generated images moved, covered and tinted, so that few images last longer.

DiffAugment: Zhao et al. 2020, arXiv:2006.10738. With a probability that is steered: ADA, Karras et al. 2020, arXiv:2006.06676, of which
this has the control and not the eighteen transformations. What steers is how far D ranks images that it is trained on above real ones
that it is not (their r_v, in ranks, which mean the same under every loss). Only what D is trained on passes here, and the held-out images
beside it: samples and scores never do.
"""

from dataclasses import dataclass, field

import torch
from torch import Tensor

NUMBERS = 10
"""Random numbers that an image takes."""
SETS = 4
"""Sets of them in a step: real and generated images for D, then generated and real ones for G."""
SHIFT = 1 / 8
"""Of height and width, rounded to pixels, by which an image is moved at most."""
COVERED = 1 / 2
"""Of height and width, that the covered square has."""
TARGET = 0.6
"""P(D(training image) > D(held-out image)): 0.5 while D does not overfit, 1 where it knows every training image. Above, more is done."""
INTERVAL = 4
"""Steps between two changes of the probability."""
SMOOTHING = 0.1
"""What a new reading counts in the mean of them."""
RAMP_IMAGES = 100_000
"""Images over which it goes from 0 to 1. The paper has 500,000, for longer runs."""


def diff_augment(images: Tensor, numbers: Tensor, shape: tuple[int, int, int], probability: Tensor) -> Tensor:
    """Images (B, pixels) in [-1, 1], tinted, moved and covered, each with `probability`, a scalar; of the same shape.

    numbers: uniform in [0, 1], (B, NUMBERS). What is moved in, or covers, is 0: mid-grey. `shape`: (channels, height, width).
    """
    x, n = images.view(-1, *shape), numbers[:, :, None, None, None]
    colour, move, cover = (n[:, index] < probability for index in range(3))
    x = _tinted(x, n, colour)
    x = _moved(x, numbers, move[:, 0, 0, 0])
    return _covered(x, numbers, cover).flatten(1)


def _tinted(x: Tensor, n: Tensor, on: Tensor) -> Tensor:
    """Brightness by -0.5 to 0.5, saturation to 0 to 2 times, contrast to 0.5 to 1.5 times."""
    strength = on.to(x.dtype)
    x = x + (n[:, 3] - 0.5) * strength
    grey, mean = x.mean(1, keepdim=True), x.mean((1, 2, 3), keepdim=True)
    x = grey + (x - grey) * (1 + (2 * n[:, 4] - 1) * strength)
    return mean + (x - mean) * (1 + (n[:, 5] - 0.5) * strength)


def _moved(x: Tensor, numbers: Tensor, on: Tensor) -> Tensor:
    """By whole pixels, each distance as often as any other, none among them."""
    count, channels, height, width = x.shape
    device = x.device
    most = [int(side * SHIFT + 0.5) for side in (height, width)]
    drawn = [((2 * numbers[:, 6 + axis] - 1) * (far + 0.5)).round().clamp(-far, far) for axis, far in enumerate(most)]
    down, right = (distance.long() * on for distance in drawn)
    rows, columns = torch.arange(height, device=device) - down[:, None], torch.arange(width, device=device) - right[:, None]
    inside = ((rows >= 0) & (rows < height))[:, None, :, None] & ((columns >= 0) & (columns < width))[:, None, None, :]
    images, channel = torch.arange(count, device=device)[:, None, None, None], torch.arange(channels, device=device)[None, :, None, None]
    picked = x[images, channel, rows.clamp(0, height - 1)[:, None, :, None], columns.clamp(0, width - 1)[:, None, None, :]]
    return picked * inside


def _covered(x: Tensor, numbers: Tensor, on: Tensor) -> Tensor:
    """A square, which may reach beyond the edge."""
    height, width = x.shape[2:]
    hidden = []
    for index, side in ((8, height), (9, width)):
        middle, half = numbers[:, index, None] * side, side * COVERED / 2
        place = torch.arange(side, device=x.device) + 0.5
        hidden.append((place - middle).abs() < half)
    square = hidden[0][:, None, :, None] & hidden[1][:, None, None, :] & on
    return x * ~square


@dataclass(frozen=True)
class Augmentation:
    """What a run does to the images that D sees."""

    shape: tuple[int, int, int]
    """(channels, height, width)."""
    adaptive: bool
    """Is the probability steered? Else it is 1."""
    state: Tensor = field(default_factory=lambda: torch.tensor([0.0, 0.5]))
    """Probability, and the mean of what it was last steered by; float32 (2,) on the device, and in checkpoints."""

    def __call__(self, images: Tensor, numbers: Tensor) -> Tensor:
        """See `diff_augment`."""
        return diff_augment(images, numbers, self.shape, self.state[0].clone())

    @torch.no_grad()
    def steer(self, overfitting: Tensor, images: int) -> None:
        """Every INTERVAL steps: up where D knows its images too well, else down.

        overfitting: P(D(training image) > D(held-out image)), a scalar. images: those that a step trains D on.
        """
        self.state[0] = (self.state[0] + (overfitting - TARGET).sign() * (INTERVAL * images / RAMP_IMAGES)).clamp(0, 1)
        self.state[1].lerp_(overfitting, SMOOTHING)


def make(how: str, shape: tuple[int, int, int], device: torch.device) -> Augmentation | None:
    """What `train.augment` means; None where D sees images as they are: `auto` is resolved before (training/few_images.py)."""
    if how in ("auto", "none"):
        return None
    return Augmentation(shape, how == "ada", torch.tensor([float(how == "diffaugment"), 0.5], device=device))
