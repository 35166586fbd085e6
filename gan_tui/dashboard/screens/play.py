"""Teaching mode: a two-dimensional GAN that is trained while one looks, turns its knobs and draws its data."""

import asyncio
import time
from pathlib import Path
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.worker import Worker, WorkerState

from gan_tui.dashboard.companion import Companion
from gan_tui.dashboard.pacing import PacedApp, PacedScreen
from gan_tui.dashboard.play_commands import PLAY_COMMANDS
from gan_tui.dashboard.play_layout import FRAMED, layout, most_lesson
from gan_tui.dashboard.play_pace import PlayPace
from gan_tui.dashboard.play_state import Play
from gan_tui.dashboard.saved_field import Palette, save_field
from gan_tui.dashboard.screens.help import HelpScreen
from gan_tui.dashboard.screens.play_help import play_help
from gan_tui.dashboard.views.view import Box
from gan_tui.dashboard.widgets.field import Field
from gan_tui.dashboard.widgets.key_bar import KeyBar
from gan_tui.dashboard.widgets.play_panels import KnobPanel, LessonText, said
from gan_tui.dashboard.widgets.play_side import PlayHead, PlaySide
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.terminal import Colours
from gan_tui.render.text import wrapped
from gan_tui.run.companion import Refused
from gan_tui.run.playing import DIALOGUE, Begun, Reply, Trained, Wanted
from gan_tui.spec.play import KNOBS, POINT_SETS

TICK_SECONDS, NUMBERS_SECONDS = 1 / 60, 0.3
"""Between two looks, and between two drawings of the numbers while it trains: nobody reads thirty a second."""
MOST_LESSON, MOST_HALVES = 6, 64
"""Lines of a lesson's text, and half steps that wait."""


