"""`gan-tui sample`: images from a saved generator."""

import io
import math
from pathlib import Path

import numpy
import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.data import registry
from gan_tui.errors import UserError
from gan_tui.files import write_for_person
from gan_tui.output import say
from gan_tui.pixel_range import denorm, to_uint8
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, checkpoint, rebuild, scoring
from gan_tui.training.pictures import grid_png
from gan_tui.training.randomness import Randomness
from gan_tui.training.restore import restore_generator, restore_weights

CHUNK = 1000
"""Images generated at a time, so that 100,000 of them need no gigabytes."""


def sample(run: RunDirectory, count: int, seed: int, of_class: int | None = None) -> Tensor:
    """`count` images of the newest checkpoint's generator, float32 (N, C, H, W) in [0, 1], on the CPU.

    Where no checkpoint is left, `generator.pt` makes them. Of one class, or of all in turn, where the run knows classes. The first images
    of a seed are the same whatever the count. Raises UserError where nothing can be loaded, or there is no such class.
    """
    settings = rebuild.settings_to_look(run)
    classes = _classes(run, settings, of_class)
    build.refuse_the_impossible(settings, torch.device("cpu"))
    loaded, skipped = checkpoint.load_newest(run)
    generator = build.make_generator(settings)
    for line in skipped:
        say(f"{line}; taking the one before")
    if loaded is not None:
        restore_generator(loaded, settings, generator)
    elif (weights := checkpoint.read_generator(run)) is not None:
        restore_weights(run.generator.name, weights, generator)
        say(f"{run.name} has no checkpoint: the samples are of {run.generator.name}")
    else:
        raise UserError(checkpoint.nothing_saved(run))
    randomness = Randomness(seed, torch.device("cpu"))
    chunks = []
    for index in range(math.ceil(count / CHUNK)):
        z = torch.randn(CHUNK, settings.model.latent_dim, generator=randomness.at("sample", index))
        y = torch.tensor(classes)[torch.arange(index * CHUNK, (index + 1) * CHUNK) % len(classes)] if classes else None
        chunks.append(denorm(scoring.generate(generator, z, y, CHUNK)))
    return torch.cat(chunks)[:count].view(-1, *build.image_shape(settings))


def _classes(run: RunDirectory, settings: RunConfig, of_class: int | None) -> list[int]:
    """The classes to draw, none where the run knows none. Raises UserError."""
    count = registry.spec_of(settings.data).classes if settings.model.conditional else 0
    if of_class is not None and not 0 <= of_class < count:
        there = f"classes 0 to {count - 1}" if count else "no classes: it was trained without --conditional"
        raise UserError(f"--class {of_class}: {run.name} knows {there}")
    return list(range(count)) if of_class is None else [of_class]


def sample_to_files(run: RunDirectory, count: int, seed: int, png: Path | None, npy: Path | None, of_class: int | None = None) -> None:
    """Write samples as a PNG grid, as square as can be, and as uint8 (N, H, W), or (N, H, W, 3) in colour. Raises UserError."""
    images = sample(run, count, seed, of_class)
    if png:
        _write(png, grid_png(images, math.ceil(math.sqrt(count))))
    if npy:
        buffer = io.BytesIO()
        numpy.save(buffer, to_uint8(images).permute(0, 2, 3, 1).squeeze(3).numpy())
        _write(npy, buffer.getvalue())


def _write(path: Path, content: bytes) -> None:
    try:
        write_for_person(path, content)
    except OSError as error:
        raise UserError(f"cannot write {error.filename or path}: {error.strerror}") from None
