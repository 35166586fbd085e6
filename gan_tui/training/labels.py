"""Rows of numbers with their class behind them, for networks that are told one (gan_tui/models/conditional.py)."""

import torch
from torch import Tensor, nn

from gan_tui.config import RunConfig
from gan_tui.pixel_range import from_uint8

CHUNK = 250
"""Images that D looks at in one go: convolutional networks need a megabyte for each."""


def attach(rows: Tensor, labels: Tensor | None) -> Tensor:
    """Rows (B, n) with their classes, int64 (B,), as one more column: (B, n + 1). Without classes the rows as they are."""
    return rows if labels is None else torch.cat([rows, labels.unsqueeze(1).to(rows.dtype)], 1)


def draw(labels: Tensor | None, count: int, generator: torch.Generator) -> Tensor | None:
    """`count` classes, int64, as often as they are among `labels`; None of none."""
    if labels is None:
        return None
    return labels[torch.randint(len(labels), (count,), generator=generator, device=labels.device)]


@torch.no_grad()
def judge(discriminator: nn.Module, images: Tensor, labels: Tensor | None) -> Tensor:
    """D's logits (N, 1) of the first N = len(images) real images, uint8 (N, pixels), with their classes."""
    parts = []
    for start in range(0, len(images), CHUNK):
        part = from_uint8(images[start : start + CHUNK])
        parts.append(discriminator(attach(part, None if labels is None else labels[start : start + len(part)])))
    return torch.cat(parts)


def of_grid(settings: RunConfig, classes: int, device: torch.device) -> Tensor | None:
    """The classes of the images in a grid, int64 (samples.count,): one a column where there are columns enough, else in turn."""
    if not settings.model.conditional:
        return None
    places = torch.arange(settings.samples.count, device=device)
    return (places % settings.samples.columns if classes <= settings.samples.columns else places) % classes
