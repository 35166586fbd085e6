"""Lines of which the newest stands at the bottom: followed at their end, or held still further up, by key or mouse wheel."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from textual import events
from textual.geometry import Size
from textual.message import Message

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs

WHEEL = 3
"""Lines a notch of the mouse wheel."""
Item = TypeVar("Item")


class HeldLines(LineWidget, Generic[Item]):
    """Scrolled up, the lines stand still whatever comes in below. Subclasses say in `lines` what an item looks like."""

    class Scrolled(Message):
        """Another part is shown."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._newest: Sequence[Item] = ()
        self._held: Sequence[Item] | None = None
        """Those that there were when the user scrolled up; None: follow."""
        self._below = 0
        """Lines below the last one that is shown."""

    def lines(self, items: Sequence[Item], width: int, most: int | None) -> Sequence[Line]:
        """The last `most` lines of these items at least, or all there are."""
        raise NotImplementedError

    def show(self, items: Sequence[Item]) -> None:
        """As many as there are now."""
        self._newest = items
        if self._held is None:
            self.redraw()

    def follow(self) -> None:
        """Down to the newest, and stay there."""
        self._held, self._below = None, 0
        self.redraw()
        self.post_message(self.Scrolled())

    def scroll(self, lines: int) -> None:
        """Up by so many lines, down by negative ones; the end follows again."""
        if self._held is None:
            self._held = tuple(self._newest)
        most = max(0, len(self.lines(self._held, self.size.width, None)) - self.size.height)
        self._below = min(most, max(0, self._below + lines))
        if self._below == 0:
            self.follow()
            return
        self.redraw()
        self.post_message(self.Scrolled())

    def draw(self, room: Size) -> list[Line]:
        """What stands above `_below` lines from the end."""
        items = self._newest if self._held is None else self._held
        lines = self.lines(items, room.width, self._below + room.height)
        end = len(lines) - self._below
        return list(lines[max(0, end - room.height) : end])

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll(WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        if self._held is not None:
            self.scroll(-WHEEL)
