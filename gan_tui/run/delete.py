"""Deleting a run: the one thing here that cannot be undone, so it is done to nothing but a run."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Started
from gan_tui.run.lock import RunLock
from gan_tui.run.log import read_all


class Weight(NamedTuple):
    """What a person would lose."""

    files: int
    size: int
    """Bytes."""


def check_deletable(run: RunDirectory, runs_dir: Path) -> None:
    """Raises UserError for what is no run of this folder, and for a run that is being trained."""
    if run.path.is_symlink():
        raise UserError(f"{run.name} is a link, and what it leads to may be somebody's only copy: remove it by hand")
    if run.path.resolve().parent != runs_dir.resolve() or not run.config_file.is_file():
        raise UserError(f"{run.path} is not a run in {runs_dir}")
    if run.alive:
        raise UserError(f"{run.name} is being trained: stop it first")


def weigh(run: RunDirectory) -> Weight:
    """Its files and their size; links are counted, never followed."""
    files = size = 0
    for folder, _, names in os.walk(run.path):
        for name in names:
            files += 1
            try:
                size += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 (a Path for each of many files)
            except OSError:
                continue
    return Weight(files, size)


def delete(run: RunDirectory, runs_dir: Path) -> None:
    """Delete a run with all that it holds. Raises UserError where it must not or cannot be."""
    check_deletable(run, runs_dir)
    try:
        with RunLock(run.lock):  # no trainer can start on it while it vanishes
            shutil.rmtree(run.path)  # never follows a link, neither the first nor one inside
    except OSError as error:
        raise UserError(f"cannot delete {error.filename or run.path}: {error.strerror}") from None


def discard_unused(run: RunDirectory) -> bool:
    """Delete a run that no trainer has ever touched: somebody pressed ctrl+c before there was one. False where it stays."""
    if run.events.exists() or run.trainer_log.exists():
        return False
    try:
        delete(run, run.path.parent)
    except UserError:
        return False
    return True


def discard_never_begun(run: RunDirectory) -> None:
    """Delete a run whose settings no trainer could begin with: two typos are not two runs. One that has begun stays."""
    if not any(isinstance(event, Started) for event in read_all(run.events)):
        with suppress(UserError):
            delete(run, run.path.parent)
