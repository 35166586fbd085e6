"""Samples of G, and what D says of them and of real images; with their labels, which is what the networks are told of each image.

Labels are classes, int64 (N,), or outlines, uint8 (N, H * W); None where they are told nothing.
"""

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.metrics.overfitting import auc, held_out_gap
from gan_tui.pixel_range import from_uint8
from gan_tui.training import build

CHUNK = 250
"""Images that a network sees in one go: convolutional networks need a megabyte for each."""


def draw_labels(labels: Tensor | None, count: int, generator: torch.Generator) -> Tensor | None:
    """`count` labels, as often as they are among `labels`."""
    return None if labels is None else labels[torch.randint(len(labels), (count,), generator=generator, device=labels.device)]


def grid_labels(settings: RunConfig, data: Dataset, device: torch.device) -> Tensor | None:
    """The labels of the images in a grid, as many as `samples.count`.

    Outlines are of the first held-out images.
    """
    if settings.model.outlines and data.held_out_labels is not None:
        return data.held_out_labels[torch.arange(settings.samples.count, device=device) % len(data.held_out_labels)]
    if not settings.model.conditional:
        return None
    return torch.tensor([settings.samples.class_at(place, data.label_count) for place in range(settings.samples.count)], device=device)


def unseen_labels(
    settings: RunConfig, train: Tensor | None, held_out: Tensor | None, count: int, generator: torch.Generator
) -> Tensor | None:
    """What `count` samples are told that are to be measured.

    Classes as often as they are among training images. Outlines of held-out images, each once, and where these are too few, drawn from the
    training images.
    """
    if not settings.model.outlines or held_out is None:
        return draw_labels(train, count, generator)
    more = draw_labels(train, max(0, count - len(held_out)), generator)
    return torch.cat([held_out[:count], *(() if more is None else (more,))])


def held_out_l1(settings: RunConfig, drawn: Tensor, held_out: Tensor) -> dict[str, float]:
    """How far pictures that were drawn from held-out outlines are from the originals; nothing where G was told no outlines.

    drawn: images (N, pixels) in [-1, 1], of which the first are of the outlines of `held_out`, uint8 (M, pixels), in their order.
    """
    if not settings.model.outlines:
        return {}
    both = min(len(drawn), len(held_out))
    return {"held_out_l1": float((drawn[:both] - from_uint8(held_out[:both])).abs().mean())}


@torch.no_grad()
def generate(generator: nn.Module, z: Tensor, y: Tensor | None, chunk: int = CHUNK) -> Tensor:
    """Images (N, pixels), float32 in [-1, 1], of latents (N, latent_dim); `chunk` at a time."""
    with build.evaluating(generator):
        return torch.cat([generator(*part) for part in _chunks(z, y, chunk)])


@torch.no_grad()
def score(discriminator: nn.Module, images: Tensor, y: Tensor | None, chunk: int = CHUNK) -> Tensor:
    """D's logits (N, 1) of images (N, pixels), uint8 or float in [-1, 1]; `y`: their classes, and perhaps those of more."""
    with build.evaluating(discriminator):
        return torch.cat(
            [discriminator(from_uint8(part) if part.dtype == torch.uint8 else part, classes) for part, classes in _chunks(images, y, chunk)]
        )


def discriminator_scores(train_logits: Tensor, held_out_logits: Tensor, fake_logits: Tensor) -> dict[str, float]:
    """How D overfits, and how it does against samples: of its logits (N, 1) of training images, of those it never saw, and of samples."""
    return {"d_overfitting": held_out_gap(train_logits, held_out_logits).auc, "held_out_auc": auc(held_out_logits, fake_logits)}


def _chunks(inputs: Tensor, y: Tensor | None, size: int) -> Iterator[tuple[Tensor, Tensor | None]]:
    for start in range(0, len(inputs), size):
        part = inputs[start : start + size]
        yield part, None if y is None else y[start : start + len(part)]
