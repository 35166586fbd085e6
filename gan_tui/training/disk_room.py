"""What a run writes, and whether the disk has room for it: said before hours are trained that cannot be saved."""

import shutil
from pathlib import Path
from typing import NamedTuple

from torch import Tensor, nn

from gan_tui.pixel_range import denorm
from gan_tui.run.directory import RunDirectory
from gan_tui.training import scoring
from gan_tui.training.grids import grid_png
from gan_tui.training.loop import grids_of
from gan_tui.training.out_of_memory import gigabytes
from gan_tui.training.session import Session


class Written(NamedTuple):
    """Bytes, and how many files."""

    checkpoint: int
    checkpoints: int
    """That are there at once: the newest, the best, and one that is being written."""
    grid: int
    grids: int
    networks: int
    """At the end, alone."""

    @property
    def whole(self) -> int:
        return self.checkpoints * self.checkpoint + self.grids * self.grid + self.networks


def written_by(session: Session) -> Written:
    """All that a run of these settings writes, but for its log."""
    images = scoring.generate(session.sampler, session.fixed_latents, session.fixed_labels)
    return _written(session, len(grid_png(denorm(images).view(-1, *session.data.shape), session.settings.samples.columns)))


def _written(session: Session, grid: int) -> Written:
    settings, gan = session.settings, session.gan
    weights = _bytes(gan.generator) + _bytes(gan.discriminator)
    ema = _bytes(gan.g_ema) if gan.g_ema is not None else 0
    checkpoint = 3 * weights + ema + session.fixed_latents.nbytes  # Adam has two numbers for each weight
    return Written(checkpoint, settings.checkpoints.keep + 2, grid, grids_of(settings.train.epochs, session.steps_per_epoch), weights)


def warning(session: Session, run: RunDirectory) -> list[str]:
    """A line where the disk has too little room for what is still to be written. Nothing is deleted. Raises OSError."""
    free = shutil.disk_usage(run.path).free
    pixels = len(session.fixed_latents) * session.data.shape[0] * session.data.shape[1] * session.data.shape[2]
    if _written(session, 2 * pixels).whole < free:  # no PNG is larger, and nothing has to be drawn to see it
        return []
    whole = written_by(session)
    if session.settings.train.seconds:
        whole = whole._replace(grids=1)  # nobody knows how many epochs there is time for
    there = sum(path.stat().st_size for folder in (run.checkpoints, run.samples) for path in _files(folder))
    left = whole.whole - there
    if left <= free:
        return []
    return [f"the disk is too small: the run writes about {size(left)} more, and {size(free)} are free in {run.path.parent}; make room"]


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_file()] if folder.is_dir() else []


def _bytes(network: nn.Module) -> int:
    return sum(value.nbytes for value in network.state_dict().values() if isinstance(value, Tensor))


def size(count: int) -> str:
    """`3.2 MB`, and larger ones as `gigabytes` has them."""
    return gigabytes(count) if count >= 1e7 else f"{count / 1e6:.2g} MB"
