"""What all views have: a title, a run, a clock of their own for what is costly to draw, and panels that can be looked at alone."""

import time
from typing import ClassVar, Self

from textual.containers import Container
from textual.geometry import Offset, Region
from textual.widget import Widget

from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.messages import DrawingWanted, Say, Snapshot
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.run.directory import RunDirectory

YOUNG_CHART, YOUNG_IMAGES = 1.1, 2.0
"""Times the step that was drawn last, at which curves and images are drawn again before their time."""


class View(Container, can_focus=True):
    """One of the views behind the keys 1..6.

    It can hold the focus, so that the keys that belong to it (its `BINDINGS`, made by `commands.bindings`) act while it is open.
    """

    TITLE: ClassVar[str] = ""
    WHOLE_VERDICT: ClassVar[bool] = False
    """Is the verdict above it to stand there uncut?"""

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(id=f"{self.TITLE}-view", classes="view")
        self.run_directory = run
        self.glyphs = glyphs
        self.dirty = False
        """Something new was not drawn yet, because its time had not come."""
        self.commander = commander
        self.pace = 1.0
        """How many times less often than usual what is costly is drawn."""
        self._drawn_at: dict[str, float] = {}
        self._drawn_step: dict[str, int] = {}

    def show(self, snapshot: Snapshot) -> None:
        """Bring everything up to date; called by the app's clock, only while the view is visible."""
        raise NotImplementedError

    def show_time(self, snapshot: Snapshot) -> None:
        """What changes while nothing happens. Draws nothing where it has not changed."""

    def show_now(self, snapshot: Snapshot) -> None:
        """Bring everything up to date, whatever any clock says: when the view becomes visible, and when the run's state changes."""
        self._drawn_at.clear()
        self._drawn_step.clear()
        self.refresh_from(snapshot)

    def refresh_from(self, snapshot: Snapshot) -> None:
        """`show`, and note whether anything new waits for its time."""
        self.dirty = False
        self.show(snapshot)

    def due(self, what: str, seconds: float, step: int = 0, growth: float = 1.0) -> bool:
        """May `what` be drawn again, at most once in `seconds`? Where not yet, the view is asked again at the next tick.

        A young run changes too fast for that: at a `step` that is more than `growth` times the one drawn last, it is drawn at once. There
        are few of those in a whole run.
        """
        now = time.monotonic()
        grown = step > growth * self._drawn_step.get(what, step)
        if not grown and now - self._drawn_at.get(what, float("-inf")) < seconds * self.pace:
            self.dirty = True
            return False
        self._drawn_at[what], self._drawn_step[what] = now, step
        return True

    def set_images(self, mode: ImageMode) -> None:
        """Draw images in that way, where the view has any."""

    def take_focus(self) -> None:
        """Hold the keys; a view whose keys act on a part of it gives the focus to that."""
        focus_now(self)

    def zoom_at(self, place: Offset) -> None:
        """Of a double click on the screen: give the panel there the whole room, where the view has such."""

    def action_draw(self) -> None:
        """The drawing board, of a run that draws from outlines."""
        if self.run_directory.outlines:
            self.post_message(DrawingWanted())
        else:
            self.post_message(Say("this run does not draw from outlines: `gan-tui --preset outline` trains one that does"))

    def back(self) -> bool:
        """`esc`: undo what was opened inside of the view. False where there was nothing, and the overview is to come."""
        return False


def focus_now(widget: Widget) -> None:
    """Give it the keys, the next one in the same burst too: Textual's `focus` waits until that has been looked up."""
    widget.screen.set_focus(widget, scroll_visible=False)


class Box(Container):
    """A container whose title changes while the run goes on."""

    _retitling = False

    def retitle(self, title: str) -> None:
        """Another title, at the cost of one line: Textual would send the whole panel with all that is in it anew."""
        if title != self.border_title:
            self._retitling = True
            self.border_title = title
            self._retitling = False

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Textual's, but for a new title its line only; regions count from the inner corner."""
        if self._retitling:
            regions = (Region(-self.gutter.left, -self.gutter.top, self.outer_size.width, 1),)
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)


class ZoomPanel(Box, can_focus=True):
    """Holds the focus (tab, or a click), which its border or its ground shows quietly; `enter` then gives it the whole room."""
