"""The pictures of a report: the newest ones, and a film as a strip of what was saved through time."""

import base64
import io
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.files import read_at_most
from gan_tui.film import moments
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState

LARGEST = 4 << 20
"""Bytes of a picture that goes into a report."""
COLUMNS, SIDE = 12, 48
"""Moments of a strip, and pixels of an image in it."""
PICTURE_COLUMNS, PICTURE_SIDE = 6, 200
"""Of a run that makes one picture."""


class Picture(NamedTuple):
    """One, with the words below it."""

    caption: str
    uri: str
    """It itself, as it stands in a page."""


def of_run(run: RunDirectory, state: RunState) -> list[Picture]:
    """The newest samples and real images; of a style transfer its picture."""
    real = _read("what it is made from" if run.task.picture else "real images", run.real_images)
    return [picture for picture in (newest(run, state), real) if picture is not None]


def newest(run: RunDirectory, state: RunState) -> Picture | None:
    """The newest samples, or the picture that was made; None where none can be read."""
    if run.picture.exists():
        return _read("the picture", run.picture)
    grid = next(reversed(state.grids.values()), None)
    if grid is None:
        return None
    path = run.path / grid.path
    if not path.resolve().is_relative_to(run.path.resolve()):
        return None
    epoch = state.epoch_at(grid.step)
    return _read(f"samples at {f'{run.task.epoch} {epoch:,}, ' if epoch else ''}step {grid.step:,}", path)


def film(run: RunDirectory) -> Picture | None:
    """The same latents at moments of the run, from left to right, as one picture of a bounded size; None where two cannot be read."""
    with suppress(UserError):
        strip = moments.strip(run, *((PICTURE_COLUMNS, PICTURE_SIDE) if run.task.picture else (COLUMNS, SIDE)))
        written = io.BytesIO()
        strip.picture.save(written, "PNG", optimize=True)
        shown = f"{strip.columns} of {counted(strip.saved, 'saved picture')}" if strip.columns < strip.saved else "all saved pictures"
        what = "" if run.task.picture else ", the same latents in each row"
        return Picture(f"{shown}{what}", _uri(written.getvalue()))
    return None


def _read(caption: str, path: Path) -> Picture | None:
    """None where it cannot be read, or is no PNG."""
    with suppress(OSError, ValueError):
        content = read_at_most(path, LARGEST)
        if content.startswith(b"\x89PNG"):
            return Picture(caption, _uri(content))
    return None


def _uri(png: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(png).decode()}"
