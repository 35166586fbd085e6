"""Runs as a list that is sorted, filtered and marked. No Textual in here."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.run import directory, label, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.history import Bucket
from gan_tui.run.images import Images
from gan_tui.run.label import Label
from gan_tui.run.places import Place
from gan_tui.run.selection import EVERYTHING, Listed, Wanted, in_order, parse
from gan_tui.run.selection import ORDERS as SUMMARISED
from gan_tui.run.settings_table import settings_of
from gan_tui.run.state import RunState
from gan_tui.run.summary import Summary, look_at, summarise_state
from gan_tui.spec.tasks import GAN, Task

ORDERS = ("date", "name", "fd", "step", "elapsed")
"""That a key goes through; `gan-tui runs --sort` knows more."""


class Reading(NamedTuple):
    """What was read of a run at one moment."""

    stamp: tuple[object, ...]
    """Of the files that were read, and whether a trainer was at work."""
    summary: Summary
    state: RunState
    """Its histories are those of a listing."""
    curve: list[Bucket]
    """Of the number by which such runs are listed."""
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


class Row:
    """One run in the list. `read` may be called from another thread, one call at a time."""

    is_sweep = False
    place: Place | None = None
    """Where it is, if not on this machine: then `run` is its path there, and no file of it is to be had here."""
    silent = False
    """Of another machine: has that not answered when it was asked last?"""

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
        """Why it cannot be gone on with here, or how; None where it can."""
        if self.run.alive:
            return "it is being trained already: enter opens it", Role.WARNING
        if self.reading is None:
            return "it is being read; once more, please", Role.WARNING
        if self.reading.trouble:
            return self.reading.trouble, Role.ERROR
        task, summary = self.run.task, self.reading.summary
        if not task.resumes:
            return f"its script goes on with it: gan_tui.track(resume={self.name!r})", Role.WARNING
        if summary.state != "completed":
            return None
        timed = summary.epochs is None
        more = task.to_go_on(timed=timed)
        goes_on = f": gan-tui resume {self.run.cli_name} {more} goes on" if more else ""
        return ("its time is over" if timed and more else f"all its {task.epoch}s are done") + goes_on, Role.WARNING

    def _read(self) -> Reading | None:
        """The same. Raises UserError and OSError."""
        alive = self.run.alive
        stamp = (stamp_of(self.run.events), stamp_of(self.run.config_file), alive)
        if self.reading is not None and self.reading.stamp == stamp:
            return None
        state = look_at(self.run)
        try:
            self.run.settings()
            trouble = None
        except UserError as error:
            trouble = str(error)
        best = min((bucket.low for bucket in _buckets(state, "fd") if bucket.low is not None), default=None)
        task = self.run.task
        curve, loss = (_buckets(state, name) for name in (task.listed, "d_loss"))
        return Reading(
            stamp,
            summarise_state(self.run, state),
            state,
            curve,
            loss if task.listed != "d_loss" else [],
            best,
            trouble,
            task,
            settings_of(self.run),
        )


def stamp_of(file: Path) -> tuple[int, int, int] | None:
    """What changes whenever the file does; None where there is none."""
    try:
        status = file.stat()
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _buckets(state: RunState, name: str) -> list[Bucket]:
    return list(state.history[name].buckets) if name in state.history else []


class Found(NamedTuple):
    """A run that is there, and whether a trainer is at work on it."""

    run: RunDirectory
    alive: bool
    label: Label = Label()
    kind: Callable[[RunDirectory], Row] = Row
    age: tuple[bool, float, str] = (True, 0.0, "")
    """By which such a list is ordered (`directory.age_of`)."""
    listed: Listed | None = None
    """Of a run on another machine: what that has said of it."""
    silent: bool = False
    """Has that machine not answered when it was asked last?"""

    @property
    def name(self) -> str:
        """What it is called in a list."""
        return self.listed.summary.name if self.listed else self.run.name


def scan(runs_dir: Path) -> list[Found]:
    """Every run, the newest first; about 40 us each. Raises UserError where the folder cannot be read."""
    return [Found(run, run.alive, label.read(run.path), age=directory.age_of(run)) for run in directory.all_runs(runs_dir)]


class RunList:
    """Live runs first, then the newest, or in another order; what is highlighted and marked stays so by name, however the list changes."""

    def __init__(self, wanted: Wanted = EVERYTHING) -> None:
        """Raises UserError for a filter that is not understood."""
        self._all: dict[str, Row] = {}
        self.rows: list[Row] = []
        """Those that the filter lets through."""
        self.marked: list[str] = []
        """Names, in the order in which they were marked."""
        self.filter = wanted.words
        self._chosen = parse(wanted.words)
        self.problem = ""
        """Why the filter is not understood; the one before it stands then."""
        self.order = wanted.order
        self.archived = wanted.archived
        """Are those shown too that were put away?"""
        self.position = 0
        """Of the highlighted row in `rows`."""

    @property
    def needs_settings(self) -> bool:
        """Does the filter, or the order, ask for settings?"""
        return self._chosen.settings or self.order.removeprefix("-") not in SUMMARISED

    @property
    def count(self) -> int:
        return len(self._all)

    @property
    def live(self) -> int:
        """Those that are being trained."""
        return sum(row.alive for row in self._all.values())

    def counts(self, glyphs: Glyphs) -> str:
        """`1 live · 12 runs`; with a filter, how many of them it lets through."""
        sweeps = sum(row.is_sweep for row in self._all.values())
        runs = counted(self.count - sweeps, "run") + (f", {counted(sweeps, 'sweep')}" if sweeps else "")
        words = f"{self.live} live {glyphs.middot} {runs}" if self.live else runs
        words = f"{len(self.rows)} of {words}" if self.filter else words
        away = 0 if self.archived else sum(row.hidden for row in self._all.values())
        parts = [words, f"{away} archived" if away else "", f"by {self.order}" if self.order != "date" else ""]
        return f" {glyphs.middot} ".join(filter(None, parts))

    @property
    def unread(self) -> list[Row]:
        """Those whose reading the filter or the order waits for."""
        if self._chosen.names_only and self.order in ("date", "name"):
            return []
        return [row for row in self._all.values() if row.reading is None]

    @property
    def current(self) -> Row | None:
        """The highlighted one."""
        return self.rows[self.position] if self.rows else None

    @property
    def marked_rows(self) -> list[Row]:
        """The marked ones, in the order in which they were marked."""
        return [self._all[name] for name in self.marked if name in self._all]

    def take(self, found: Sequence[Found]) -> None:
        """Take in what is there now."""
        rows = {}
        for one in sorted(found, key=lambda one: not one.alive):  # stable: the newest stay first
            row = self._all.get(one.name) or one.kind(one.run)
            row.take(one)
            rows[one.name] = row
        self._all = rows
        self.marked = [name for name in self.marked if name in rows]
        self.renew()

    def set_filter(self, text: str) -> None:
        """Show only runs of which all the words hold (run/selection.py)."""
        self.filter, self.problem = text, ""
        try:
            self._chosen = parse(text)
        except UserError as error:
            self.problem = str(error)
        self.renew()

    def next_order(self) -> str:
        """Sort by what comes next of ORDERS."""
        place = ORDERS.index(self.order) if self.order in ORDERS else -1
        self.order = ORDERS[(place + 1) % len(ORDERS)]
        self.renew()
        return self.order

    def renew(self) -> None:
        """Choose and sort anew, of what is known by now."""
        before = self.current
        there = {row.name: row for row in self._all.values() if self.archived or not row.hidden}
        chosen = [one for row in there.values() if self._chosen.lets_through(one := row.listed)]
        ordered = chosen if self.order == "date" else in_order(chosen, self.order)
        self.rows = [there[one.summary.name] for one in ordered]
        if before is not None and not self.go_to(before.name):
            self.position = min(self.position, max(0, len(self.rows) - 1))

    def go_to(self, name: str) -> bool:
        """Highlight the run of that name; False where it is not shown."""
        for index, row in enumerate(self.rows):
            if row.name == name:
                self.position = index
                return True
        return False

    def move(self, by: int) -> None:
        """Highlight another row, as far as there are any."""
        self.position = min(max(0, self.position + by), max(0, len(self.rows) - 1))

    def toggle(self) -> None:
        """Mark the highlighted run, or take its mark away."""
        if self.current is None:
            return
        if self.current.name in self.marked:
            self.marked.remove(self.current.name)
        else:
            self.marked.append(self.current.name)


class NewestSamples:
    """The newest samples of one run, read again only when they changed."""

    def __init__(self, run: RunDirectory) -> None:
        self.run, self._folder = run, run.path
        self._stamp: tuple[object, ...] = ()
        self.images: Images | None = None
        self.names: Sequence[str] = ()
        """What each of them is, where they are no samples."""

    def look(self) -> bool:
        """True where there are others than before."""
        stamp = preview.stamp(self._folder)
        if not stamp or stamp == self._stamp:
            return False
        self._stamp = stamp
        found = preview.read(self._folder)
        self.images, self.names = (found.images, found.names) if found else (None, ())
        return True
