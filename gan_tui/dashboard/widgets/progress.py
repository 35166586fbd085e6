"""How far the run has come, and how fast it goes."""

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.bars import bar
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import rate


class Progress(LineWidget):
    """A count and its bar."""

    def __init__(self, label: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._label = label
        self._done = self._total = 0
        self._share = 0.0

    def show(self, done: int, total: int, share: float) -> None:
        """`done` of `total`, the bar filled to `share`; a `total` of 0 is not known yet."""
        self._done, self._total, self._share = done, total, share
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`epoch  37/200 ━━━━╸─────────`."""
        unknown = f"{self.glyphs.dash}/{self.glyphs.dash}"
        count = f"{self._done:>{len(str(self._total))}}/{self._total}" if self._total else unknown
        filled, rest = bar(self._share, max(0, room.width - len(self._label) - len(count) - 2), self.glyphs)
        return [[(self._label + " ", Ink.MUTED), (count + " ", Ink.TEXT), (filled, Ink.ACCENT), (rest, Ink.FAINT)]]


class Rate(LineWidget):
    """Steps a second. A run that stands still has none, whatever it last had."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._rate: float | None = None

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run."""
        self._rate = snapshot.state.rate if snapshot.moving else None
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`8,431 it/s`, right-aligned."""
        return [[(rate(self._rate, self.glyphs).rjust(room.width), Ink.TEXT)]]
