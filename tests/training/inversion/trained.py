"""A generator that is too small to be good, saved as a run has it, and pictures of the kind that it has seen."""

import io
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy
import torch
from PIL import Image, ImageDraw

from gan_tui import config
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, checkpoint

SIZE = 32


def disc(number: int, size: int = SIZE) -> Image.Image:
    """A disc on black, each number's somewhere else."""
    draw = numpy.random.default_rng(number)
    left, top, wide = draw.uniform(2, 10, 3) * size / 32
    image = Image.new("L", (size, size))
    ImageDraw.Draw(image).ellipse((left, top, left + wide + size / 3, top + wide + size / 3), fill=200)
    return image


def photos(folder: Path, count: int = 60) -> Path:
    """A folder of discs."""
    folder.mkdir()
    for number in range(count):
        (folder / f"{number:02d}.png").write_bytes(_png(number))
    return folder


@cache
def _png(number: int) -> bytes:
    """Of a disc: every test wants the same sixty."""
    file = io.BytesIO()
    disc(number).save(file, "PNG")
    return file.getvalue()


def trained(runs_dir: Path, data: Path, channels: int = 1, *, save: bool = True, name: str = "g", more: Sequence[str] = ()) -> RunDirectory:
    """A run of fresh weights with one checkpoint."""
    table: dict[str, Any] = {
        "data": {"dataset": f"folder:{data}", "channels": channels, "image_size": SIZE, "validation": 0},
        "model": {"latent_dim": 6, "hidden": 16, "hidden_layers": 1},
        "samples": {"count": 4},
    }
    settings = config.change(config.from_table(table), more, begun=False)
    run = directory.create(runs_dir, settings, name)
    if save:
        gan = build.make_gan(settings, torch.device("cpu"))
        checkpoint.save(run, settings, gan, torch.zeros(4, 6), checkpoint.Progress())
    return run
