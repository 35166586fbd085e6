"""Many runs on one screen: find one, open it, compare some, delete what is not needed."""

import asyncio
import contextlib
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal
from textual.events import Click, MouseScrollDown, MouseScrollUp, Resize

from gan_tui.counted import counted
from gan_tui.dashboard.browser_commands import COMMANDS, FILTER_COMMANDS, LEGEND, MOVES, offered
from gan_tui.dashboard.dialogs import Question
from gan_tui.dashboard.far_runs import FarRuns
from gan_tui.dashboard.messages import Opening
from gan_tui.dashboard.run_list import NOTHING_KEPT, Kept
from gan_tui.dashboard.screens.compare import CompareScreen
from gan_tui.dashboard.screens.help import HelpScreen, help_on_keys
from gan_tui.dashboard.screens.run_choice import RunChoice
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.dashboard.widgets.line_widget import TextLine
from gan_tui.dashboard.widgets.machines import MachinesLine
from gan_tui.dashboard.widgets.run_facts import RunFacts
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import bytes_in_words, plain
from gan_tui.run.delete import check_deletable, delete, weigh
from gan_tui.run.places import all_typed
from gan_tui.run.selection import EVERYTHING, Wanted

BESIDE = 150
"""Cells of a screen on which the highlighted run stands beside the table instead of below."""

COUNTS, LEAST_TITLE = 40, 12
"""Cells of the counts where there is room, and those that the title keeps, with the blanks around it."""


