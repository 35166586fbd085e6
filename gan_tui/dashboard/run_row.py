"""What a list of runs knows of one of them. No Textual in here."""

import os
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gan_tui.errors import UserError
from gan_tui.render.styles import Role
from gan_tui.run.damage import lost_checkpoints
from gan_tui.run.directory import RunDirectory
from gan_tui.run.history import Bucket
from gan_tui.run.label import Label
from gan_tui.run.length import continuation, lower_rate
from gan_tui.run.places import Place
from gan_tui.run.selection import Listed
from gan_tui.run.settings_table import settings_of
from gan_tui.run.state import RunState
from gan_tui.run.summary import Summary, look_at, summarise_state
from gan_tui.spec.tasks import COMMAND, GAN, Task

if TYPE_CHECKING:
    from gan_tui.dashboard.run_list import Found


class Reading(NamedTuple):
    """What was read of a run at one moment."""

    stamp: tuple[object, ...]
    """Of the files that were read, and whether a trainer was at work."""
    summary: Summary
    state: RunState
    """Its histories are those of a listing."""
    curve: list[Bucket]
    """Of `listed`."""
    loss: list[Bucket]
    """Of D, where that is another one."""
    best: float | None
    trouble: str | None
    """Why it cannot be read, or its settings cannot."""
    task: Task
    settings: Mapping[str, object]
    """By their keys; empty of a run that is no GAN's training."""
    about: str = ""
    """Of a sweep, what is known of its trials."""
    listed: str = GAN.listed
    """The number by which such runs are listed; of another program that has not named it, the first that it is about."""
    goes_on: str = ""
    """In a word or two, how it is gone on with here; empty where that cannot be."""


class Row:
    """One run in the list. `read` may be called from another thread, one call at a time."""

    is_sweep = False
    place: Place | None = None
    """Where it is, if not on this machine: then `run` is its path there, and no file of it is to be had here."""
    silent = ""
    """Of another machine: why that has not answered when it was asked last; empty where it has."""

    def __init__(self, run: RunDirectory) -> None:
        self.run = run
        self.name = run.name
        self.alive = False
        self.label = Label()
        self.reading: Reading | None = None

    def take(self, found: "Found") -> None:
        """What the last look at all runs says of this one."""
        self.alive, self.label = found.alive, found.label

    def elsewhere(self, verb: str) -> str:
        """The command that does it to a run of another machine, in backquotes; empty of one that is here."""
        del verb
        return ""

    @property
    def takes(self) -> Collection[str]:
        """Keys that do something with it here, by their actions; besides that which goes on with it."""
        return ("open", "mark") if self.alive else ("open", "mark", "delete")

    @property
    def goes_on(self) -> str:
        """See `Reading.goes_on`. The list asks at each key, so it is what was read last: a disk may be slow."""
        return self.reading.goes_on if self.reading is not None and not self.alive else ""

    @property
    def gone(self) -> bool:
        """Is its folder not there any more?"""
        folder = self.run.path.parent
        return self.place is None and not os.path.lexists(self.run.path) and (os.access(folder, os.X_OK) or not os.path.lexists(folder))

    @property
    def shows(self) -> RunDirectory:
        """Whose samples are shown."""
        return self.run

    @property
    def hidden(self) -> bool:
        """See `Summary.hidden`."""
        return self.label.archived and not self.alive

    @property
    def listed(self) -> Listed:
        """What is known of it; before it was read, its name and its label."""
        if self.reading is None:
            nothing = Summary(self.name, str(self.run.path), "starting", self.alive, 0, None, 0, None, None, 0.0, None, None)
            return Listed(nothing._replace(tags=self.label.tags, archived=self.label.archived), {})
        return Listed(self.reading.summary._replace(tags=self.label.tags, archived=self.label.archived), self.reading.settings)

    def read(self) -> Reading | None:
        """What is new; None where nothing is."""
        try:
            return self._read()
        except (UserError, OSError) as error:  # gone or locked since it was found: that is this row's trouble, and no other's
            words = str(error)
        stamp: tuple[object, ...] = (words,)
        if self.reading is not None and self.reading.stamp == stamp:
            return None
        return Reading(stamp, self.listed.summary, RunState(), [], [], None, words, GAN, {})

    def refusal(self) -> tuple[str, Role] | None:
        """Why it cannot be gone on with here at this moment, or how; None where it can."""
        if self.run.alive:
            return "it is being trained already: enter opens it", Role.WARNING
        return self._refusal(self.reading) if self.reading is not None else ("it is being read; once more, please", Role.WARNING)

    def _refusal(self, reading: Reading) -> tuple[str, Role] | None:
        """The same of one that is not being trained."""
        if reading.trouble:
            return reading.trouble, Role.ERROR
        if not self.run.writable:
            return f"{self.run.path} cannot be written: make it writable, and it can be gone on with", Role.ERROR
        task, summary = self.run.task, reading.summary
        if not task.resumes:
            return f"start its script again, with gan_tui.track(resume={self.name!r}) in it", Role.WARNING
        command = continuation(task, reading.state, self.run.cli_name)
        if summary.state != "completed":
            again = f"with the same rate it would diverge again: `{command}` goes on"
            gone = lost_checkpoints(self.run, reading.state) if task is GAN else ""
            return (gone, Role.ERROR) if gone else (again, Role.WARNING) if lower_rate(reading.state) else None
        if task is COMMAND:
            return (
                f"its program is done: `gan-tui resume {self.run.cli_name} --resume-args ''` runs it once more, in this run",
                Role.WARNING,
            )
        goes_on = f": `{command}` goes on" if command else ""
        return ("its time is over" if summary.epochs is None and command else f"all its {task.epoch}s are done") + goes_on, Role.WARNING

    def _read(self) -> Reading | None:
        """The same. Raises UserError and OSError."""
        alive, saved = self.run.alive, self.run.has_checkpoint
        stamp = (stamp_of(self.run.events), stamp_of(self.run.config_file), alive, saved, self.run.writable)
        waits = self.reading is not None and self.reading.summary.state == "starting" and not alive  # and is given up once it has for long
        if self.reading is not None and self.reading.stamp == stamp and not waits:
            return None
        state = look_at(self.run)
        try:
            self.run.settings()
            trouble = None
        except UserError as error:
            trouble = str(error)
        best = min((bucket.low for bucket in _buckets(state, "fd") if bucket.low is not None), default=None)
        task = self.run.task
        listed = task.listed if task.ours or task.listed in state.history else state.lead or task.listed
        reading = Reading(
            stamp,
            summarise_state(self.run, state),
            state,
            _buckets(state, listed),
            _buckets(state, "d_loss") if listed != "d_loss" else [],
            best,
            trouble,
            task,
            settings_of(self.run),
            listed=listed,
        )
        if alive or self._refusal(reading):
            return reading
        begins = "begin anew" if reading.summary.step else "begin"
        return reading._replace(goes_on="run again" if task is COMMAND else "resume" if saved else begins)


def stamp_of(file: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file does; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _buckets(state: RunState, name: str) -> list[Bucket]:
    return list(state.history[name].buckets) if name in state.history else []
