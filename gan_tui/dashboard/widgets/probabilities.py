"""What D believes of real and of generated images."""

import math

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.bars import gauge
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import number
from gan_tui.run.state import RunState

PROBABILITIES = (("D(x)", Ink.D), ("D(G(z))", Ink.G))
LABELS = 15
"""Cells before a gauge."""


class Probabilities(LineWidget):
    """Two gauges on one scale from 0 to 1, its middle marked: there, D cannot tell the two apart."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._state: RunState | None = None

    def show(self, state: RunState) -> None:
        """Show newer values."""
        self._state = state
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`D(x)      0.70 ━━━━━━━━┿━━━───`, and the scale below where there is a line for it."""
        lines = [self._line(name, ink, room.width) for name, ink in PROBABILITIES]
        return [*lines, [(" " * LABELS + _scale(max(0, room.width - LABELS)), Ink.MUTED)]]

    def _line(self, name: str, ink: Ink, width: int) -> Line:
        value = self._state.scalars.get(name) if self._state else None
        filled, rest = gauge(value, max(0, width - LABELS), self.glyphs)
        ink_of_value = Ink.STRONG if value is None or math.isfinite(value) else Ink.ERROR
        return [
            (f"{name:8}", ink),
            (number(value, 6, self.glyphs, 2) + " ", ink_of_value),
            (filled, ink),
            (rest, Ink.FAINT),
        ]


def _scale(width: int) -> str:
    """`0 ... 0.5 ... 1`, the 0.5 under the gauge's mark; nothing where it is too narrow for that."""
    if width < 11:
        return ""
    middle = width // 2
    return ("0" + "0.5".rjust(middle + 1))[:width].ljust(width - 1) + "1"