class PlayScreen(PacedScreen[None]):
    """The field, and everything that is known of it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, command.action, show=False, priority=key.startswith("ctrl+"))
        for command in PLAY_COMMANDS
        for key in command.key.split(",")
    ]
    AUTO_FOCUS = ""

    def __init__(self, glyphs: Glyphs, lesson: int = 0, fps: float = 30.0) -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._glyphs = glyphs
        self.play = Play(lesson)
        self._pace = PlayPace(fps)
        self._companion = companion()
        self._begun = False
        self._halves = ""
        """Half steps that were asked for by key."""
        self._picture_owed = self._numbers_owed = True
        self._numbers_at = 0.0
        self.trouble = ""
        self._notice = ""
        self._head = PlayHead(glyphs)
        self.lesson_text = LessonText(glyphs, id="play-lesson")
        self.field = Field(glyphs, id="play-field")
        self.box = Box(self.field, id="play-box")
        self._side = PlaySide(self.field, glyphs)
        self._knob_line = KnobPanel(glyphs, id="play-knob-line")
        self._keys = KeyBar(glyphs, PLAY_COMMANDS, id="play-keys")

    def compose(self) -> ComposeResult:
        yield self._head
        yield self.lesson_text
        yield Container(self.box, self._side, id="play-body")
        yield self._knob_line
        yield self._keys

    def on_mount(self) -> None:
        """Start the process that trains. It takes seconds to be there."""
        self.box.border_subtitle = "x, y: -1 to 1"
        self._show_numbers()
        self._show_lesson()
        self.set_interval(TICK_SECONDS, self.tick)
        self._follow()

    def on_unmount(self) -> None:
        """The training ends with the screen."""
        self._companion.close()

    def on_resize(self) -> None:
        """A field as large as there is room for, and beside it what still has some."""
        self._arrange()

    def _arrange(self) -> None:
        width, height = self.size
        self.play.put_away = self.play.put_away and height < FRAMED
        lines = min(MOST_LESSON, most_lesson(height), sum(len(wrapped(words, width - 2)) for words, _ in said(self.play)))
        place = layout(width, height, lines)
        self.lesson_text.styles.height = lines
        self.box.styles.width, self.box.styles.height = place.columns + place.frame, place.rows + place.frame
        for name, wanted in place.classes.items():
            self.set_class(wanted, name)
        self._picture_owed = True
        self._say()

    def set_colours(self, colours: Colours) -> None:
        """So many has the terminal."""
        self.field.set_colours(colours)
        self._side.legend.redraw()

    # The process that trains

    @work(exit_on_error=False)
    async def _follow(self) -> None:
        async for reply in self._companion.replies():
            self.take(reply)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        """A worker that failed says so."""
        if event.state is WorkerState.ERROR:
            self.take(Refused(f"nothing is trained any more: {event.worker.error or 'it broke'}"))

    def take(self, reply: Reply | Refused) -> None:
        """News from the process."""
        match reply:
            case Begun():
                self._begun = True
            case Refused():
                self.trouble, self.play.playing = reply.text, False
            case Trained():
                self._take(reply)
                self.tick()
                return
        self._say()

    def _take(self, trained: Trained) -> None:
        if not self.play.take(trained):
            self._picture_owed = True
            return
        self._pace.made(trained.steps)
        self._numbers_owed = True
        if trained.picture is None:
            self._picture_owed = True
        else:
            began = time.perf_counter()
            self.field.show(trained.picture)
            self._pace.drawn(time.perf_counter() - began)
        if not self.play.playing:
            self._show_numbers()

    def tick(self) -> None:
        """Ask for what is due, unless what was asked for before is not done."""
        app = self.app
        if app.screen is not self or not isinstance(app, PacedApp):
            return
        if self._numbers_owed and time.monotonic() - self._numbers_at > NUMBERS_SECONDS:
            self._show_numbers()
        self._pace.tick(self.play.speed if self.play.trains else 0.0, app.line.total if app.line else 0)
        if not self._begun or self.trouble or self._companion.busy:
            return
        steps = self._pace.steps if self.play.trains else 0
        halves, self._halves = self._halves, ""
        draws = bool(halves) or ((steps > 0 or self._picture_owed) and self._pace.may_draw and app._may_draw())
        if steps or halves or draws:
            self._picture_owed = False
            size = self.field.size if draws else None
            self._companion.ask(self.play.wanted(size.width if size else 0, size.height if size else 0, steps=steps, halves=halves))

    # What is said

    def _say(self) -> None:
        rate = self._pace.rate if self.play.trains else None
        self._head.show(self.play, begun=self._begun, trouble=self.trouble, notice=self._notice, rate=rate)

    def tell(self, words: str) -> None:
        """Say something in place of the lesson's title, until a key is pressed."""
        self._notice = words
        self._say()

    def _show_numbers(self) -> None:
        self._numbers_owed, self._numbers_at = False, time.monotonic()
        self._side.show_numbers(self.play)
        self._say()

    def _show_lesson(self) -> None:
        """Lesson, knobs and legend, after a key."""
        self._notice = ""
        self.lesson_text.show(self.play)
        self._knob_line.show(self.play)
        self._side.show_knobs(self.play)
        self.box.retitle(POINT_SETS[self.play.data])
        self._keys.show(paused=not self.play.playing, accepts_commands=True)
        self._say()
        self.tick()

    # Keys

    def action_play(self) -> None:
        self.play.playing = not self.play.playing and not self.trouble
        self._pace.stop()
        self._numbers_owed = True
        self._show_lesson()

    def action_half(self, which: str) -> None:
        """Pauses, so that it can be seen."""
        if self.play.empty:
            self.tell("nothing to learn yet: draw points, or e for an example")
            return
        self.play.playing = False
        self._pace.stop()
        if len(self._halves) < MOST_HALVES:
            self._halves += which
        self._show_lesson()

    def action_lesson(self, by: int) -> None:
        self.play.begin(self.play.number + by)
        self.play.playing = not self.trouble
        self._restarted()

    def action_answer(self) -> None:
        self.play.turn_page(may_put_away=self.size.height < FRAMED)
        self._arrange()
        self._show_lesson()

    def action_back(self) -> None:
        """Back to the question; it never ends the training."""
        if self.play.answered or self.play.put_away:
            self.play.answered = self.play.put_away = False
            self._arrange()
            self._show_lesson()
        else:
            self.tell("q quits, and ends the training")

    def action_choose(self, by: int) -> None:
        self.action_pick(self.play.chosen + by)

    def action_pick(self, index: int) -> None:
        """A click on a knob."""
        self.play.choose(index)
        self._show_lesson()

    def action_turn(self, by: int, name: str = "") -> None:
        attempt = self.play.attempt
        self.play.turn(by, name)
        self._turned(attempt)

    def action_put(self, index: int, at: int) -> None:
        """A click on a place of a knob's slider."""
        attempt = self.play.attempt
        self.play.choose(index)
        self.play.put(KNOBS[index], at)
        self._turned(attempt)

    def _turned(self, attempt: int) -> None:
        """A knob was, in this attempt; another set of points has begun another one."""
        if self.play.attempt == attempt:
            self._show_lesson()
        else:
            self._restarted()

    def action_restart(self, seeds: int = 0) -> None:
        """From the same seed, or so many seeds on."""
        self.play.seed += seeds
        self.play.restart()
        self._restarted()
        if seeds:
            self.tell(f"seed {self.play.seed}")

    def _restarted(self) -> None:
        self._halves, self._picture_owed = "", True
        self._pace.stop()
        self._arrange()
        self._show_numbers()
        self._show_lesson()

    def action_layer(self, what: str) -> None:
        setattr(self.play, what, not getattr(self.play, what))
        self._picture_owed = True
        self._show_lesson()

    def on_field_stroke(self, stroke: Field.Stroke) -> None:
        """The mouse draws."""
        attempt = self.play.attempt
        if self.play.stroke(stroke.at, erases=stroke.erases, begins=stroke.begins, radius=stroke.radius):
            self._picture_owed = True
        if self.play.attempt != attempt:
            self._restarted()

    def action_clear(self) -> None:
        self.play.clear()
        self._picture_owed = True
        self._show_lesson()

    def action_example(self) -> None:
        self.play.draw_example()
        self._restarted()

    @work(exclusive=True, group="save")
    async def action_save(self) -> None:
        """The field as a PNG, where the command was started."""
        picture = self.field.picture
        if picture is None:
            self.tell("there is nothing to save yet")
            return
        self.tell(await asyncio.to_thread(save_field, Path(), picture, self.field.size, Palette.of(self.app.get_css_variables())))

    def action_help(self) -> None:
        self.app.push_screen(HelpScreen(play_help(self.play, self._glyphs), self._glyphs))

    def action_leave(self) -> None:
        self.app.exit()


def companion() -> Companion[Wanted, Reply]:
    """The process that trains."""
    return Companion(DIALOGUE)
