"""The dashboard: keys to commands, news to panels, and the worker between screen and run."""

import asyncio
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import BindingType
from textual.screen import Screen
from textual.worker import Worker, WorkerState

from gan_tui.dashboard import timing
from gan_tui.dashboard.bell import Bell
from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.commands import KeyCommand, bindings, commands_of, commands_on_bar
from gan_tui.dashboard.dialogs import Leave, LeaveDialog, NoteDialog
from gan_tui.dashboard.image_app import ImageApp
from gan_tui.dashboard.image_choice import ImageChoice
from gan_tui.dashboard.messages import LogEntry, RunChanged, Say, Snapshot
from gan_tui.dashboard.pacing import PacedDialog
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.screens.drawing_board import DrawingBoard
from gan_tui.dashboard.screens.help import HelpScreen, help_on_run
from gan_tui.dashboard.screens.knobs import KnobsScreen
from gan_tui.dashboard.screens.run_screen import RunScreen
from gan_tui.dashboard.screens.theme_picker import ThemePicker
from gan_tui.dashboard.trainer_process import TrainerProcess
from gan_tui.dashboard.views import import_all
from gan_tui.errors import UserError
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.styles import Role
from gan_tui.render.terminal import Colours
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.presence import Presence
from gan_tui.spec.commands import COMMANDS as TRAINER_COMMANDS
from gan_tui.spec.commands import CommandName
from gan_tui.system.cores import sparing

POLL_SECONDS = 0.1
"""Between two looks at the run, where there are cores enough, or a command waits for its answer."""
NUMBERS_SECONDS = 0.45
"""Between two drawings of numbers: 4.5 kB a second at 80x24 with the samples, while all of them change."""
STOP_SECONDS = 30.0
"""How long "save and stop" is waited for before the person is told that it takes long."""


