"""`gan-tui render`: from a file to a file."""

from pathlib import Path
from typing import NamedTuple

import torch

from gan_tui.data.outline_file import Lines, read_outline, read_to_trace
from gan_tui.data.outlines import outlines_of
from gan_tui.errors import UserError
from gan_tui.files import write_new
from gan_tui.pixel_range import from_bytes
from gan_tui.printable import printable
from gan_tui.run.directory import RunDirectory
from gan_tui.training.grids import grid_png
from gan_tui.training.rendering import Renderer


class Result(NamedTuple):
    """What a file has become."""

    png: bytes
    score: float | None
    """See `Renderer.render`."""
    notes: tuple[str, ...]
    """What was made of the file."""


def render(run: RunDirectory, path: Path, lines: Lines, *, trace: bool) -> Result:
    """The picture of the outline in a file, or of the outline of the picture in it. Raises UserError."""
    renderer = Renderer(run)
    channels, height, width = renderer.shape
    if trace:
        content, notes = read_to_trace(path, height, width, channels)
        outline = outlines_of(from_bytes(content, height, width, channels), renderer.gradients)[0]
        if not outline.any():
            raise UserError(f"{printable(str(path))} has no outline: nowhere does its brightness change enough")
    else:
        found = read_outline(path, height, width, lines)
        outline, notes = torch.frombuffer(bytearray(found.outline), dtype=torch.uint8), found.notes
    picture, score = renderer.render(outline)
    return Result(grid_png(picture.unsqueeze(0), 1), score, notes)


def write(target: Path, png: bytes) -> None:
    """A file that was not there before. Raises UserError."""
    try:
        if not write_new(target, png):
            raise UserError(f"{printable(str(target))} is there already, and nothing is overwritten: choose another -o")
    except OSError as error:
        raise UserError(f"cannot write {printable(str(target))}: {error.strerror or error}") from None
