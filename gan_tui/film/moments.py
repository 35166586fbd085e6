"""The moments of a run of which a picture was saved, and what was known of them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.film import frames
from gan_tui.film.frames import Frame
from gan_tui.printable import printable
from gan_tui.run import log, preview
from gan_tui.run.damage import refuse_damaged
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Evaluation, Samples, Started, from_scalar
from gan_tui.run.images import GAP
from gan_tui.spec.metrics import METRICS
from gan_tui.spec.tasks import INVERSION, SCRIPT, STYLE, STYLE_SHEET

ROWS = 8
"""Latents of a strip."""
LARGEST_PICTURE = 50_000_000
"""Pixels of a saved picture that is opened."""


class Moment(NamedTuple):
    """One saved picture."""

    path: Path
    epoch: int
    """In which it was saved, counted from 1; 0 where there are none."""
    step: int
    fd: float | None
    """The Frechet distance that was measured last, at this moment or before."""


def moments(run: RunDirectory) -> list[Moment]:
    """Of each step the newest picture that is still there, in the order of the steps.

    Raises UserError for a damaged log, and for a contact sheet: each of its pictures is of something else.
    """
    if run.task is STYLE_SHEET:
        raise UserError(f"{run.name} is {run.task.what}, and a film is of one picture: `gan-tui style --frames K` keeps its frames")
    refuse_damaged(run)
    found: dict[int, Moment] = {}
    fd, each = None, 0
    for event in log.iterate(run.events):
        if isinstance(event, Started):
            each = event.steps_per_epoch
        if isinstance(event, Evaluation) and "fd" in event.scalars:
            fd = from_scalar(event.scalars["fd"])
            if (last := found.get(event.step)) is not None:
                found[event.step] = last._replace(fd=fd)
        elif isinstance(event, Samples) and not event.real:
            path = run.path / event.path
            if path.is_file() and path.resolve().is_relative_to(run.path.resolve()):
                epoch = max(event.epoch, each > 0)  # within the first one it is 0
                found[event.step] = Moment(path, epoch, event.step, fd)
    return [found[step] for step in sorted(found)]


def caption(run: RunDirectory, moment: Moment) -> str:
    """Its epoch, its step, and the distance to the real images."""
    parts = [f"{run.task.epoch} {moment.epoch}", f"step {moment.step:,}"]
    if moment.fd is not None:
        parts.append(f"{METRICS['fd'].label} {moment.fd:.2f}")
    return " · ".join(parts)


def film(run: RunDirectory, seconds: float, longer: int) -> Iterator[Frame]:
    """The run's saved pictures as frames of one size, the longer side of about `longer` pixels. Raises UserError for fewer than two."""
    found = moments(run)
    if len(found) < 2:
        raise UserError(f"{_saved(run, len(found))}: a film is made of two at least, {_each(run)}")
    size = frames.size_for(_open(found[-1].path), longer)
    chosen = frames.evenly(found, frames.affordable(seconds * frames.FASTEST, longer))
    for moment, duration in zip(chosen, frames.durations(len(chosen), seconds), strict=True):
        yield Frame(frames.scaled(_open(moment.path), size), caption(run, moment), duration)


def _saved(run: RunDirectory, count: int) -> str:
    return f"{run.name} has saved {counted(count, 'picture') if count else 'no pictures'}"


def _each(run: RunDirectory) -> str:
    """When a run saves one."""
    more = {
        STYLE.name: "; `--frames K` saves one every K steps",
        INVERSION.name: ", and one whenever `g` is pressed while it runs",
        SCRIPT.name: " in which the script gives some to `run.images(...)`",
    }
    return f"one {'an' if run.task.epoch[0] in 'aeiou' else 'a'} {run.task.epoch}{more.get(run.task.name, '')}"


class Strip(NamedTuple):
    """Some moments side by side."""

    picture: Image.Image
    columns: int
    """Fewer than were asked for where the run has saved fewer."""
    saved: int
    """Moments of which there is a picture."""


def strip(run: RunDirectory, columns: int, side: int) -> Strip:
    """The first latents at some moments, one a column. Raises UserError where no picture was saved."""
    found = moments(run)
    if len(found) < 2:
        raise UserError(f"{_saved(run, len(found))}: a strip is made of two at least, {_each(run)}")
    shown = preview.read(run.path)
    shape = None if run.task.picture or not shown or not shown.images else (shown.images.width, shown.images.height)
    chosen = frames.evenly(found, columns)
    pictures = [_cells(_open(moment.path), shape) for moment in chosen]
    rows = min(map(len, pictures))
    apart = len({moment.epoch for moment in chosen}) == len(chosen)
    titles = [f"{run.task.epoch} {moment.epoch}" if apart else f"step {moment.step:,}" for moment in chosen]
    return Strip(
        frames.strip([(images[:rows], title) for images, title in zip(pictures, titles, strict=True)], side), len(chosen), len(found)
    )


def _cells(picture: Image.Image, shape: tuple[int, int] | None) -> Sequence[Image.Image]:
    """The first images of a grid; the picture itself where it is none."""
    if shape is None or picture.size == shape:
        return [picture]
    return [image for image, _ in zip(frames.cells(picture, shape, GAP), range(ROWS), strict=False)] or [picture]


def _open(path: Path) -> Image.Image:
    """Raises UserError where it is damaged."""
    try:
        with Image.open(path) as picture:
            if picture.width * picture.height > LARGEST_PICTURE:
                raise UserError(f"{printable(str(path))} has more than {LARGEST_PICTURE:,} pixels: no film is made of it")
            return picture.convert("RGB")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise UserError(f"{printable(str(path))} cannot be read: {printable(str(error))[:120]}; move it away to leave it out") from None