class Dashboard(ImageApp):
    """One run on one screen."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings()]

    def __init__(
        self,
        run: RunDirectory,
        mode: Mode,
        theme: str | None = None,
        *,
        trainer: TrainerProcess | None = None,
        glyphs: Glyphs | None = None,
        fps: float | None = None,
        images: ImageMode | None = None,
        colours: Colours | None = None,
        commander: Commander | None = None,
    ) -> None:
        """`trainer`: started for this screen. Without `images` they are as such were last. Raises UserError for a theme that is no good."""
        super().__init__(theme, glyphs, colours, ImageChoice(images, run.task))
        self.run_directory = run
        self.mode_of_use = mode
        self.snapshot: Snapshot | None = None
        self.trainer = trainer
        self.commander = commander or Commander(run, read_only=mode is Mode.WATCH)
        self._screen = RunScreen(run, self.commander, self._glyphs, commands_on_bar(self.commands, outlines=run.outlines))
        times = sparing() if fps is None else 1.0
        self._asked = asyncio.Event()
        """Has a person just asked for something of the trainer?"""
        self.drawn_every = NUMBERS_SECONDS * times if fps is None else max(0.05, 1 / fps)
        """Seconds between two drawings of numbers."""
        self.looked_every = POLL_SECONDS * times
        """Seconds between two looks at the run, while no command waits for its answer."""
        self.set_pace(self.drawn_every / NUMBERS_SECONDS)
        self._notice: LogEntry | None = None
        self._dirty = False
        self._judged: object = None
        """Of which evaluation and verdict the numbers on the screen are."""
        self._stopping = False
        self._bell = Bell()
        self.presence: Presence | None = None
        """Where it counts among the screens of its run."""
        self.listed = False
        """Was it opened from a list, to which `esc` goes back?"""

    @property
    def commands(self) -> Sequence[KeyCommand]:
        """What the keys do."""
        return commands_of(self.run_directory.task)

    @property
    def paused(self) -> bool:
        """Would `space` go on?"""
        return self.snapshot is not None and self.snapshot.name == "paused"

    def set_pace(self, pace: float) -> None:
        """Draw what is costly so many times less often than usual; 0: whenever anything is drawn."""
        self._screen.set_pace(pace)

    def get_default_screen(self) -> Screen[None]:
        return self._screen

    def _draw_images_as(self, mode: ImageMode) -> None:
        self._screen.set_images(mode)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The palette knows what the keys know."""
        del screen
        for command in self.commands:
            if command.view in ("", self._screen.view.TITLE):
                yield SystemCommand(command.title, command.meaning, partial(self._carry_out, command))

    async def _carry_out(self, command: KeyCommand) -> None:
        await self.run_action(command.call, self._screen.view if command.view else self)

    def on_mount(self) -> None:
        """Start to follow the run and to draw."""
        for problem in filter(None, (*self._theme_problems, self._bell.problem)):
            self._tell(problem, Role.WARNING)
        self._set_images()
        views = threading.Thread(target=import_all, args=(self.run_directory.task,), daemon=True)
        self.call_after_refresh(views.start)
        self.set_interval(self.drawn_every, self._tick)
        self._follow()

    # The worker

    @work(exit_on_error=False)
    async def _follow(self) -> None:
        follower = RunFollower(self.run_directory, presence=self.presence)
        if self.trainer is not None:
            follower.skip_to_now()
            follower.await_trainer(self.trainer)
        while True:
            if follower.look():
                self.post_message(RunChanged(follower.snapshot()))
            await self._until_next_look(behind=follower.behind)

    async def _until_next_look(self, *, behind: bool) -> None:
        self._asked.clear()
        seconds = POLL_SECONDS if self.commander.waits else self.looked_every
        with suppress(TimeoutError):  # wait_for of Python 3.11 forgets an end that comes together with what it waits for
            async with asyncio.timeout(0 if behind else seconds):
                await self._asked.wait()

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that failed says so on the screen; the run itself is not touched."""
        if event.state is WorkerState.ERROR:
            error = event.worker.error
            self._tell(f"the screen cannot follow the run any more: {error or type(error).__name__}", Role.ERROR)

    def on_run_changed(self, message: RunChanged) -> None:
        """Take in the news. Numbers wait for the clock; what a person may be waiting for does not."""
        self.take(message.snapshot)

    def take(self, snapshot: Snapshot) -> None:
        """The same of what is known now."""
        snapshot = snapshot._replace(read_only=self.mode_of_use is Mode.WATCH)
        before, self.snapshot = self.snapshot, snapshot
        self.commander.follow(snapshot)
        if self.images.see(snapshot):
            self._set_images()
        self.ring("" if snapshot.recorded else self._bell.see(snapshot, self.run_directory.name))
        self._dirty = True
        if before is None or before.urgent != snapshot.urgent:
            self.draw_everything()
        elif not self._behind_a_dialog:
            self._draw_news()

    # Drawing

    @property
    def _behind_a_dialog(self) -> bool:
        """What lies behind a dialog stands still: Textual would send all of it again, dimmed, each time."""
        return len(self.screen_stack) > 1 and not self._stopping

    def _tick(self) -> None:
        if self._behind_a_dialog:
            return
        for name in self.commander.overdue():
            self._tell(self.commander.silence(name), Role.WARNING)
        if self._dirty:
            self._draw()
        elif self.snapshot is not None:
            self._screen.show_time(self.snapshot)
            self._draw_news()

    def draw_everything(self) -> None:
        """Draw all that is new at once, whatever the clock says."""
        self._draw(at_once=True)

    def _draw(self, *, at_once: bool = False) -> None:
        if self.snapshot is None:
            return
        self._judged = self.snapshot.judged
        self._dirty = not self._screen.show(self.snapshot, at_once=at_once)
        self._screen.show_keys(paused=self.paused)
        self._draw_news()
        if self._stopping and (self.snapshot.state.outcome or not self.snapshot.alive) and not self.snapshot.trouble:
            self.exit()

    def _draw_news(self) -> None:
        """A verdict never without the numbers that it rests on."""
        if self.snapshot is not None and self.snapshot.judged != self._judged:
            self._draw()
        else:
            self._screen.show_news(self.snapshot, self._notice)

    def _tell(self, words: str, role: Role = Role.TEXT) -> None:
        """Say something of the screen's own, until the run says something newer."""
        self._notice = LogEntry(timing.now(), words, role)
        self._draw_news()

    @property
    def _way_out(self) -> str:
        return "q and d leave it, `gan-tui attach` comes back" if self.commander.accepts else super()._way_out

    # Commands

    def _send(self, name: CommandName, text: str = "", seen: int | None = None) -> bool:
        """Send a command, say so at once, and say why where that is impossible. `seen`: see `Commander.send`."""
        if self.commander.accepts and (why := self.commander.unable(name)):
            self._tell(why, Role.WARNING)
            return False
        try:
            self.commander.send(name, text, seen)
        except UserError as refused:
            self._tell(str(refused), Role.ERROR if refused.__cause__ else Role.WARNING)
            return False
        self._asked.set()
        self._tell(TRAINER_COMMANDS[name].doing + self._glyphs.ellipsis, Role.ACCENT)
        return True

    async def action_view(self, title: str) -> None:
        await self._screen.switch(title)

    async def action_back(self) -> None:
        """Out of what is open inside of a view, back to the overview, or to the list, which touches no training."""
        if await self._screen.back():
            return
        if self.listed:
            self.exit()
        else:
            self._tell("nothing is open here: q leaves", Role.MUTED)

    def action_pause_or_resume(self) -> None:
        self._send("resume" if self.paused or self.commander.awaits("pause") else "pause")

    def action_save(self) -> None:
        self._send("save")

    def action_evaluate(self) -> None:
        self._send("evaluate")

    def action_sample(self) -> None:
        self._send("sample")

    def on_say(self, message: Say) -> None:
        self._tell(message.words, message.role)

    def action_bookmark(self) -> None:
        if not self.commander.accepts:
            self._send("bookmark")  # says why not
        elif self.screen is self._screen and self.snapshot is not None:
            seen = self.snapshot.state.step  # training goes on while the note is written
            title = f"bookmark step {seen:,}: a note, if any"
            self.push_screen(NoteDialog(self._glyphs, title, "mark"), partial(self._bookmark, seen))

    def _bookmark(self, seen: int, note: str | None) -> None:
        if note is not None:
            self._send("bookmark", note, seen)

    def action_knobs(self) -> None:
        if why := self.commander.unable("set") or self.commander.refusal:
            self._tell(why, Role.WARNING)
        elif self.screen is self._screen:
            self.push_screen(KnobsScreen(self.run_directory, self.commander, self._glyphs))

    def action_screenshot(self, filename: str | None = None, path: str | None = None) -> None:
        """Write the screen as an SVG into the run directory."""
        del filename, path  # Textual's own action of this name has them
        self.save_picture(self.run_directory.path)

    def action_help(self) -> None:
        if self.screen is self._screen:
            unable = self.commander.all_unable
            able = [command for command in self.commands if not (command.for_trainer and command.sends in unable)]
            self.push_screen(HelpScreen(help_on_run(self._screen.view.TITLE, self.run_directory.task, self.snapshot, able), self._glyphs))

    def action_explain(self) -> None:
        if self.screen is self._screen:
            self._screen.explain()

    def action_leave(self) -> None:
        """Ask where there is something to decide; otherwise just go.

        Who asks twice wants to be gone at once: gone, but without loss.
        """
        if isinstance(self.screen, ThemePicker):
            self.screen.action_restore()
        elif not self.commander.accepts or isinstance(self.screen, LeaveDialog):
            self.exit()
        elif isinstance(self.screen, PacedDialog | DrawingBoard):
            self.screen.dismiss(None)
        elif self.screen is self._screen:
            self.push_screen(LeaveDialog(self._glyphs, self.run_directory, self.commander.stops), self._leave)

    def _leave(self, way: Leave | None) -> None:
        if way is Leave.DETACH or (way is Leave.STOP and not self.commander.accepts):
            self.exit()
        elif way is Leave.STOP and self._send("stop"):
            self._stopping = True
            words = f"still stopping after {STOP_SECONDS:.0f} seconds; q leaves, the trainer will stop without a screen as well"
            self.set_timer(STOP_SECONDS, partial(self._tell, words, Role.WARNING))
