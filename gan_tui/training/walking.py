"""The process behind the live latent walk: `python -m gan_tui.training.walking RUN` answers on its standard output what comes on its input.

It reads checkpoints and disturbs no trainer: one thread, and, once the first images are there, the lowest priority. Beside a trainer on all
cores that would make seconds of the tenths that reading a checkpoint takes.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path

import torch
from torch import Tensor

from gan_tui.data import registry
from gan_tui.errors import UserError
from gan_tui.pixel_range import denorm
from gan_tui.run.directory import RunDirectory
from gan_tui.run.walking import DIALOGUE, Begun, Generated, Reply, Wanted
from gan_tui.training import build, sampling, scoring
from gan_tui.training.grids import to_images
from gan_tui.training.randomness import Randomness
from gan_tui.training.serving import serve

MOST_CLASSES = 64
KINDNESS = 19


class Walker:
    """The newest generator of a run, on the CPU: its EMA where the run has one."""

    def __init__(self, run: RunDirectory) -> None:
        """Raises UserError where nothing of it can be loaded."""
        self._run = run
        self._seen = run.newest_step
        self._settings, self._generator, self.step = sampling.newest_generator(run)
        """`step`: at which it was saved."""
        if self._settings.model.outlines:
            raise UserError(f"{run.name} draws from outlines, and has no latents to walk through")
        there = registry.spec_of(self._settings.data).classes if self._settings.model.conditional else 0
        self.classes, self.of = min(MOST_CLASSES, there), there if there > MOST_CLASSES else 0
        """Of how many there is an image each; how many there are, if these are more."""
        self.ema = bool(self._settings.ema.half_life)

    def follow(self) -> None:
        """Take the newest checkpoint, where a trainer has written one since."""
        newest = self._run.newest_step
        if newest != self._seen:
            with suppress(UserError):  # it may be half gone again; what was read before is good enough
                _, self._generator, self.step = sampling.newest_generator(self._run)
                self._seen = newest

    def images(self, wanted: Wanted) -> Tensor:
        """Samples (N, C, H, W) in [0, 1]: one of each class at the place, or the places around it row by row."""
        begin, u, v = directions(wanted.seed, self._settings.model.latent_dim)
        if self.classes:
            z = place(begin, u, v, torch.tensor([[wanted.x, wanted.y]])).expand(self.classes, -1)
            y = torch.arange(self.classes)
        else:
            z, y = place(begin, u, v, around(wanted)), None
        drawn = scoring.generate(self._generator, sampling.truncated(z, wanted.truncation), y)
        return denorm(drawn).view(-1, *build.image_shape(self._settings))


def around(wanted: Wanted) -> Tensor:
    """The places (rows * columns, 2) around the one that is wanted, which is in the middle; up is more of y."""
    columns = (torch.arange(wanted.columns) - wanted.columns // 2) * wanted.spacing + wanted.x
    rows = (wanted.rows // 2 - torch.arange(wanted.rows)) * wanted.spacing + wanted.y
    return torch.stack(torch.meshgrid(rows, columns, indexing="ij"), -1).flip(-1).reshape(-1, 2)


def directions(seed: int, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """Latents to begin with, (size,), and two directions at right angles to them and to each other, as long as they."""
    begin, u, v = torch.randn(3, size, generator=Randomness(seed, torch.device("cpu")).at("sample", 0)).unbind()
    length = begin.norm().clamp_min(1e-6)
    u = _across(u, begin)
    v = _across(_across(v, begin), u)
    return begin, u * (length / u.norm().clamp_min(1e-6)), v * (length / v.norm().clamp_min(1e-6))


def _across(direction: Tensor, other: Tensor) -> Tensor:
    """Without its part along `other`."""
    return direction - other * (direction @ other) / (other @ other).clamp_min(1e-12)


def place(begin: Tensor, u: Tensor, v: Tensor, angles: Tensor) -> Tensor:
    """The latents (N, size) that lie `angles` (N, 2), in radians, from `begin` along two directions, on the sphere that `begin` lies on.

    On the sphere, because latents of other lengths are none that the generator has seen (White 2016, arXiv:1609.04468).
    """
    far = angles.norm(dim=1, keepdim=True)
    share = torch.where(far > 0, angles / far.clamp_min(1e-12), torch.zeros_like(angles))
    latents: Tensor = begin * far.cos() + (share[:, :1] * u + share[:, 1:] * v) * far.sin()
    return latents


def _replies(run: RunDirectory, requests: Iterator[Wanted]) -> Iterator[Reply]:
    walker = Walker(run)
    yield Begun(walker.classes, walker.step, walker.ema, walker.of)
    for answered, wanted in enumerate(requests):
        began = time.perf_counter()
        walker.follow()
        images = to_images(walker.images(wanted))
        yield Generated(wanted.number, 0 if walker.classes else wanted.columns, images, walker.step, time.perf_counter() - began)
        if not answered:
            with suppress(OSError):
                os.nice(KINDNESS)


if __name__ == "__main__":
    sys.exit(serve(DIALOGUE, partial(_replies, RunDirectory(Path(sys.argv[1])))))
