"""A walk through the latents of a generator: what lies between its samples, as a film."""

import math
from collections.abc import Iterator

import torch
from PIL import Image
from torch import Tensor

from gan_tui.errors import UserError
from gan_tui.pixel_range import denorm
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, sampling, scoring
from gan_tui.training.grids import grid_image
from gan_tui.training.randomness import Randomness

STRAIGHT = 1e-4
"""The sine of an angle below which it says nothing: latents are float32."""


def slerp(a: Tensor, b: Tensor, share: float) -> Tensor:
    """The latents (N, D) at `share` of the way from `a` to `b`, on a great circle, the lengths in between (White 2016, arXiv:1609.04468).

    On the straight line they would be shorter than any latents that the generator has seen in training. Only latents that are parallel
    go that way, or opposite: through these there is no circle, or any.
    """
    lengths = a.norm(dim=1, keepdim=True), b.norm(dim=1, keepdim=True)
    cosine = ((a * b).sum(1, keepdim=True) / (lengths[0] * lengths[1])).clamp(-1, 1)
    angle = torch.acos(cosine)
    sine = angle.sin().clamp_min(STRAIGHT)
    direction = ((1 - share) * angle).sin() / sine * (a / lengths[0]) + (share * angle).sin() / sine * (b / lengths[1])
    length = (1 - share) * lengths[0] + share * lengths[1]
    return torch.where(sine > STRAIGHT, direction * length, (1 - share) * a + share * b)


def pictures(
    run: RunDirectory, frames: int, stops: int, tiles: int, seed: int, of_class: str | None, truncation: float | None
) -> Iterator[Image.Image]:
    """`frames` grids: each of its tiles goes from one latent to the next of `stops`, and home again.

    Conditional runs have a class a tile, in turn, or one. Raises UserError where nothing can be loaded, or there is no such class.
    """
    if run.outlines:
        raise UserError(f"--walk: {run.name} draws from outlines, and its latents say nothing; without --walk its samples are shown")
    settings, generator = sampling.load_generator(run)
    classes = sampling.classes_of(run, settings, of_class)
    y = torch.tensor(classes)[torch.arange(tiles) % len(classes)] if classes else None
    randomness = Randomness(seed, torch.device("cpu"))
    latents = [torch.randn(tiles, settings.model.latent_dim, generator=randomness.at("sample", stop)) for stop in range(stops)]
    latents = [sampling.truncated(z, truncation) for z in latents]
    for frame in range(frames):
        place = frame * stops / frames
        stop = int(place)
        z = slerp(latents[stop], latents[(stop + 1) % stops], _eased(place - stop))
        images = denorm(scoring.generate(generator, z, y)).view(-1, *build.image_shape(settings))
        yield grid_image(images, math.ceil(math.sqrt(tiles)))


def _eased(share: float) -> float:
    """It rests a little at every stop."""
    return (1 - math.cos(math.pi * share)) / 2
