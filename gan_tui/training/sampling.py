"""`gan-tui sample`: images from a saved generator."""

import io
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy
import torch
from torch import Tensor, nn

from gan_tui import byte_paths
from gan_tui.config import RunConfig
from gan_tui.data import registry
from gan_tui.errors import UserError, reason_of
from gan_tui.files import write_for_person
from gan_tui.film.sheet import named_rows
from gan_tui.output import say, silent
from gan_tui.pixel_range import denorm, to_uint8
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import GAP
from gan_tui.training import build, checkpoint, rebuild, scoring
from gan_tui.training.grids import beside_outlines, grid_image, png_of
from gan_tui.training.randomness import Randomness
from gan_tui.training.restore import restore_generator, restore_weights

CHUNK = 1000
"""Images generated at a time, so that 100,000 of them need no gigabytes."""
NAMED = 20
"""Classes that are named where another one was asked for."""


class Samples(NamedTuple):
    """What a generator has drawn."""

    images: Tensor
    """float32 (N, C, H, W) in [0, 1], on the CPU."""
    shown: Tensor
    """The same as people look at it: each between its outline and its original, where it was drawn from an outline."""


class LoadedGenerator(NamedTuple):
    """A generator on the CPU."""

    settings: RunConfig
    generator: nn.Module
    step: int
    """At which it was saved; 0 where that is not known."""


def load_generator(run: RunDirectory) -> tuple[RunConfig, nn.Module]:
    """The settings of a run, and its generator as `newest_generator` finds it. Raises UserError where nothing can be loaded."""
    return newest_generator(run)[:2]


def newest_generator(run: RunDirectory) -> LoadedGenerator:
    """That of a run's newest checkpoint, of the best where there is no other, of `generator.pt` where no checkpoint is left.

    Raises UserError where nothing can be loaded.
    """
    settings = rebuild.settings_to_look(run)
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
    return LoadedGenerator(settings, generator, loaded.step if loaded is not None else 0)


def sample(
    run: RunDirectory,
    count: int,
    seed: int,
    of_class: str | None = None,
    truncation: float | None = None,
    tell: Callable[[str], None] = silent,
) -> Samples:
    """`count` images of the newest generator.

    Of one class, by its name or number, or of all in turn, where the run knows classes; of outlines of the test set, in an order that
    `seed` says, where it draws from outlines. The first images of a seed are the same whatever the count. `truncation`: see `truncated`.
    `tell`: is told how far it is. Raises UserError where nothing can be loaded, or there is no such class.
    """
    classes = classes_of(run, rebuild.settings_to_look(run), of_class)
    settings, generator = load_generator(run)
    return draw(settings, generator, count, seed, classes, truncation, tell)


def draw(
    settings: RunConfig,
    generator: nn.Module,
    count: int,
    seed: int,
    classes: list[int],
    truncation: float | None,
    tell: Callable[[str], None] = silent,
) -> Samples:
    """The same of a generator that is loaded; `classes` in turn, none where the run knows none. Raises UserError."""
    randomness = Randomness(seed, torch.device("cpu"))
    places = torch.arange(count)
    labels, originals = torch.tensor(classes)[places % len(classes)] if classes else None, None
    if settings.model.outlines:
        data = build.load_data(settings, torch.device("cpu"))
        which = torch.randperm(len(data.test), generator=randomness.at("sample outlines"))[places % len(data.test)]
        labels, originals = None if data.test_labels is None else data.test_labels[which], data.flat_test[which]
    chunks = []
    for index, part in enumerate(places.split(CHUNK)):
        tell(f"drawing images: {index * CHUNK:,} of {count:,}")
        z = truncated(torch.randn(CHUNK, settings.model.latent_dim, generator=randomness.at("sample", index)), truncation)
        chunks.append(denorm(scoring.generate(generator, z[: len(part)], None if labels is None else labels[part], CHUNK)))
    images = torch.cat(chunks).view(-1, *build.image_shape(settings))
    return Samples(images, images if labels is None or originals is None else beside_outlines(labels, images, originals))


