"""Pictures of outlines that a person gives: `gan-tui render`, and the process behind the drawing board.

`python -m gan_tui.training.rendering RUN` answers requests on its standard input until that is closed (`gan_tui/run/drawing.py`).
"""

import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor, nn

from gan_tui.config import RunConfig
from gan_tui.data.outline_file import Lines, read_outline, read_to_trace
from gan_tui.data.outlines import outlines_of
from gan_tui.errors import UserError
from gan_tui.pixel_range import denorm, from_bytes, to_uint8
from gan_tui.printable import printable
from gan_tui.run.directory import RunDirectory
from gan_tui.run.drawing import DIALOGUE, Hello, Rendered, Reply, Request
from gan_tui.spec.objectives import OBJECTIVES
from gan_tui.training import build, checkpoint, rebuild, scoring
from gan_tui.training.grids import grid_png
from gan_tui.training.restore import restore_generator, restore_weights
from gan_tui.training.serving import serve


def _probabilities(settings: RunConfig) -> bool:
    objective = OBJECTIVES.get(settings.loss.name)
    return objective is not None and objective.probabilities


class Renderer:
    """The newest networks of a run that draws from outlines, on the CPU."""

    def __init__(self, run: RunDirectory) -> None:
        """Raises UserError where the run draws from no outlines, or nothing of it can be loaded."""
        self._settings = settings = rebuild.settings_to_look(run)
        if not settings.model.outlines:
            raise UserError(f"{run.name} does not draw from outlines: `gan-tui --preset outline` trains a run that does")
        build.refuse_the_impossible(settings, torch.device("cpu"))
        self._run = run
        self.shape = build.image_shape(settings)
        self.gradients = build.gradients_of(settings)
        """What the outlines of its training were made of."""
        self._generator = build.make_generator(settings)
        self._discriminator: nn.Module | None = build.make_discriminator(settings)
        self.step = self._seen = -1
        self.follow()

    def follow(self) -> None:
        """Take the newest checkpoint, where a trainer has written one since. Raises UserError where there is none at all."""
        newest = self._run.newest_step
        if self._seen == newest:
            return
        loaded, _ = checkpoint.load_newest(self._run)
        if loaded is not None:
            restore_generator(loaded, self._settings, self._generator)
            if self._discriminator is not None:
                restore_weights(loaded.path.name, loaded.state["discriminator"], self._discriminator)
            self.step = loaded.step
        elif (weights := checkpoint.read_generator(self._run)) is not None:
            restore_weights(self._run.generator.name, weights, self._generator)
            self._discriminator, self.step = None, 0
        else:
            raise UserError(checkpoint.nothing_saved(self._run))
        self._seen = newest

    def render(self, outline: Tensor) -> tuple[Tensor, float | None]:
        """The picture, (C, H, W) in [0, 1], of an outline, uint8 (H * W); and D's probability that it is real, where D gives any."""
        y = outline.unsqueeze(0)
        drawn = scoring.generate(self._generator, torch.zeros(1, self._settings.model.latent_dim), y)
        score = None
        if self._discriminator is not None and _probabilities(self._settings):
            score = float(scoring.score(self._discriminator, drawn, y).sigmoid())
        return denorm(drawn).view(self.shape), score


def answer(renderer: Renderer, request: Request) -> Rendered:
    """Render what was asked for. Raises ValueError where the outline is of another size."""
    _, height, width = renderer.shape
    if len(request.outline) != height * width:
        raise ValueError(f"an outline has {height} x {width} pixels, this one {len(request.outline)}")
    began = time.perf_counter()
    with suppress(UserError):  # the trainer may be writing: what was read before is good enough
        renderer.follow()
    picture, score = renderer.render(torch.frombuffer(bytearray(request.outline), dtype=torch.uint8))
    pixels = to_uint8(picture).permute(1, 2, 0).contiguous().numpy().tobytes()
    return Rendered(request.number, pixels, score, renderer.step, time.perf_counter() - began)


class Result(NamedTuple):
    """What a file has become."""

    png: bytes
    score: float | None
    """See `Renderer.render`."""
    notes: tuple[str, ...]
    """What was made of the file."""


def render_file(run: RunDirectory, path: Path, lines: Lines, *, trace: bool) -> Result:
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


def _replies(run: RunDirectory, requests: Iterator[Request]) -> Iterator[Reply]:
    renderer = Renderer(run)
    channels, height, width = renderer.shape
    yield Hello(height, width, channels)
    for request in requests:
        yield answer(renderer, request)


if __name__ == "__main__":
    sys.exit(serve(DIALOGUE, partial(_replies, RunDirectory(Path(sys.argv[1])))))
