"""Which runs the browser shows, in which order, and which are put away."""

import os
from pathlib import Path

import msgspec
from textual.actions import SkipAction
from textual.widgets import Input

from gan_tui.dashboard.far_runs import FarRuns
from gan_tui.dashboard.run_list import Kept
from gan_tui.dashboard.run_row import Row
from gan_tui.dashboard.screens.followed_runs import FollowedRuns
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.run import label
from gan_tui.run.directory import RunDirectory
from gan_tui.run.selection import Wanted


class RunChoice(FollowedRuns):
    """The part of the browser that says so: a filter to type into, and keys."""

    def __init__(self, runs_dir: Path, glyphs: Glyphs, wanted: Wanted, far: FarRuns | None, kept: Kept) -> None:
        super().__init__(runs_dir, glyphs, wanted, far, kept.marked)
        self._undo = list(kept.undo)
        """Which runs `a` has put away or had back, and whether they were away before."""
        hint = "name  fd<3  tag:good  preset=classic  since:2d"
        self.filter_input = Input(placeholder=hint, id="filter", compact=True, select_on_focus=False)
        self.filter_input.cursor_blink = False

    def on_mount(self) -> None:
        """The filter that the list has from before; an input with a text wants an app that runs."""
        self.filter_input.value = self.runs.filter

    @property
    def kept(self) -> Kept:
        """What is to be found again when the list is opened once more."""
        return Kept(tuple(self.runs.marked), tuple(self._undo))

    def _current(self) -> Row | None:
        """The highlighted run; None where there is none, or not any more: then that is said."""
        row = self.runs.current
        return None if row is None or self._went_away(row) else row

    def _went_away(self, row: Row) -> bool:
        """Is its folder gone? Then that is said, and the list is one without it."""
        if row.gone:
            self._say_gone(row.name)
        return row.gone

    def _say_gone(self, name: str) -> None:
        self.tell(f"{name} is gone: it was deleted, renamed or moved since", Role.WARNING)
        self.take()
        self._moved()

    def _moved(self) -> None:
        """Show what has become of the list."""
        self._draw()
        self._wake.set()

    def action_filter(self) -> None:
        """Its key comes before all others, and at once: what a burst of keys says next is typed into the filter. So may it be itself."""
        if self.focused is self.filter_input:
            raise SkipAction
        self.add_class("-filtering")
        self.set_focus(self.filter_input)
        self._draw()

    def on_input_changed(self, event: Input.Changed) -> None:
        if event.value != self.runs.filter:
            self.runs.set_filter(event.value)
            self.set_class(bool(self.runs.problem), "-puzzled")
            self.tell(self.runs.problem, Role.WARNING)
            self._moved()

    def on_input_submitted(self) -> None:
        """The filter stays, the keys are keys again; one that is not understood is yet to be mended."""
        if self.runs.problem:
            self.tell(self.runs.problem, Role.WARNING)
            return
        self.remove_class("-filtering")
        self.set_focus(None)
        self.tell("")
        self._draw()

    def action_next_order(self) -> None:
        """Sort by something else."""
        order = self.runs.next_order()
        self.tell("live runs, then the newest" if order == "date" else f"sorted {self.runs.order_in_words}", Role.MUTED)
        self._moved()

    def action_archive(self) -> None:
        """Put the highlighted run away, or have it back."""
        row = self._current()
        if row is None:
            return
        if there := row.elsewhere("archive"):
            self.tell(f"{there} puts it away", Role.WARNING)
            return
        away = not row.label.archived
        if away and row.alive:
            self.tell(f"{'its trials are' if row.is_sweep else 'it is'} being trained: what is at work is not put away", Role.WARNING)
            return
        if self._put(row.run, away=away):
            self._undo.append((row.run, not away))
            self.tell(f"archived, u takes that back: {row.name}" if away else f"in the list again: {row.name}")

    def action_undo(self) -> None:
        """Take back what `a` did last; again, what it did before."""
        if not self._undo:
            self.tell("nothing was archived here that could be taken back: A shows all archived runs", Role.MUTED)
            return
        run, away = self._undo.pop()
        if self._put(run, away=away):
            self.runs.go_to(run.name)
            self.tell(f"{'archived again' if away else 'in the list again'}: {run.name}")
            self._moved()

    def _put(self, run: RunDirectory, *, away: bool) -> bool:
        """Put a run away, or have it back, and show the list without it or with it. False where that cannot be; then it is said why."""
        if not os.path.lexists(run.path):
            self._say_gone(run.name)
            return False
        if away and run.alive:
            self.tell("it is being trained: what is at work is not put away", Role.WARNING)
            return False
        try:
            label.write(run.path, msgspec.structs.replace(label.stated(run.path), archived=away))
            self.runs.take(self._scan())
        except UserError as error:
            self.tell(str(error), Role.ERROR)
            return False
        self._moved()
        return True

    def action_show_archived(self) -> None:
        """Those that were put away too, or not."""
        self.runs.archived = not self.runs.archived
        self.runs.renew()
        self.tell("archived runs too" if self.runs.archived else "without archived runs", Role.MUTED)
        self._moved()
