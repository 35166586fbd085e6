"""Frames that wait for the line: what changes meanwhile is one frame, of the newest state. Which line: `line.py`."""

import asyncio
import signal
import threading
from collections.abc import Iterable
from contextlib import suppress
from os import _exit
from typing import ClassVar, Generic, TypeVar

from rich.console import RenderableType
from rich.segment import Segment
from rich.style import Style
from textual._compositor import CompositorUpdate
from textual.app import App
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.color import Color
from textual.dom import DOMNode, NoScreen
from textual.events import Resize
from textual.renderables.background_screen import BackgroundScreen
from textual.screen import ModalScreen, Screen
from textual.timer import Timer
from textual.widget import Widget

from gan_tui.dashboard.exact_update import ShownScreen
from gan_tui.dashboard.line import Line
from gan_tui.render.kitty import PLACEHOLDER

Result = TypeVar("Result")
LOOK_SECONDS = 0.05
"""Between two looks at a line that is not free."""
ALIVE_SECONDS = 5.0
"""Between two looks whether anybody is at its other end."""
GUARD_SECONDS = 0.9
"""After a signal to end, until the process does come what may."""


class PacedApp(App[Result]):
    """Draws when its terminal can take it. Where the driver knows of no line, at once."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+l", "draw_anew", "draw the screen anew", show=False, priority=True)]

    _owed = False
    """Is there something that has not been drawn?"""
    _looks: Timer | None = None

    line_is_gone = False
    """Did the app end because its terminal had not answered for too long?"""

    def __init__(self, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._shown = ShownScreen()

    def on_mount(self) -> None:
        """Look after the line, and heed the signals that end a screen: one is that its terminal is gone."""
        if not self.is_headless:
            loop = asyncio.get_running_loop()
            for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
                loop.add_signal_handler(number, self.leave_at_once, number)
        self.set_interval(ALIVE_SECONDS, self._look_for_life)

    def _look_for_life(self) -> None:
        """A line that is cut at its other end only says nothing, for ever: whoever comes back has another one."""
        if self.line is not None and self.line.keeps_alive():
            getattr(self._driver, "ask", lambda: None)()
        if self.line is not None and self.line.gone:
            self.line_is_gone = True
            self.leave_at_once(signal.SIGHUP)

    def leave_at_once(self, number: signal.Signals) -> None:
        """The user says so, or the terminal is gone. Closing in order may wait for ever on one that is not there, or stands still."""
        guard = threading.Timer(GUARD_SECONDS, _exit, (128 + number,))
        guard.daemon = True
        guard.start()
        setattr(self._driver, "in_a_hurry", True)  # noqa: B010 - of the driver that a terminal has
        self.exit()

    @property
    def line(self) -> Line | None:
        """To the terminal; None in a test, in a browser."""
        found: Line | None = getattr(self._driver, "line", None)
        return found

    def _may_draw(self) -> bool:
        """Is the line free? And Textual: while it batches, it throws away what is drawn."""
        if self._batch_count:
            return False
        return self.line is None or self.line.ready(getattr(self._driver, "waiting", 0))

    def owe(self) -> None:
        """Draw later."""
        if self.line is not None:
            self.line.skipped += self._owed
        self._owed = True
        if self._looks is None:
            self._looks = self.set_interval(LOOK_SECONDS, self.pay)

    def pay(self) -> None:
        """Draw what is owed, if the line is free."""
        if self.line is not None and self.line.asks_again():
            getattr(self._driver, "ask", lambda: None)()
        if self._owed and self._may_draw():
            self._owed = False
            if self._looks is not None:
                self._looks.stop()
                self._looks = None
            self.screen._compositor_refresh()

    def update_styles(self, node: DOMNode, animate: bool = True) -> None:
        """What no one has seen yet is not styled anew for each class it is given: Textual styles a screen when it comes to the front.

        Nor is what no one will see any more, as the app ends.
        """
        if not self._running:
            return
        with suppress(NoScreen):
            if node is not self and not node.screen.stack_updates:
                return
        super().update_styles(node, animate)

    def action_draw_anew(self) -> None:
        """All of it, as terminals know it of ctrl+l: another program has written over it."""
        self.forget_shown()
        for screen in self.screen_stack[-1:]:
            screen.refresh()

    def on_resize(self) -> None:
        """What a terminal makes of its text when its size changes is its own affair, also where it has come back to the same."""
        self.action_draw_anew()

    def forget_shown(self) -> None:
        """Nothing is known any more of what the terminal shows."""
        self._shown.forget()

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        """What the terminal shows already is no frame."""
        if isinstance(renderable, CompositorUpdate) and self._draws:
            renderable = self._shown.news(renderable)
            if renderable is None:
                return
        super()._display(screen, renderable)
        getattr(self._driver, "end_frame", lambda: None)()

    @property
    def _draws(self) -> bool:
        """Does Textual send what it is given to display, to a terminal that was asked to show nothing else?"""
        return self._running and not (self._closed or self.is_headless or self._batch_count or self._driver is None)


class PacedScreen(Screen[Result], Generic[Result]):
    """A screen of such an app. What is not drawn stays marked as changed in Textual's compositor, region by region."""

    async def _on_resize(self, event: Resize) -> None:
        """A frame of the old size may have gone out since the app knows of the new one: the terminal has put it elsewhere."""
        del event
        if isinstance(self.app, PacedApp):
            self.app.action_draw_anew()

    def _on_timer_update(self) -> None:
        """For a changed widget that is not in sight Textual would work out anew where every widget is, frame by frame."""
        if not (self._layout_required or self._scroll_required):
            self._dirty_widgets &= self._compositor.visible_widgets.keys()
        super()._on_timer_update()

    def _compositor_refresh(self) -> None:
        app = self.app
        if self is app.screen:
            self._dirty_widgets |= self._take_changed()
        if (
            self._dirty_widgets and self is app.screen
        ):  # what Textual has not marked yet it would forget: a frame that is owed comes at any time
            self._compositor.update_widgets(self._dirty_widgets)
        if isinstance(app, PacedApp) and self is app.screen and not app._may_draw():
            self._dirty_widgets.clear()  # their regions are marked
            app.owe()
            return
        super()._compositor_refresh()

    def _take_changed(self) -> set[Widget]:
        """All that has changed by now: Textual has each widget say so by itself, some of them only after a frame has begun.

        A verdict and the numbers that it rests on, which were changed together, would be in two frames.
        """
        changed = {widget for widget in self._compositor.visible_widgets if widget._repaint_required and widget is not self}
        for widget in changed:
            widget._repaint_required = False
        return changed


