"""What D makes of real and of generated images."""

import math

from textual.geometry import Size

from gan_tui.dashboard.game import PROBABILITIES
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.bars import gauge
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, number
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, RANKING

LABELS = 15
"""Cells before a gauge."""
NO_PROBABILITY = ("D(x) is no probability under this loss", "no D(x): no probability here", "no D(x)")
"""Why there are no beliefs: the longest that fits."""


class Probabilities(LineWidget):
    """Gauges on one scale from 0 to 1, its middle marked: there, D cannot tell the two apart.

    Two of them, D(x) and D(G(z)), where D gives probabilities; else one, of how often it ranks a pair rightly.
    """

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._state: RunState | None = None
        self._believes = True

    def show(self, state: RunState, *, believes: bool = True) -> None:
        """Show newer values; `believes`: D gives probabilities."""
        self._state, self._believes = state, believes
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`D(x)      0.70 ━━━━━━━━┿━━━───`, and the scale below where there is a line for it."""
        width = room.width
        if self._believes:
            lines = [self._line(name, name, ink, width) for name, ink in PROBABILITIES]
            words = ""
        else:
            why = next((text for text in NO_PROBABILITY if len(text) <= width), NO_PROBABILITY[-1])
            lines = [self._line(RANKING[0], METRICS[RANKING[0]].label, Ink.D, width), [(fit(why, width, self.glyphs), Ink.MUTED)]]
            words = ": D guesses"
        return [*lines, [(" " * LABELS + _scale(max(0, width - LABELS), words), Ink.MUTED)]]

    def _line(self, name: str, label: str, ink: Ink, width: int) -> Line:
        value = self._state.scalars.get(name) if self._state else None
        filled, rest = gauge(value, max(0, width - LABELS), self.glyphs)
        ink_of_value = Ink.STRONG if value is None or math.isfinite(value) else Ink.ERROR
        return [
            (f"{label:8}", ink),
            (number(value, 6, self.glyphs, 2) + " ", ink_of_value),
            (filled, ink),
            (rest, Ink.FAINT),
        ]


def _scale(width: int, words: str = "") -> str:
    """`0 ... 0.5 ... 1`, the 0.5 under the gauge's mark and, with room, what it means; nothing where it is too narrow."""
    if width < 11:
        return ""
    middle = width // 2
    meaning = words if middle + 2 + len(words) < width - 2 else ""
    return ("0" + "0.5".rjust(middle + 1) + meaning)[:width].ljust(width - 1) + "1"
