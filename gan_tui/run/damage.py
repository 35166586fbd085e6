"""A log that is gone, or cannot be read: noticed before a trainer writes the next line, and by who reads it."""

import os
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gan_tui.errors import UserError, reason_of
from gan_tui.files import open_regular, set_aside
from gan_tui.run import events, index
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import LONGEST_LINE, unreadable
from gan_tui.run.state import RunState

PROBE = 1 << 20
"""Bytes of each end of a log in which an event is looked for."""


BEGINNING = b'{"kind"'
"""Of every line."""


class LostLog(NamedTuple):
    """A log that says nothing of what the run's files show."""

    what: str
    """What is wrong with it, in words."""
    aside: Path | None
    """Where it is now, where there was something in it."""
    existed: bool

    def put_back(self, log: Path) -> None:
        """Undo the new log that has been begun in its place: a trainer that was refused has nothing to say in it. Raises OSError."""
        index.summary_of(log).unlink(missing_ok=True)  # of the new one
        if self.aside is not None:
            os.replace(self.aside, log)
        elif self.existed:
            os.truncate(log, 0)
        else:
            with suppress(FileNotFoundError):
                log.unlink()


def set_unreadable_log_aside(run: RunDirectory) -> LostLog | None:
    """The log of a run of which something came before, where it is lost; None where the log is whole, or the run is new.

    A log in which no event can be read is renamed, so that a new one can begin. Raises OSError.
    """
    log = run.events
    if not os.path.lexists(log):
        return LostLog(f"{log.name} was missing", None, existed=False) if _has_results(run) else None
    if log.is_file() and log.stat().st_size == 0:
        return LostLog(f"{log.name} was empty", None, existed=True) if _has_results(run) else None
    if log.is_file() and _has_event(log):
        return None
    aside = set_aside(log)
    return LostLog(f"nothing in {log.name} could be read (it is {aside.name} now)", aside, existed=True)


def damage_of(log: Path) -> str | None:
    """Why nothing can be read in a log that is there; None where an event can be, and where it has no whole line yet."""
    if why := unreadable(log):
        return why
    try:
        with open(log, "rb") as file:
            head = file.read(PROBE)
        begun = (
            len(head) < LONGEST_LINE and b"\n" not in head and BEGINNING.startswith(head[: len(BEGINNING)])
        )  # its first line is being written
        return None if begun or _has_event(log) else "none of its lines is an event, so it is damaged"
    except FileNotFoundError:
        return None
    except OSError as error:
        return reason_of(error)


def refuse_damaged(run: RunDirectory) -> None:
    """Raises UserError where the run's log is there and nothing in it can be read."""
    if why := damage_of(run.events):
        raise UserError(f"{run.events} cannot be read: {why}")


def damaged_settings(run: RunDirectory) -> str | None:
    """Why the run's settings cannot be read; None where they can."""
    try:
        run.settings()
    except UserError as error:
        return str(error)
    return None


def lost_checkpoints(run: RunDirectory, state: RunState) -> str:
    """What is to be done where a GAN's run, whose log adds up to `state`, has saved and has no checkpoint to go on from; else empty."""
    if not run.has_checkpoint:
        gone = f"the checkpoints of {run.name} are gone from {run.checkpoints}: put them back, or start a new run"
        return gone if state.checkpoint is not None else ""
    return "" if _may_go_on(run) else f"no checkpoint of {run.name} can be read: put a whole one back, or start a new run"


def _may_go_on(run: RunDirectory) -> bool:
    """Is any checkpoint a zip archive to its end, as all of torch.save are? What is in it, only a trainer can say."""
    return any(is_whole(path) for path in run.checkpoint_files)


def is_whole(path: Path) -> bool:
    """Is it a zip archive to its end, as what torch.save writes is?"""
    try:
        with open_regular(path) as file:
            return zipfile.is_zipfile(file)
    except ValueError:
        return False
    except OSError:  # it may not be read, and be whole: the trainer says what is to be done
        return True


def _has_results(run: RunDirectory) -> bool:
    made = (run.generator, run.discriminator, *run.checkpoint_files, *run.samples.glob("fake_images-*.png"))
    return any(path.exists() for path in made)


def _has_event(log: Path) -> bool:
    with open(log, "rb") as file:
        head = file.read(PROBE)
        file.seek(max(0, file.seek(0, os.SEEK_END) - PROBE))
        lines = head.splitlines() + file.read().splitlines()
    return any(events.decode(line) is not None for line in lines)
