"""What anybody could do without the search, and how near a reconstruction comes to the truth."""

import math

import torch
from torch import Tensor

from gan_tui.inversion.views import View
from gan_tui.pixel_range import to_unit

CHUNK = 4096
"""Training images that are compared at a time."""
EXACT = 20 * math.log10(2 * 255)
"""Decibels: half a step of eight bits. What is nearer is the same picture, and no PSNR is above, or infinite."""


def nearest_images(view: View, seen: Tensor, images: Tensor) -> Tensor:
    """Of each picture the training image that is nearest by what is seen, (N, pixels) in [0, 1]. `images`: uint8 (M, pixels)."""
    distance = torch.full((len(seen),), torch.inf, device=seen.device)
    found = torch.zeros(len(seen), dtype=torch.long, device=seen.device)
    for start in range(0, len(images), CHUNK):
        near = torch.cdist(seen, view.see(to_unit(images[start : start + CHUNK]))).min(1)
        better = near.values < distance
        distance = torch.where(better, near.values, distance)
        found = torch.where(better, near.indices + start, found)
    return to_unit(images[found])


def mean_image(images: Tensor) -> Tensor:
    """(pixels,) in [0, 1], of uint8 (M, pixels)."""
    total = torch.zeros(images.shape[1], dtype=torch.float64, device=images.device)
    for chunk in images.split(CHUNK):
        total += chunk.double().sum(0)
    return (total / (255 * len(images))).float()


def squared_errors(view: View, drawn: Tensor, truth: Tensor) -> Tensor:
    """Of each picture (N, pixels) the mean squared difference where it was hidden, float (N,)."""
    return (drawn - truth)[:, view.hidden].square().mean(1)


def psnr(errors: Tensor) -> float:
    """Peak signal-to-noise ratio in decibels, at most EXACT, of all pictures together: of the mean of their squared errors, (N,)."""
    mean = errors.mean().item()
    return min(-10 * math.log10(mean), EXACT) if mean > 0 else EXACT
