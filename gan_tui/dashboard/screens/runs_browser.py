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
from gan_tui.dashboard.browser_commands import COMMANDS, LEGEND, MOVES
from gan_tui.dashboard.dialogs import Question
from gan_tui.dashboard.messages import Opening
from gan_tui.dashboard.run_list import NewestSamples, Row
from gan_tui.dashboard.screens.compare import CompareScreen
from gan_tui.dashboard.screens.help import HelpScreen, help_on_keys
from gan_tui.dashboard.screens.run_choice import RunChoice
from gan_tui.dashboard.sweep_row import scan_all
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.dashboard.widgets.line_widget import TextLine
from gan_tui.dashboard.widgets.run_facts import RunFacts
from gan_tui.dashboard.widgets.run_table import RunTable
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import bytes_in_words, plain
from gan_tui.run.delete import check_deletable, delete, weigh
from gan_tui.run.selection import EVERYTHING, Wanted

LOOK_SECONDS = 2.0
"""Between two looks at the runs on the screen, unless a key asks for more."""
BESIDE = 150
"""Cells of a screen on which the highlighted run stands beside the table instead of below."""
SCAN_TURNS = 3
"""Every how many looks the folder is searched for new runs."""


class BrowserScreen(RunChoice):
    """A table of runs, and of the highlighted one what it last made."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key, command.action, show=False, priority=key.startswith("ctrl+"))
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
    ) -> None:
        """`at`: the run to highlight first. `title`: what tells more than the folder. `inside`: it is a sweep's, out of which `esc` leads.

        Raises UserError for a filter that is not understood.
        """
        super().__init__(runs_dir, glyphs, wanted)
        self._at, self._inside = at, inside
        self._wake = asyncio.Event()
        self._preview: tuple[str, NewestSamples] | None = None
        self.title_line = TextLine(glyphs, title or f"gan-tui runs  {_from_home(runs_dir)}", Role.STRONG, path=True, id="browser-title")
        self.counts = TextLine(glyphs, role=Role.MUTED, right=True, id="browser-counts")
        self.table = RunTable(self.runs, glyphs, id="runs")
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
        try:
            self.runs.take(scan_all(self._runs_dir))
        except UserError as error:
            self.table.empty = str(error)
        if self._at is not None:
            self.runs.go_to(self._at)
        self._draw()
        self._follow()

    def on_resize(self, event: Resize) -> None:
        """Where the table has all its columns and more, the highlighted run stands beside it."""
        self.set_class(event.size.width >= BESIDE, "-beside")

    # Following

    @work(exit_on_error=False)
    async def _follow(self) -> None:
        turn = 0
        while True:
            if turn % SCAN_TURNS == SCAN_TURNS - 1 and not self._wake.is_set():
                with contextlib.suppress(UserError):  # a folder that is gone for a moment is no reason to show none
                    self.runs.take(await asyncio.to_thread(scan_all, self._runs_dir))
            turn += not self._wake.is_set()
            self._wake.clear()
            await self._read_visible()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    async def _read_visible(self) -> None:
        """Read what is on the screen, the highlighted run first; a key in between begins anew."""
        current = self.runs.current
        if current is not None:
            await self._read(current)
            await self._read_preview(current)
        for row in [*self.table.shown, *self.runs.unread]:
            if self._wake.is_set():
                return
            await self._read(row)
        self._draw()

    async def _read(self, row: Row) -> None:
        reading = await asyncio.to_thread(row.read)
        if reading is not None:
            row.reading, row.alive = reading, reading.summary.alive
            self.runs.renew()
            self._draw()

    async def _read_preview(self, row: Row) -> None:
        if self._preview is None or self._preview[0] != row.name or self._preview[1].run != row.shows:
            self._preview = (row.name, NewestSamples(row.shows))
        if await asyncio.to_thread(self._preview[1].look):
            self._draw()

    # Drawing

    def _draw(self) -> None:
        runs = self.runs
        self.counts.say(runs.counts(self._glyphs))
        if not runs.rows:
            self.table.empty = (
                "no trial has begun"
                if self._inside and not runs.count
                else f"no run is {runs.filter!r}"
                if runs.count and runs.filter
                else "all runs are archived: A shows them"
                if runs.count
                else f"no runs in {self._runs_dir}: gan-tui starts one"
            )
        self.table.redraw()
        current = runs.current
        title = plain(current.name, self._glyphs).replace("[", r"\[") if current else ""
        if title != self.box.border_title:  # to set it is to draw the whole box anew
            self.box.border_title = title
        self.box.set_class(current is None, "-empty")
        images = self._preview[1].images if current and self._preview and self._preview[0] == current.name else None
        self.facts.show(current, images)

    def _say_marks(self) -> None:
        count = len(self.runs.marked)
        words = ("", "1 marked: mark another one to compare")[count] if count < 2 else f"{count} marked: c compares"
        self.message.say(words, Role.ACCENT)

    # Keys

    def _moved(self) -> None:
        self._draw()
        self._wake.set()

    def action_move(self, by: int) -> None:
        self.runs.move(by)
        self._moved()

    def action_page(self, by: int) -> None:
        self.runs.move(by * max(1, self.table.page - 1))
        self._moved()

    def action_mark(self) -> None:
        """Mark the run and go on to the next, so that several are marked quickly."""
        if self.runs.current is not None and self.runs.current.is_sweep:
            self.tell("only runs are compared: enter shows the sweep's trials", Role.WARNING)
            return
        self.runs.toggle()
        self.runs.move(1)
        self._say_marks()
        self._moved()

    def action_open(self) -> None:
        if self.runs.current is not None:
            self.post_message(Opening(self.runs.current.run, sweep=self.runs.current.is_sweep))

    def action_resume(self) -> None:
        """Go on with the highlighted run, where that makes sense."""
        row = self.runs.current
        if row is None:
            return
        if refusal := row.refusal():
            self.tell(*refusal)
        else:
            self.post_message(Opening(row.run, resume=True))

    def action_compare(self) -> None:
        rows = self.runs.marked_rows
        if len(rows) < 2:
            self.tell("mark two runs or more with space, then compare them", Role.WARNING)
        else:
            self.app.push_screen(CompareScreen([row.run for row in rows], self._glyphs))

    @work(exclusive=True, group="delete", exit_on_error=False)
    async def action_delete(self) -> None:
        """Ask, then delete."""
        row = self.runs.current
        if row is None:
            return
        try:
            if row.is_sweep:
                raise UserError("only runs are deleted: enter shows the sweep's trials")
            check_deletable(row.run, self._runs_dir)
            weight = await asyncio.to_thread(weigh, row.run)
            size = bytes_in_words(weight.size, self._glyphs)
            words = (
                f"{row.name}: {counted(weight.files, 'file')}, {size}; settings, log, samples, checkpoints. They cannot be brought back."
            )
            if not await self.app.push_screen_wait(Question("delete this run?", words, "delete it", "keep it", self._glyphs)):
                return
            self.tell(f"deleting {row.name}{self._glyphs.ellipsis}", Role.ACCENT)
            await asyncio.to_thread(delete, row.run, self._runs_dir)
            self.tell(f"deleted {row.name}")
        except UserError as error:
            self.tell(str(error), Role.ERROR)
        with contextlib.suppress(UserError):
            self.runs.take(scan_all(self._runs_dir))
        self._moved()

    def action_back(self) -> None:
        """Out of the filter, then out of the marks, then out of a sweep. It never leaves the program."""
        if self.has_class("-filtering") or self.runs.filter:
            self.filter_input.value = ""
            self.runs.set_filter("")
            self.on_input_submitted()
            self._moved()
        elif not self.runs.marked and self._inside:
            self.action_leave()
        elif not self.runs.marked:
            self.tell("nothing is filtered or marked: q leaves", Role.MUTED)
        else:
            self.runs.marked.clear()
            self._say_marks()
            self._moved()

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
            self._moved()
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