class PacedDialog(ModalScreen[Result], PacedScreen[Result], Generic[Result]):
    """A dialog of such an app. Its first base is the one by whose name Textual styles it."""

    dismissed = False

    @property
    def behind(self) -> Screen[object]:
        """Over which it lies; of one that has been closed, and is laid out once more, the screen that is seen now."""
        stack = self.app.screen_stack
        return stack[stack.index(self) - 1] if self in stack else stack[-1]

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Once: over a slow line a second enter, or click, may be on its way already.

        What is clicked next lies behind it, and is no double click with the one that closed it.
        """
        if self.dismissed:
            return AwaitComplete()
        self.dismissed = True
        self.app._click_chain_last_offset = None
        return super().dismiss(result)

    def render(self) -> RenderableType:
        """What lies behind it."""
        behind = super().render()
        return DimmedScreen(behind.screen, behind.color) if isinstance(behind, BackgroundScreen) else behind


class DimmedScreen(BackgroundScreen):
    """What lies behind a dialog: dimmed, but for the colours that say which image a cell shows (`gan_tui/render/kitty.py`).

    Textual would dim those too: a terminal that shows images would then find none under them, or others.
    """

    @classmethod
    def process_segments(cls, segments: Iterable[Segment], color: Color) -> Iterable[Segment]:
        """The segments under a tint."""
        for before in segments:
            (segment,) = super().process_segments((before,), color)
            if PLACEHOLDER in segment.text and segment.style is not None and before.style is not None:
                segment = Segment(segment.text, segment.style + Style(color=before.style.color))
            yield segment
