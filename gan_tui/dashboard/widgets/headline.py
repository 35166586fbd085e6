"""What a run comes to: the distance to real images with its whole course, and D against G."""

import math

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.nothing_yet import LOST
from gan_tui.dashboard.verdicts import best_of, budget_of
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line, LineWidget, Number, beside
from gan_tui.dashboard.widgets.quality import value_role
from gan_tui.render.bars import course, gauge
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, number
from gan_tui.run.directory import RunDirectory
from gan_tui.run.places import typed
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, PROBABILITIES, RANKING, Metric

LABEL, VALUE = 8, 6
"""Cells of a name and of a number."""
SHORTEST, MODEST, LONGEST = 8, 16, 48
"""Cells of a course: of one whose floor is said, of one whose best value is said as well, at most."""
ROOMY = 44
"""Cells from which D's two numbers stand in columns."""
ENDS = ("G ahead", "even", "D ahead")
"""What the places on the rope mean."""


class Distance(DataWidget[Snapshot]):
    """FD, how it fell, and its floor; before the first evaluation, what brings one."""

    def __init__(self, run: RunDirectory, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._word, self._off = run.cli_name, budget_of(run) == 0

    def draw(self, room: Size) -> list[Line]:
        """`FD        28.9 ▇▆▅▄▃▂▂▁▁  floor 1.70`."""
        state, metric = self.data.state if self.data else RunState(), METRICS["fd"]
        value = state.scalars.get(metric.name)
        label = f"{metric.label:<{LABEL}} "
        if value is None:
            left = room.width - LABEL - 1
            return [[(label, metric.role), (next((words for words in self._why_none() if len(words) <= left), ""), Role.MUTED)]]
        history, last = state.history.get(metric.name), state.evaluation.step if state.evaluation else state.step
        left = room.width - LABEL - VALUE - 2
        aim = next((words for words, curve in self._aims(state) if left - len(words) >= curve), "")
        curve = course(history.buckets, last, max(0, min(LONGEST, left - len(aim))), self.glyphs) if history else ""
        shown = number(value, VALUE, self.glyphs, metric.decimals)
        named = (label, beside(metric.name, metric.role))
        drawn = (f" {curve}", beside(metric.name, metric.role))
        return [[named, (shown, Number(metric.name, value_role(value))), drawn, (aim, Role.MUTED)]]

    def _aims(self, state: RunState) -> tuple[tuple[str, int], ...]:
        """What it is held against, the longest first, and how much must be left of the curve."""
        metric, history = METRICS["fd"], state.history.get("fd")
        known = (("floor", state.scalars.get("fd_floor")), ("best", best_of(history, metric) if history else None))
        parts = [f"  {word} {number(value, VALUE, self.glyphs, metric.decimals).strip()}" for word, value in known if value is not None]
        return ("".join(parts), MODEST), *((part, SHORTEST) for part in parts[:1])

    def _why_none(self) -> tuple[str, ...]:
        """The longest that fits."""
        if self.data is not None and self.data.saved is not None:
            return (LOST,)
        if self.data is not None and self.data.alive and self.data.recorded:
            return "not measured by then", "none yet"
        if self.data is not None and self.data.alive and self._off:
            return "evaluations are off: see view 4", "off: see view 4", "off"
        if self.data is not None and self.data.alive and self.data.read_only:
            return "not measured yet", "none yet"
        if self.data is not None and self.data.alive:
            return "not measured yet: e measures now", "none yet: e measures", "none yet"
        if self.data is not None and not self.data.measurable:
            return ("not measured",)
        return f"not measured: `{typed(f'gan-tui evaluate {self._word}')}`", "not measured: see view 4", "not measured"


class TugOfWar(LineWidget):
    """One rope: D's part of it in D's colour, G's in G's. The mark is its middle, where D only guesses.

    Where D gives probabilities the rope is pulled by D(x) and D(G(z)), else by D's pairwise accuracy; the label says which.
    """

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._state = RunState()
        self._outputs_probabilities = True
        self._waiting = ""

    def show(self, state: RunState, *, outputs_probabilities: bool = True, waiting: str = "") -> None:
        """Show newer values; where D `outputs_probabilities`, those. `waiting`: for what, without any."""
        self._state, self._outputs_probabilities, self._waiting = state, outputs_probabilities, waiting
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`D(x)      0.70 ━━━━━━━━━┿━━━━───── 0.26 D(G(z))`, and what its ends mean where there is a line for it."""
        if self._waiting and self._share() is None:
            metric = METRICS[PROBABILITIES[0] if self._outputs_probabilities else RANKING[0]]
            return [[(f"{metric.label:<{LABEL}} ", metric.role), (fit(self._waiting, room.width - LABEL - 1, self.glyphs), Role.MUTED)]]
        left, right = self._ends(room.width)
        width = max(0, room.width - sum(len(text) for text, _ in (*left, *right)))
        filled, rest = gauge(self._share(), width, self.glyphs)
        before = sum(len(text) for text, _ in left)
        of_d, of_g = PROBABILITIES if self._outputs_probabilities else (RANKING[0], RANKING[0])
        rope: Line = [*left, (filled, beside(of_d, Role.D)), (rest, beside(of_g, Role.G)), *right]
        return [rope, [(" " * before + _scale(width), Role.MUTED)]] if room.height > 1 else [rope]

    def _share(self) -> float | None:
        """D's part: how often it is right, as far as its numbers say."""
        scalars = self._state.scalars
        if not self._outputs_probabilities:
            return scalars.get(RANKING[0])
        real, generated = (scalars.get(name) for name in PROBABILITIES)
        return None if real is None or generated is None else (real + 1 - generated) / 2

    def _ends(self, width: int) -> tuple[Line, Line]:
        """What stands before and behind the rope."""
        if not self._outputs_probabilities:
            metric = METRICS[RANKING[0]]
            label = (f"{metric.label:<{LABEL}} ", beside(metric.name, metric.role))
            return [label, self._value(metric), (" ", Role.TEXT)], []
        real, generated = (METRICS[name] for name in PROBABILITIES)
        shown, look = self._value(real)
        roomy = width >= ROOMY
        label = (f"{real.label:<{LABEL * roomy}} ", beside(real.name, real.role))
        left: Line = [label, (shown if roomy else shown.strip(), look), (" ", Role.TEXT)]
        shown, look = self._value(generated)
        return left, [(" ", Role.TEXT), (shown.strip(), look), (f" {generated.label}", beside(generated.name, generated.role))]

    def _value(self, metric: Metric) -> tuple[str, Number]:
        value = self._state.scalars.get(metric.name)
        role = Role.STRONG if value is None or math.isfinite(value) else Role.ERROR
        return number(value, VALUE, self.glyphs, metric.decimals), Number(metric.name, role)


def _scale(width: int) -> str:
    """`G ahead    even    D ahead` below a rope of `width` cells; as much of it as there is room for."""
    low, middle, high = ENDS
    if width < len(middle):
        return ""
    gap = (width - 1) // 2 - len(middle) // 2
    if width < len(low) + len(middle) + len(high) + 6:
        return " " * gap + middle
    return low + " " * (gap - len(low)) + middle + high.rjust(width - gap - len(middle))
