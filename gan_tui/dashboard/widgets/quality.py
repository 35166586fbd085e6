"""The numbers of the newest evaluation in a line or a few, as the overview has them."""

import math

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.verdicts import age_of, budget_of, evaluation_of, without_evaluations
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line, Number, beside
from gan_tui.render.bars import spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, number
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, SUMMARY, ideal_of

LABEL, VALUE = 9, 7
"""Cells of a name and of a number."""
NOTE = 12
"""Cells of what stands behind it: `ideal 0.97`."""
WORDY = 100
"""Cells in which one line says that its numbers were measured, and when."""


class QualityStrip(DataWidget[Snapshot]):
    """What else was measured with FD, in one line or one for each number; with the moment at which that was."""

    def __init__(self, run: RunDirectory, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._budget, self._word = budget_of(run), run.cli_name

    def draw(self, room: Size) -> list[Line]:
        """`step 21,600, 20 s ago   coverage 0.71   classes 9.7`."""
        found = evaluation_of(self.data.state) if self.data else None
        if self.data is None:
            return []
        if found is None:
            words = without_evaluations(self.data, self._budget, self._word)
            words = words if len(words) <= room.width else words.partition("; ")[0]
            return [[(fit(words, room.width, self.glyphs), Role.MUTED)]]
        when, stale = age_of(found, self.data)
        role = Role.WARNING if stale else Role.MUTED
        if room.height < 3:
            return self._one_line(self.data.state, room.width, (when, role))
        heading: Line = [(fit(f"measured at {when.removeprefix('stale: ')}{', stale' if stale else ''}", room.width, self.glyphs), role)]
        return [heading, *self._table(self.data.state, room.width, room.height - 1)]

    def _one_line(self, state: RunState, width: int, when: tuple[str, Role]) -> list[Line]:
        said = when[0] if width < WORDY or when[0].startswith("stale") else f"measured at {when[0]}"
        line: Line = [(fit(said, width, self.glyphs), when[1])]
        used = len(line[0][0])
        for name in SUMMARY:
            if name not in state.scalars:
                continue
            text = f"   {METRICS[name].label} "
            shown = _value(name, state.scalars[name], self.glyphs)
            if used + len(text) + len(shown) > width:
                break
            line += [(text, beside(name, Role.MUTED)), (shown, Number(name, value_role(state.scalars[name])))]
            used += len(text) + len(shown)
        return [line]

    def _table(self, state: RunState, width: int, rows: int) -> list[Line]:
        return [self._row(state, name, width) for name in [name for name in SUMMARY if name in state.scalars][:rows]]

    def _row(self, state: RunState, name: str, width: int) -> Line:
        """`coverage  0.71 ▁▂▃▅▇▇▇   ideal 0.97`."""
        metric, value = METRICS[name], state.scalars[name]
        history = state.history.get(name)
        ideal = ideal_of(metric, state.evaluation.real_shares if state.evaluation else ())
        note = f"  ideal {ideal:.3g}" if ideal is not None else ""
        room = max(0, width - LABEL - VALUE - 2 - NOTE)
        sparkline = spark(history.buckets, room, self.glyphs) if history else ""
        return [
            (f"{metric.label:{LABEL}} ", beside(name, Role.MUTED)),
            (number(value, VALUE, self.glyphs, metric.decimals), Number(name, value_role(value))),
            (" " + sparkline.ljust(room), beside(name, Role.ACCENT)),
            (note[: max(0, width - LABEL - VALUE - 2 - room)], Role.MUTED),
        ]


def _value(name: str, value: float, glyphs: Glyphs) -> str:
    return number(value, 7, glyphs, METRICS[name].decimals).strip()


def value_role(value: float) -> Role:
    """A number, or what is none."""
    return Role.STRONG if math.isfinite(value) else Role.ERROR
