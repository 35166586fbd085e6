"""`gan-tui sample`: images from a saved generator."""

import io
import math
from pathlib import Path

import numpy
import torch
from torch import Tensor

from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.files import write_for_person
from gan_tui.training import build, checkpoint, grids
from gan_tui.training.randomness import Randomness

CHUNK = 1000
"""Images generated at a time, so that 100,000 of them need no gigabytes."""


def sample(run: RunDirectory, count: int, seed: int) -> Tensor:
    """`count` images of the newest checkpoint's generator, float32 (N, C, H, W) in [0, 1], on the CPU.

    The first images of a seed are the same whatever the count. Raises UserError where nothing can be loaded.
    """
    settings = run.config()
    loaded, _ = checkpoint.load_newest(run)
    if loaded is None:
        raise UserError(f"{run.name} has no checkpoint yet: `gan-tui control {run.word} save` makes one while it trains")
    generator = build.make_generator(settings)
    checkpoint.restore_generator(loaded, settings, generator)
    randomness = Randomness(seed, torch.device("cpu"))
    chunks = []
    for index in range(math.ceil(count / CHUNK)):
        latents = torch.randn(CHUNK, settings.model.latent_dim, generator=randomness.at("sample", index))
        with build.evaluating(generator):
            chunks.append(grids.generate(generator, latents, build.image_shape(settings)))
    return torch.cat(chunks)[:count]


def sample_to_files(run: RunDirectory, count: int, seed: int, png: Path | None, npy: Path | None) -> None:
    """Write samples as a PNG grid, as square as can be, and as uint8 (N, H, W), or (N, H, W, 3) in colour. Raises UserError."""
    images = sample(run, count, seed)
    try:
        if png:
            write_for_person(png, grids.grid_png(images, math.ceil(math.sqrt(count))))
        if npy:
            buffer = io.BytesIO()
            numpy.save(buffer, grids.to_bytes(images).permute(0, 2, 3, 1).squeeze(3).numpy())
            write_for_person(npy, buffer.getvalue())
    except OSError as error:
        raise UserError(f"cannot write {error.filename or png or npy}: {error.strerror}") from None
