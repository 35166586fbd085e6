"""Both losses: number and course."""

import math

from textual.geometry import Size

from gan_tui.dashboard.game import LOSSES
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.bars import spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, number
from gan_tui.run.ideals import Ideal
from gan_tui.run.state import RunState


class Losses(LineWidget):
    """One line a loss: its newest value and a sparkline of the whole run; below, what balance would be."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._ideal: Ideal | None = None
        self._state: RunState | None = None
        self._courses: dict[tuple[str, int], str] = {}

    def show(self, state: RunState, ideal: Ideal | None = None) -> None:
        """Show newer values; the sparklines wait for `show_course`. `ideal` is what this loss would be in balance, where that is known."""
        self._state, self._ideal = state, ideal
        self.redraw()

    def show_course(self) -> None:
        """Bring the sparklines up to date. Each change may move them as a whole, which costs more than the numbers."""
        self._courses.clear()
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`d_loss   0.832 ▂▃▅▂▁▂▃▂`."""
        lines = [self._line(name, ink, room.width) for name, ink in LOSSES]
        return [*lines, [(fit(self._balance(), room.width, self.glyphs), Ink.MUTED)]]

    def _balance(self) -> str:
        """`in balance: d_loss 1.386, g_loss 0.693`; nothing of a loss that nobody knows."""
        ideal = self._ideal
        if ideal is None:
            return ""
        return f"in balance: d_loss {number(ideal.d_loss, 7, self.glyphs).strip()}, g_loss {number(ideal.g_loss, 7, self.glyphs).strip()}"

    def _line(self, name: str, ink: Ink, width: int) -> Line:
        value = self._state.scalars.get(name) if self._state else None
        ink_of_value = Ink.STRONG if value is None or math.isfinite(value) else Ink.ERROR
        course = self._course(name, max(0, width - len(name) - 9))
        return [(name + " ", ink), (number(value, 7, self.glyphs) + " ", ink_of_value), (course, ink)]

    def _course(self, name: str, width: int) -> str:
        history = self._state.history.get(name) if self._state else None
        if history is None:
            return ""
        if (name, width) not in self._courses:
            self._courses[name, width] = spark(history.buckets, width, self.glyphs)
        return self._courses[name, width]
