"""Both losses, and what D says of real and generated images: numbers, sparklines, gauges."""

import math
from collections.abc import Sequence
from itertools import cycle

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget, Number, beside
from gan_tui.render.bars import gauge, spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, number, plain
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import LOSSES, METRICS, PROBABILITIES, RANKING, Metric, named
from gan_tui.spec.objectives import Objective

LONGEST_NAME = 12
"""Cells of a name that another program gave."""
LABELS = 15
"""Cells before a gauge."""
NO_PROBABILITY = ("D(x) is no probability under this loss", "no D(x): no probability here", "no D(x)")
"""Why there are no probabilities: the longest that fits."""


class Losses(LineWidget):
    """One line a number: its newest value and a sparkline of the whole run; below losses, their values at equilibrium."""

    def __init__(self, glyphs: Glyphs, names: Sequence[str] = LOSSES, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self.names = names
        self._objective: Objective | None = None
        self._state: RunState | None = None
        self._waiting = ""
        self._sparklines: dict[tuple[str, int], str] = {}

    def show(self, state: RunState, objective: Objective | None = None, waiting: str = "") -> None:
        """Show newer values; the sparklines wait for `show_sparklines`. `objective`: where known; `waiting`: for what, without any."""
        self._state, self._objective, self._waiting = state, objective, waiting
        self.redraw()

    def show_sparklines(self) -> None:
        """Bring the sparklines up to date. Each change may move them as a whole, which costs more than the numbers."""
        self._sparklines.clear()
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`d_loss   0.832 ▂▃▅▂▁▂▃▂`."""
        lines = [self._line(name, Role(role), room.width) for name, role in zip(self.names, self._roles(), strict=True)]
        words = next((words for words in self._equilibrium() if len(words) <= room.width), "")
        return [*lines, [(words, Role.MUTED)]] if room.height > len(lines) else lines

    def _roles(self) -> Sequence[str]:
        """Whose each is; of names that another program gave, two that can be told apart."""
        return [METRICS[name].role if name in METRICS else other for name, other in zip(self.names, cycle(("accent", "generator")))]

    def _equilibrium(self) -> Sequence[str]:
        """`at equilibrium: d_loss 1.386, g_loss 0.693`, and shorter; nothing where the objective is unknown."""
        if self._objective is None:
            return ()
        values = {name: number(value, 7, self.glyphs).strip() for name, value in self._objective.equilibrium.items()}
        long = ", ".join(f"{name} {value}" for name, value in values.items())
        short = ", ".join(f"{name[0].upper()} {value}" for name, value in values.items())
        return f"at equilibrium: {long}", f"equilibrium: {short}"

    def _line(self, name: str, role: Role, width: int) -> Line:
        value = self._state.scalars.get(name) if self._state else None
        role_of_value = Role.STRONG if value is None or math.isfinite(value) else Role.ERROR
        label = self._label(name).ljust(max(cell_len(self._label(other)) for other in self.names))
        if value is None and self._waiting:
            return [(label + "  ", role), (fit(self._waiting, width - cell_len(label) - 2, self.glyphs), Role.MUTED)]
        sparkline = self._sparkline(name, max(0, width - cell_len(label) - 9))
        shown = number(value, 7, self.glyphs, named(name).decimals)
        return [(label + " ", beside(name, role)), (shown, Number(name, role_of_value)), (" " + sparkline, beside(name, role))]

    def _label(self, name: str) -> str:
        return name if name in METRICS else fit(plain(name, self.glyphs), LONGEST_NAME, self.glyphs)

    def _sparkline(self, name: str, width: int) -> str:
        history = self._state.history.get(name) if self._state else None
        if history is None:
            return ""
        if (name, width) not in self._sparklines:
            self._sparklines[name, width] = spark(history.buckets, width, self.glyphs)
        return self._sparklines[name, width]


class Probabilities(LineWidget):
    """Gauges on one scale from 0 to 1, its middle marked: there, D cannot tell the two apart.

    Two of them, D(x) and D(G(z)), where D gives probabilities; else one, its pairwise accuracy.
    """

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._state: RunState | None = None
        self._outputs_probabilities = True

    def show(self, state: RunState, *, outputs_probabilities: bool = True) -> None:
        """Show newer values; where D `outputs_probabilities`, those."""
        self._state, self._outputs_probabilities = state, outputs_probabilities
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`D(x)      0.70 ━━━━━━━━┿━━━───`, and the scale below where there is a line for it."""
        width = room.width
        if self._outputs_probabilities:
            lines = [self._line(METRICS[name], width) for name in PROBABILITIES]
            words = ""
        else:
            why = next((text for text in NO_PROBABILITY if len(text) <= width), NO_PROBABILITY[-1])
            lines = [self._line(METRICS[RANKING[0]], width), [(fit(why, width, self.glyphs), Role.MUTED)]]
            words = ": D guesses"
        scale: Line = [(" " * LABELS + _scale(max(0, width - LABELS), words), Role.MUTED)]
        return [*lines, scale] if room.height > len(lines) else lines

    def _line(self, metric: Metric, width: int) -> Line:
        value, role = self._state.scalars.get(metric.name) if self._state else None, metric.role
        filled, rest = gauge(value, max(0, width - LABELS), self.glyphs)
        role_of_value = Role.STRONG if value is None or math.isfinite(value) else Role.ERROR
        return [
            (f"{metric.label:8}", beside(metric.name, role)),
            (number(value, 6, self.glyphs, metric.decimals), Number(metric.name, role_of_value)),
            (" " + filled, beside(metric.name, role)),
            (rest, beside(metric.name, Role.FAINT)),
        ]


def _scale(width: int, words: str = "") -> str:
    """`0 ... 0.5 ... 1`, the 0.5 under the gauge's mark and, with room, what it means; nothing where it is too narrow."""
    if width < 11:
        return ""
    middle = width // 2
    meaning = words if middle + 2 + len(words) < width - 2 else ""
    return ("0" + "0.5".rjust(middle + 1) + meaning)[:width].ljust(width - 1) + "1"
