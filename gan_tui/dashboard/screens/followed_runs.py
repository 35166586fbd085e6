"""The runs that the browser shows, found and read as they change: those of a folder, and those of other machines."""

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path

from textual import work

from gan_tui.dashboard.far_runs import FarRuns
from gan_tui.dashboard.pacing import PacedScreen
from gan_tui.dashboard.run_list import Found, NewestSamples, RunList
from gan_tui.dashboard.run_row import Row
from gan_tui.dashboard.sweep_row import scan_all
from gan_tui.dashboard.widgets.message_line import MessageLine
from gan_tui.dashboard.widgets.run_table import RunTable
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.run.places import all_typed
from gan_tui.run.selection import Wanted

LOOK_SECONDS = 2.0
"""Between two looks at the runs on the screen, unless a key asks for more."""
SCAN_TURNS = 3
"""Every how many looks the folder is searched for new runs."""
ASK_SECONDS = 20.0
"""Between what a host has answered and the next question: each starts a program there."""


class FollowedRuns(PacedScreen[None]):
    """The part of the browser that keeps the list true."""

    def __init__(self, runs_dir: Path, glyphs: Glyphs, wanted: Wanted, far: FarRuns | None, marked: Sequence[str] = ()) -> None:
        """`far`: other machines, whose runs are shown too; `marked`: names. Raises UserError for a filter that is not understood."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._runs_dir, self._glyphs, self._far = runs_dir, glyphs, far
        self.runs = RunList(wanted, marked)
        self.table = RunTable(self.runs, glyphs, hosts=far is not None, id="runs")
        self.message = MessageLine(glyphs, id="browser-message")
        self.unreadable = ""
        """Why the folder of runs cannot be read; empty where it can."""
        self._passing = ""
        """What was said last, until the next key that moves or marks."""
        self._wake = asyncio.Event()
        self._preview: tuple[str, NewestSamples] | None = None

    def _draw(self) -> None:
        """Show what is known."""
        raise NotImplementedError

    def tell(self, words: str, role: Role = Role.TEXT) -> None:
        """Say something above the keys, in passing; with nothing to say, what holds all the time stands there again."""
        self._passing = all_typed(words)
        if self._passing:
            self.message.say(self._passing, role)
        else:
            self._remind()

    def _remind(self) -> None:
        """Of what is easily forgotten, as long as there is nothing newer to be read."""
        if self._passing:
            return
        silent = self._far.notice(self._glyphs) if self._far is not None else ""
        role = Role.ACCENT if self.runs.marked_rows else Role.WARNING if silent else Role.MUTED
        self.message.say(f" {self._glyphs.middot} ".join(filter(None, (self.runs.notice(self._glyphs), silent))), role)

    def _scan(self) -> list[Found]:
        """Every run there is now, the newest first. Raises UserError where the folder cannot be read."""
        far = self._far.found if self._far is not None else []
        near = scan_all(self._runs_dir) if self._far is None or self._far.here else []
        return sorted([*near, *far], key=lambda one: one.age)

    def take(self) -> None:
        """Take in what is there now; of a folder that cannot be read all stays as it was, and why is said."""
        try:
            self._take_in(self._scan())
        except UserError as error:
            self._say_unreadable(str(error))

    def _take_in(self, found: Sequence[Found]) -> None:
        """The folder can be read: what was said of that it cannot is past."""
        self.runs.take(found)
        if self._passing == all_typed(self.unreadable):
            self._passing = ""
        self.unreadable = ""

    def _say_unreadable(self, why: str) -> None:
        if why != self.unreadable and self.runs.count:  # where there is no run it stands in their place
            self.tell(why, Role.ERROR)
        self.unreadable = why

    def follow(self) -> None:
        """Go on doing so until the screen ends."""
        self._follow()
        for host in self._far.hosts if self._far is not None else ():
            self._follow_host(host)

    @work(exit_on_error=False)
    async def _follow(self) -> None:
        turn = 0
        while True:
            if turn % SCAN_TURNS == SCAN_TURNS - 1 and not self._wake.is_set():
                try:
                    self._take_in(await asyncio.to_thread(self._scan))
                except UserError as error:
                    self._say_unreadable(str(error))
            turn += not self._wake.is_set()
            self._wake.clear()
            await self._read_visible()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), LOOK_SECONDS)

    @work(exit_on_error=False)
    async def _follow_host(self, host: str) -> None:
        """Each is asked by itself: one that does not answer keeps no other waiting."""
        assert self._far is not None
        while True:
            settings = self.runs.needs_settings
            news = await self._far.ask(host, settings=settings)
            self.take()
            trouble = self._far.answers[host].trouble
            if news and trouble and self.runs.rows:  # where there are none, the reasons stand in their place
                self.tell("; ".join(f"{name}: {why}" for name, why in {**self._far.troubles, host: trouble}.items()), Role.WARNING)
            elif news:
                self.tell("" if trouble else f"{host} answers again", Role.MUTED)
            self._draw()
            deadline = time.monotonic() + ASK_SECONDS
            while time.monotonic() < deadline and (settings or not self.runs.needs_settings):
                await asyncio.sleep(LOOK_SECONDS / 4)

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
        if row.place is not None:
            return
        if self._preview is None or self._preview[0] != row.name or self._preview[1].run != row.shows:
            self._preview = (row.name, NewestSamples(row.shows))
        if await asyncio.to_thread(self._preview[1].look):
            self._draw()
