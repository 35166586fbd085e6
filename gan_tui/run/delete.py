"""Deleting a run: the one thing here that cannot be undone, so it is done to nothing but a run, and to that only when a person says so."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gan_tui.errors import UserError, reason_of
from gan_tui.files import read_at_most
from gan_tui.run.directory import RunDirectory, is_run
from gan_tui.run.events import Error, Finished, Note, Phase, decode
from gan_tui.run.lock import RunLock, lease_of

_SHORT = 1 << 16
"""Bytes of the log of a run that could not begin, at most, and of what its trainer printed."""


class Weight(NamedTuple):
    """What a person would lose."""

    files: int
    size: int
    """Bytes."""
    drawings: int = 0
    """Those that a person has saved on the drawing board."""


def check_deletable(run: RunDirectory, runs_dir: Path) -> None:
    """Raises UserError for what is no run of this folder, and for a run that is being trained."""
    if run.path.is_symlink():
        raise UserError(f"{run.name} is a link, and its target may be the only copy: remove it by hand")
    if run.path.resolve().parent != runs_dir.resolve() or not is_run(run.path):
        raise UserError(f"{run.path} is not a run in {runs_dir}")
    if run.alive:
        raise UserError(f"{run.name} is being trained: stop it first")


def weigh(run: RunDirectory) -> Weight:
    """Its files and their size; links are counted, never followed."""
    files = size = drawings = 0
    for folder, _, names in os.walk(run.path):
        for name in names:
            files += 1
            drawings += name.startswith("drawing-") and name.endswith("-picture.png")
            try:
                size += os.lstat(os.path.join(folder, name)).st_size  # noqa: PTH118 (a Path for each of many files)
            except OSError:
                continue
    return Weight(files, size, drawings)


def delete(run: RunDirectory, runs_dir: Path) -> None:
    """Delete a run with all that it holds. Raises UserError where it must not or cannot be."""
    check_deletable(run, runs_dir)
    try:
        with RunLock(run.lock):  # no trainer can start on it while it vanishes
            shutil.rmtree(run.path)  # never follows a link, neither the first nor one inside
    except OSError as error:
        raise UserError(f"cannot delete {error.filename or run.path}: {reason_of(error)}") from None


class Skeleton:
    """What `directory.create` has just made: the one thing that goes again without being asked, where nothing came of it.

    Nothing is ever removed but the empty folders and small files that such a run begins with, one by one and by name.
    A run in which a trainer has begun, a file that is not ours, a log that cannot be read: all that stays.
    """

    def __init__(self, run: RunDirectory, copies: Sequence[Path] = ()) -> None:
        """Remember what was made; `copies`: files in it of which the originals lie elsewhere. Raises OSError."""
        self._run = run
        self._copies = copies
        self._identity = _identity(run.path)
        self._settings = run.config_file.read_bytes()

    def discard(self, *, mistaken: bool = False) -> bool:
        """Remove it where no trainer has touched it, or, with `mistaken`, where its log says that none could begin. False: it stays."""
        try:
            with RunLock(self._run.lock):  # no trainer can start on it while it vanishes
                if not self._untouched(mistaken):
                    return False
                for folder in self._folders:
                    folder.rmdir()  # refuses where there is anything in it
                run = self._run
                for file in (run.events, run.summary, run.config_file, run.trainer_log, run.lock, *self._copies):
                    file.unlink(missing_ok=True)
            self._run.path.rmdir()
        except (OSError, UserError, ValueError):  # the last of what is larger than a skeleton's files are
            return False
        return True

    @property
    def _folders(self) -> tuple[Path, ...]:
        return (self._run.samples, self._run.checkpoints, self._run.control)

    def _untouched(self, mistaken: bool) -> bool:
        run = self._run
        known = {folder.name for folder in self._folders} | {run.config_file.name, run.lock.name, lease_of(run.lock).path.name}
        known |= {copy.name for copy in self._copies}
        if mistaken and os.path.lexists(run.events):  # and whatever a trainer behind a screen said of it
            known |= {run.events.name, run.summary.name, run.trainer_log.name}
        return (
            _identity(run.path) == self._identity
            and set(os.listdir(run.path)) <= known
            and not any(os.listdir(folder) for folder in self._folders)
            and read_at_most(run.config_file, len(self._settings)) == self._settings
            and (not os.path.lexists(run.events) or _never_begun(run.events))
            and (not os.path.lexists(run.trainer_log) or run.trainer_log.stat().st_size <= _SHORT)
        )


def _identity(path: Path) -> tuple[int, int]:
    status = path.lstat()
    return status.st_dev, status.st_ino


def _never_begun(log: Path) -> bool:
    """Does every line say that a trainer tried, and none that it began?"""
    lines = read_at_most(log, _SHORT).splitlines()
    return all(isinstance(event := decode(line), Phase | Note | Error | Finished) and event.step == 0 for line in lines)