def class_grid(run: RunDirectory, columns: int, seed: int, truncation: float | None = None, tell: Callable[[str], None] = silent) -> Tensor:
    """A row for each class, a column for each latent: images (classes * columns, C, H, W) in [0, 1]. Raises UserError.

    `tell`: is told how far it is.
    """
    settings, generator = load_generator(run)
    classes = classes_of(run, settings, None)
    if not classes:
        raise UserError(f"--grid: {run.name} knows no classes: it was trained without --conditional; -n draws a plain grid")
    randomness = Randomness(seed, torch.device("cpu"))
    z = truncated(torch.randn(columns, settings.model.latent_dim, generator=randomness.at("sample", 0)), truncation)
    z, y = z.repeat(len(classes), 1), torch.tensor(classes).repeat_interleave(columns)
    chunks = []
    for start in range(0, len(z), CHUNK):
        tell(f"drawing images: {start:,} of {len(z):,}")
        chunks.append(scoring.generate(generator, z[start : start + CHUNK], y[start : start + CHUNK], CHUNK))
    return denorm(torch.cat(chunks)).view(-1, *build.image_shape(settings))


def class_names(run: RunDirectory) -> list[str]:
    """Of the classes that a run knows, in their order. Raises UserError."""
    settings = rebuild.settings_to_look(run)
    return [settings.data.label_name(number) for number in classes_of(run, settings, None)]


def truncated(z: Tensor, threshold: float | None) -> Tensor:
    """Standard normal latents as if drawn from a normal distribution cut off at -threshold and threshold; None leaves them.

    Values keep their order, so a picture changes little by little with the threshold. After the truncation trick of Brock et al. 2018
    (arXiv:1809.11096), which draws anew what lies outside.
    """
    if threshold is None:
        return z
    root = math.sqrt(2)
    return torch.erfinv(torch.erf(z.double() / root) * math.erf(threshold / root)).mul(root).to(z.dtype)


def classes_of(run: RunDirectory, settings: RunConfig, of_class: str | None, said: str = "--class ") -> list[int]:
    """The classes to draw, none where the run knows none. Raises UserError; `said`: before the class, as it was asked for."""
    count = registry.spec_of(settings.data).classes if settings.model.conditional else 0
    if of_class is None:
        return list(range(count))
    names = [settings.data.label_name(index) for index in range(count)]
    wanted = byte_paths.shown(of_class)
    if wanted in names:
        return [names.index(wanted)]
    if wanted.isdecimal() and int(wanted) < count:
        return [int(wanted)]
    named = f": {', '.join(names[:NAMED])}{', ...' if count > NAMED else ''}" if settings.data.classes else ""
    there = (
        f"{'groups' if settings.data.clusters else 'classes'} 0 to {count - 1}{named}"
        if count
        else "no classes: it was trained without --conditional"
    )
    raise UserError(f"{said}{wanted}: {run.name} knows {there}")


def write_images(
    images: Tensor, columns: int, png: Path | None, npy: Path | None, shown: Tensor | None = None, rows: Sequence[str] = ()
) -> None:
    """Images (N, C, H, W) in [0, 1] as a PNG grid, and as an array, uint8 (N, H, W), or (N, H, W, 3) in colour. Raises UserError.

    `shown`: what the grid is made of, where that is more than the images. `rows`: names that stand before its rows.
    """
    if png:
        picture = grid_image(images if shown is None else shown, columns)
        _write(png, png_of(named_rows(picture, rows, images.shape[2], GAP) if rows else picture))
    if npy:
        buffer = io.BytesIO()
        numpy.save(buffer, to_uint8(images).permute(0, 2, 3, 1).squeeze(3).numpy())
        _write(npy, buffer.getvalue())


def _write(path: Path, content: bytes) -> None:
    try:
        write_for_person(path, content)
    except OSError as error:
        raise UserError(f"cannot write {error.filename or path}: {reason_of(error)}") from None
