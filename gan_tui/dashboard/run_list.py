"""Runs as a list that is sorted, filtered and marked. No Textual in here."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from rich.cells import cell_len

from gan_tui.counted import counted
from gan_tui.dashboard.run_row import Row
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.run import directory, label, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images
from gan_tui.run.label import Label
from gan_tui.run.selection import EVERYTHING, Listed, Wanted, compares_all, in_order, parse
from gan_tui.run.selection import ORDERS as SUMMARISED

MOST_COMPARED = 8
"""Runs that have colours and signs of their own beside each other."""
ORDERS = ("date", "name", "fd", "step", "elapsed")
"""That a key goes through; `gan-tui runs --sort` knows more."""


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
    silent: str = ""
    """Why that machine has not answered when it was asked last; empty where it has."""

    @property
    def name(self) -> str:
        """What it is called in a list."""
        return self.listed.summary.name if self.listed else self.run.name


def scan(runs_dir: Path) -> list[Found]:
    """Every run, the newest first; about 40 us each. Raises UserError where the folder cannot be read."""
    return [Found(run, run.alive, label.read(run.path), age=directory.age_of(run)) for run in directory.all_runs(runs_dir)]


class RunList:
    """Live runs first, then the newest, or in another order; what is highlighted and marked stays so by name, however the list changes."""

    def __init__(self, wanted: Wanted = EVERYTHING, marked: Sequence[str] = ()) -> None:
        """`marked`: names. Raises UserError for a filter that is not understood."""
        self._all: dict[str, Row] = {}
        self.rows: list[Row] = []
        """Those that the filter lets through."""
        self.marked = list(marked)
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

    def counts(self, glyphs: Glyphs, room: int) -> str:
        """`1 live · 12 runs`; with a filter `1 live · 2 of 12 runs`: so many it lets through, of those that have been read.

        room: cells; what matters least of what does not fit is left out.
        """
        sweeps = sum(row.is_sweep for row in self._all.values())
        runs = counted(self.count - sweeps, "run") + (f"{' and' if self.filter else ','} {counted(sweeps, 'sweep')}" if sweeps else "")
        away = 0 if self.archived else sum(row.hidden for row in self._all.values())
        parts = {
            "live": f"{self.live} live" if self.live else "",
            "runs": f"{len(self.rows)} of {runs}" if self.filter else runs,
            "reading": f"reading{glyphs.ellipsis}" if self.unread else "",
            "archived": f"{away} archived" if away else "",
            "order": self.order_in_words if self.order != "date" else "",
        }
        between = f" {glyphs.middot} "
        for least in ("archived", "order", "live", "reading"):
            if cell_len(between.join(filter(None, parts.values()))) <= room:
                break
            parts[least] = ""
        return between.join(filter(None, parts.values()))

    def notice(self, glyphs: Glyphs) -> str:
        """What to remember of the list as long as it is so: that not all runs are shown, and that some are marked."""
        count = len(self.marked_rows)
        first = f" the first {MOST_COMPARED}" if count > MOST_COMPARED else ""
        marks = f"{count} marked: c compares{first}" if count > 1 else "1 marked: mark another one to compare" if count else ""
        return f" {glyphs.middot} ".join(filter(None, (f"only '{self.filter}': esc shows all" if self.filter else "", marks)))

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
        """The marked ones that are there, in the order in which they were marked."""
        return [self._all[name] for name in self.marked if name in self._all]

    def take(self, found: Sequence[Found]) -> None:
        """Take in what is there now."""
        rows = {}
        for one in sorted(found, key=lambda one: not one.alive):  # stable: the newest stay first
            row = self._all.get(one.name) or one.kind(one.run)
            row.take(one)
            rows[one.name] = row
        self._all = rows
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

    @property
    def order_in_words(self) -> str:
        """`by step`; by FD `by network, fd` where there are several feature networks, for it compares within one only."""
        whole = compares_all((row.listed for row in self.rows), self.order)
        return f"by {self.order}" if whole else f"by network, {self.order}"

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

    def forget(self, name: str) -> None:
        """That of a run that was deleted here: another one may take it. Where a folder is only away, its marks stay."""
        if name in self.marked:
            self.marked.remove(name)

    def toggle(self) -> None:
        """Mark the highlighted run, or take its mark away."""
        if self.current is None:
            return
        if self.current.name in self.marked:
            self.marked.remove(self.current.name)
        else:
            self.marked.append(self.current.name)


class Kept(NamedTuple):
    """What who comes back from a run finds again in the list, besides what it shows (`Wanted`)."""

    marked: Sequence[str] = ()
    undo: Sequence[tuple[RunDirectory, bool]] = ()
    """Which runs were put away or had back, and whether they were away before."""


NOTHING_KEPT = Kept()


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
