"""`gan-tui train --dry-run`: what a run would have, take and leave, measured by a few steps of it. Nothing is written."""

import math
import resource
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import torch

from gan_tui.config import RunConfig
from gan_tui.counted import counted
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError
from gan_tui.training import build, devices, disk_room
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.out_of_memory import gigabytes
from gan_tui.training.session import Session

WARM_UP = 3
"""Launches that are not timed: the first ones load libraries."""
SECONDS = 3.0
"""Of timed steps, about."""
MOST_STEPS = 200
NAMED = 10
"""Classes that are named."""


class Row(NamedTuple):
    """A line of the table."""

    what: str
    found: str


def rows(settings: RunConfig, runs_dir: Path) -> Iterator[Row]:
    """The table, line by line as it is found out. Raises UserError where the run could not begin."""
    ranks = Ranks()
    try:
        yield from _rows(settings, runs_dir, ranks)
    except (RuntimeError, MemoryError) as error:
        if (words := build.explain_memory(error, settings, ranks)) is None:
            raise
        raise UserError(words) from None


def _rows(settings: RunConfig, runs_dir: Path, ranks: Ranks) -> Iterator[Row]:
    chosen = devices.choose_device(settings, ranks)
    data = build.load_data(settings, chosen.device)
    settings = build.with_classes(settings, data)
    for line in (*data.notes, *(() if data.notes else data.details)):
        yield Row("data", line.removeprefix("data: "))
    yield Row("images", _images(settings, data))
    session = Session(settings, chosen.device, data, None, ranks)
    networks = (session.gan.generator, session.gan.discriminator)
    counts = [sum(parameter.numel() for parameter in network.parameters()) for network in networks]
    for note in session.notes:
        yield Row("begins", note)
    yield Row("networks", f"{settings.model.family}: G {counts[0]:,} parameters, D {counts[1]:,}")
    steps, seconds = _timed(session)
    yield Row("engine", f"{session.engine.name} on {devices.device_name(chosen)}")
    for note in (*chosen.notes, *(fault.text for fault in chosen.faults), *session.engine.notes):
        yield Row("note", note)
    epoch = seconds / steps * session.steps_per_epoch
    step = f"{1000 * seconds / steps:.3g} ms" if seconds < steps else f"{seconds / steps:.1f} s"
    each = f"{step} a step (mean of {steps}), {session.steps_per_epoch:,} steps an epoch"
    yield Row("speed", f"{each}: {_duration(epoch)} an epoch")
    yield Row("whole run", _whole(settings, epoch))
    yield Row("memory", _memory(session))
    yield Row("disk", _disk(session, runs_dir))
    session.engine.close()


def _images(settings: RunConfig, data: Dataset) -> str:
    channels, height, width = data.shape
    held_out = f", {len(data.validation):,} to choose best.pt by" if data.validation is not None else ""
    words = f"{len(data.images):,} to train on{held_out}, {len(data.test):,} to test with; {width} x {height}"
    words += f", {'grey' if channels == 1 else 'colour'}"
    if data.labels is None or not data.label_count:
        return words
    names = [settings.data.label_name(number) for number in range(min(data.label_count, NAMED))]
    kind = "groups of alike images" if data.clusters else "classes"
    return f"{words}; {data.label_count:,} {kind}: {', '.join(names)}{', ...' if data.label_count > NAMED else ''}"


def _timed(session: Session) -> tuple[int, float]:
    """(steps, seconds that they took), of steps as a run takes them."""
    began = time.monotonic()
    for _ in range(WARM_UP):
        session.advance()
        if time.monotonic() - began > SECONDS:
            break
    _wait(session.device)
    first, began = session.progress.step, time.monotonic()
    while session.progress.step - first < MOST_STEPS and time.monotonic() - began < SECONDS:
        session.advance()
    _wait(session.device)
    return session.progress.step - first, time.monotonic() - began


def _wait(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize(device)


def _whole(settings: RunConfig, epoch: float) -> str:
    epochs = settings.train.epochs
    words = f"{epochs:,} epoch{'s' * (epochs != 1)}: {_duration(epochs * epoch)}"
    if settings.evaluation.budget:
        words += f", and {settings.evaluation.budget:.0%} more to measure quality"
    return f"{words}; it ends after {settings.train.budget}" if settings.train.budget else words


def _memory(session: Session) -> str:
    if session.device.type == "cuda":
        return f"{gigabytes(torch.cuda.max_memory_allocated(session.device))} of the GPU at most, data included"
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    return f"{gigabytes(peak)} at most until here, data included"


def _disk(session: Session, runs_dir: Path) -> str:
    written = disk_room.written_by(session)
    there = next(path for path in (runs_dir, *runs_dir.absolute().parents) if path.exists())
    free = shutil.disk_usage(there).free
    short = "" if free > written.whole else ": too little"
    return (
        f"about {gigabytes(written.whole)}: up to {written.checkpoints} checkpoints of {disk_room.size(written.checkpoint)}, "
        f"{counted(written.grids, 'grid')} of {disk_room.size(written.grid)} each; {gigabytes(free)} are free in {runs_dir}{short}"
    )


def _duration(seconds: float) -> str:
    """`5 s`, `12 min`, `3 h 20 min`."""
    if seconds < 100:
        return f"{seconds:.2g} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60:,} h {minutes % 60:02d} min"
