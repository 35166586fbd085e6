"""Both losses: number and course."""

import math

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.bars import spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, number
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import LOSSES, METRICS
from gan_tui.spec.objectives import Objective


class Losses(LineWidget):
    """One line a loss: its newest value and a sparkline of the whole run; below, their values at equilibrium."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._objective: Objective | None = None
        self._state: RunState | None = None
        self._courses: dict[tuple[str, int], str] = {}

    def show(self, state: RunState, objective: Objective | None = None) -> None:
        """Show newer values; the sparklines wait for `show_course`. `objective`: where it is known."""
        self._state, self._objective = state, objective
        self.redraw()

    def show_course(self) -> None:
        """Bring the sparklines up to date. Each change may move them as a whole, which costs more than the numbers."""
        self._courses.clear()
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`d_loss   0.832 ▂▃▅▂▁▂▃▂`."""
        lines = [self._line(name, Ink(METRICS[name].role), room.width) for name in LOSSES]
        return [*lines, [(fit(self._equilibrium(), room.width, self.glyphs), Ink.MUTED)]]

    def _equilibrium(self) -> str:
        """`at equilibrium: d_loss 1.386, g_loss 0.693`; nothing where the objective is unknown."""
        if self._objective is None:
            return ""
        values = [f"{name} {number(value, 7, self.glyphs).strip()}" for name, value in self._objective.equilibrium.items()]
        return f"at equilibrium: {', '.join(values)}"

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
