"""A recorded run on the screen as if it were being trained: every view as of a moment that goes on, faster than the training did."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import ClassVar

from textual import work
from textual.binding import Binding, BindingType

from gan_tui.dashboard import timing
from gan_tui.dashboard.app import NUMBERS_SECONDS, POLL_SECONDS, Dashboard
from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.commands import KeyCommand
from gan_tui.dashboard.messages import LogEntry, RunChanged
from gan_tui.dashboard.playback import Playback
from gan_tui.dashboard.themed_app import say_what_broke
from gan_tui.dashboard.widgets.newest_message import FRESH_SECONDS
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.styles import Role
from gan_tui.render.terminal import Colours
from gan_tui.render.text import coarse
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.recording import Resumed
from gan_tui.spec.commands import CommandName

SLOWEST, FASTEST = 1 / 64, 65_536.0
"""Times the speed of the training."""
JUMP = 1 / 20
"""Of the recording, by which a key goes back or on."""
REFUSAL = "this is a replay: it takes no commands"
KEYS = (
    KeyCommand("space", "pause_or_resume", "pause", "Pause or go on", "Pauses the replay, or goes on; at its end it begins again."),
    KeyCommand("greater_than_sign", "pace(2)", "faster", "Twice as fast", "Twice as fast.", shown_as=">"),
    KeyCommand("less_than_sign", "pace(0.5)", "slower", "Half as fast", "Half as fast.", shown_as="<"),
    KeyCommand("comma", "jump(-1)", "back", "Back", "A twentieth of the run back.", shown_as=","),
    KeyCommand("full_stop", "jump(1)", "on", "On", "A twentieth of the run on.", shown_as="."),
)
"""Beside those of any run's screen; `space` in the place of its own."""


class _Deaf(Commander):
    """Nobody to command."""

    @property
    def refusal(self) -> str:
        return REFUSAL


class Replay(Dashboard):
    """The dashboard, fed with a recording."""

    COMMANDER: ClassVar[type[Commander]] = _Deaf
    BINDINGS: ClassVar[list[BindingType]] = [Binding(command.key, command.action, command.title, show=False) for command in KEYS]

    def __init__(
        self,
        run: RunDirectory,
        playback: Playback,
        speed: float,
        theme: str | None = None,
        *,
        glyphs: Glyphs | None = None,
        fps: float | None = None,
        images: ImageMode | None = None,
        colours: Colours | None = None,
    ) -> None:
        """`speed`: times that of the training; `images`: a person's word. Raises UserError for a theme that is unknown or broken."""
        fps = fps or 1 / NUMBERS_SECONDS  # there is no trainer to whom few cores are left
        super().__init__(run, Mode.WATCH, theme, glyphs=glyphs, fps=fps, images=images, colours=colours, commander=self.COMMANDER(run))
        self.playback = playback
        self.speed = speed
        self.playing = True
        self._target = 0.0
        """Seconds into the recording that are to be shown."""
        self._said: Resumed | None = None

    def own_time(self) -> AbstractContextManager[None]:
        """In which all ages are those of the moment that is shown."""
        return timing.counted_by(self.playback.recording)

    @property
    def commands(self) -> Sequence[KeyCommand]:
        """Those that tell a trainer something say nothing here."""
        taken = {command.key for command in KEYS}
        others = [command for command in super().commands if not command.for_trainer and not taken.intersection(command.key.split(","))]
        return (*KEYS, *others)

    @property
    def paused(self) -> bool:
        """Does the recording stand still?"""
        return not self.playing

    # What is shown when

    @work(exit_on_error=False)
    async def _follow(self) -> None:
        await self.play()

    async def play(self) -> None:
        """Go on by the clock, until the app ends."""
        recording, last, seen = self.playback.recording, time.monotonic(), -1.0
        while True:
            now = time.monotonic()
            if self.playing:
                self._target = min(recording.length, self._target + (now - last) * self.speed)
            last = now
            arrived = self.playback.go_to(self._target)
            if arrived and seen != self._target:
                seen = self._target
                self.show_moment()
                if self.playing and recording.over:
                    self.playing = False
                    self._tell("the end of the recording: space begins again, q leaves", Role.ACCENT)
                    self.show_moment()
            await asyncio.sleep(POLL_SECONDS if arrived else 0)

    def show_moment(self) -> None:
        """Show the run as of the moment at which the recording is."""
        words = f"replay {times(self.speed)}x" if self.playing else "replay paused"
        self.say_what_is_skipped()
        self.post_message(RunChanged(self.playback.snapshot(words)))

    def say_what_is_skipped(self) -> None:
        """That a trainer was gone for a while: the recording goes on at once."""
        resumed = self.playback.recording.resumed
        if resumed is not None and resumed is not self._said and timing.since(resumed.t) < FRESH_SECONDS * max(1.0, self.speed):
            self._said = resumed
            self._tell(f"{'interrupted' if resumed.interrupted else 'ended'}, resumed {coarse(resumed.gap)} later", Role.WARNING)

    def _tell(self, words: str, role: Role = Role.TEXT) -> None:
        """Words stand as long as on any screen, however fast the run's own time goes."""
        ahead = FRESH_SECONDS * (self.speed - 1) if self.playing else 0.0
        self._notice = LogEntry(timing.now() + max(0.0, ahead), words, role)
        self._draw_news()

    # Keys

    def action_pause_or_resume(self) -> None:
        """Stop the clock, or have it go on; behind the end, from the beginning."""
        if not self.playing and self.playback.recording.over:
            self._turn_to(0.0)
        self.playing = not self.playing
        self.show_moment()

    def action_pace(self, factor: float) -> None:
        """Faster or slower."""
        self.speed = min(FASTEST, max(SLOWEST, self.speed * factor))
        self._tell(f"{times(self.speed)} times as fast as it was trained")
        self.show_moment()

    def action_jump(self, way: int) -> None:
        """Back or on."""
        length = self.playback.recording.length
        self._turn_to(min(length, max(0.0, self._target + way * JUMP * length)))

    def _turn_to(self, seconds: float) -> None:
        """Show another moment. What was said at the one before goes: earlier in the run it would stand until the run came there again."""
        self._target = seconds
        self._notice = None
        self._draw_news()

    def _send(self, name: CommandName, text: str = "", seen: int | None = None) -> bool:
        del name, text, seen
        self._tell(REFUSAL, Role.WARNING)
        return False

    def action_knobs(self) -> None:
        """There are none to turn."""
        self._tell(REFUSAL, Role.WARNING)


def times(speed: float) -> str:
    """`60`, `1.5`, `12,000`."""
    return f"{speed:,.0f}" if speed >= 100 else f"{speed:.3g}"


def open_replay(app: Replay, *, mouse: bool = True) -> None:
    """Play until the person leaves."""
    with app.own_time():
        app.run(mouse=mouse)
    run = app.run_directory
    say_what_broke(app, run.path, f"`gan-tui replay {run.cli_name}` shows it again")