class BrowserScreen(RunChoice):
    """A table of runs, and of the highlighted one what it last made."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, command.action, show=False, priority=key.startswith("ctrl+") or command.action == "filter")
            for command in COMMANDS
            for key in command.key.split(",")
        ),
        *(Binding(key, f"move({by})", show=False) for key, by in MOVES.items()),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]
    AUTO_FOCUS = ""

    def __init__(
        self,
        runs_dir: Path,
        glyphs: Glyphs,
        at: str | None = None,
        title: str = "",
        wanted: Wanted = EVERYTHING,
        *,
        inside: bool = False,
        far: FarRuns | None = None,
        kept: Kept = NOTHING_KEPT,
    ) -> None:
        """`at`: the run to highlight first. `title`: what tells more than the folder. `inside`: it is a sweep's, out of which `esc` leads.

        `kept`: from before. `far`: other machines, whose runs are shown too. Raises UserError for a filter that is not understood.
        """
        super().__init__(runs_dir, glyphs, wanted, far, kept)
        self._at, self._inside = at, inside
        self._had_runs = False
        words, place = title or f"gan-tui runs  {_from_home(runs_dir)}", "browser-title"
        self.title_line = MachinesLine(far, glyphs, id=place) if far else TextLine(glyphs, words, Role.STRONG, path=True, id=place)
        self.counts = TextLine(glyphs, role=Role.MUTED, right=True, id="browser-counts")
        self.facts = RunFacts(glyphs, id="facts")
        self.box = Container(self.facts, id="facts-box")
        self.key_bar = KeyBar(glyphs, COMMANDS, id="browser-keys")

    def compose(self) -> ComposeResult:
        """Title, table, the highlighted run, message or filter, keys."""
        with Horizontal(id="browser-header"):
            yield self.title_line
            yield self.counts
        with Container(id="browser"):
            yield self.table
            yield self.box
        yield self.message
        yield self.filter_input
        yield self.key_bar

    def on_mount(self) -> None:
        """The names are there with the first frame; what has to be read comes as it is read."""
        self.take()
        if self._at is not None:
            self.runs.go_to(self._at)
        self._draw()
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Where the table has all its columns and more, the highlighted run stands beside it."""
        self.set_class(event.size.width >= BESIDE, "-beside")

    # Drawing

    def _draw(self) -> None:
        runs = self.runs
        self._had_runs |= runs.count > 0
        self.counts.say(runs.counts(self._glyphs, min(COUNTS, self.size.width - LEAST_TITLE)))
        self.title_line.redraw()
        if not runs.rows:
            self.table.empty = all_typed(self._why_none())
        self.table.redraw()
        current = runs.current
        self._remind()
        self.key_bar.offer(FILTER_COMMANDS if self.has_class("-filtering") else offered(runs))
        title = plain(current.name, self._glyphs).replace("[", r"\[") if current else ""
        if title != self.box.border_title:  # to set it is to draw the whole box anew
            self.box.border_title = title
        self.box.set_class(current is None, "-empty")
        preview = self._preview[1] if current and self._preview and self._preview[0] == current.name else None
        self.facts.show(current, preview.images if preview else None, preview.names if preview else ())

    def _why_none(self) -> str:
        runs = self.runs
        if runs.count:
            return f"no run is {runs.filter!r}" if runs.filter else "all runs are archived: A shows them"
        if self._inside:
            return "no trial has begun"
        if self._far is not None:
            return self._far.why_none()
        if self.unreadable or (self._had_runs and not self._runs_dir.exists()):
            return self.unreadable or f"the folder {self._runs_dir} is gone"
        return f"no runs in {self._runs_dir}: `gan-tui` starts one"

    # Keys

    def _went(self) -> None:
        """What was said is read, and the highlight or the marks are others."""
        self.tell("")
        self._moved()

    def action_move(self, by: int) -> None:
        self.runs.move(by)
        self._went()

    def action_page(self, by: int) -> None:
        self.runs.move(by * max(1, self.table.page - 1))
        self._went()

    def action_mark(self) -> None:
        """Mark the run and go on to the next, so that several are marked quickly."""
        row = self._current()
        if row is None:
            return
        if row.is_sweep or row.place:
            why = f"the files of this one are on {row.place.host}" if row.place else "enter shows the sweep's trials"
            self.tell(f"only runs of this machine are compared: {why}", Role.WARNING)
            return
        self.runs.toggle()
        self.runs.move(1)
        self._went()

    def action_open(self) -> None:
        row = self._current()
        if row is not None:
            self.post_message(Opening(row.run, sweep=row.is_sweep, place=row.place, alive=row.alive))

    def action_resume(self) -> None:
        """Go on with the highlighted run, where that makes sense."""
        row = self._current()
        if row is None:
            return
        if refusal := row.refusal():
            self.tell(*refusal)
            self._moved()
        else:
            self.post_message(Opening(row.run, resume=True))

    def action_compare(self) -> None:
        rows = [row for row in self.runs.marked_rows if not row.gone]
        if len(rows) < 2:
            self.tell("mark two runs or more with space, then compare them", Role.WARNING)
        else:
            self.app.push_screen(CompareScreen([row.run for row in rows], self._glyphs))

    @work(exclusive=True, group="delete", exit_on_error=False)
    async def action_delete(self) -> None:
        """Ask, then delete."""
        row = self._current()
        if row is None:
            return
        try:
            if row.is_sweep:
                raise UserError("only runs are deleted: enter shows the sweep's trials, a puts the sweep away")
            if row.place is not None:
                raise UserError(f"it is on {row.place.host}: only runs of this machine are deleted")
            check_deletable(row.run, self._runs_dir)
            weight = await asyncio.to_thread(weigh, row.run)
            size = bytes_in_words(weight.size, self._glyphs)
            drawings = f" and {counted(weight.drawings, 'saved drawing')}" if weight.drawings else ""
            what = f"settings, log, samples, checkpoints{drawings}"
            words = f"{row.name}: {counted(weight.files, 'file')}, {size}; {what}. They cannot be brought back."
            if not await self.app.push_screen_wait(Question("delete this run?", words, "delete it", "keep it", self._glyphs)):
                return
            if self._went_away(row):  # while the question stood
                return
            self.tell(f"deleting {row.name}{self._glyphs.ellipsis}", Role.ACCENT)
            await asyncio.to_thread(delete, row.run, self._runs_dir)
            self.runs.forget(row.name)
            self.tell(f"deleted {row.name}")
        except UserError as error:
            self.tell(str(error), Role.ERROR)
        self.take()
        self._moved()

    def action_back(self) -> None:
        """Out of the filter, then out of the marks, then out of a sweep. It never leaves the program."""
        if self.has_class("-filtering") or self.runs.filter:
            self.filter_input.value = ""
            self.runs.set_filter("")
            self.on_input_submitted()
            self._moved()
        elif not self.runs.marked_rows and self._inside:
            self.action_leave()
        elif not self.runs.marked_rows:
            self.tell("nothing is filtered or marked: q leaves", Role.MUTED)
        else:
            self.runs.marked.clear()
            self._went()

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(help_on_keys(COMMANDS, LEGEND), self._glyphs))

    def action_leave(self) -> None:
        """Nothing here can be lost."""
        self.app.exit()

    # Mouse

    def on_click(self, event: Click) -> None:
        """A click highlights, a second one opens."""
        if event.widget is self.table and (position := self.table.row_at(event.y)) is not None:
            self.runs.position = position
            self._went()
            if event.chain > 1:
                self.action_open()

    def on_mouse_scroll_down(self, _event: MouseScrollDown) -> None:
        self.action_move(1)

    def on_mouse_scroll_up(self, _event: MouseScrollUp) -> None:
        self.action_move(-1)


def _from_home(folder: Path) -> str:
    """As people write it: `~/gan-tui-runs`."""
    with contextlib.suppress(RuntimeError):  # no home is known
        if (home := Path.home()) in folder.parents:
            return f"~/{folder.relative_to(home)}"
    return str(folder)
