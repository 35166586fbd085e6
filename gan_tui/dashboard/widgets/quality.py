"""The numbers of the newest evaluation in a line or a few, as the overview has them."""

import math

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.verdicts import age_of, best_of, evaluation_of
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line, Number
from gan_tui.render.bars import spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, number
from gan_tui.run.history import History
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, SUMMARY

SPARK = 24
"""Cells of a sparkline at most."""
ROOM_FOR_FLOOR = 50
"""Cells below which the moment is more worth than the floor."""
NOTE = 24
"""Cells of what stands behind it: `floor 1.70  best 128.25`."""


class QualityStrip(DataWidget[Snapshot]):
    """One line, or one for each number where there are several; with the moment at which they were measured."""

    def draw(self, room: Size) -> list[Line]:
        """`FD 28.9 ▇▅▃▂▁ floor 1.7  best 25.1   step 21,600, 20 s ago   coverage 0.71   classes 9.7`."""
        found = evaluation_of(self.data.state) if self.data else None
        if self.data is None or found is None:
            return [[(fit("quality: not measured yet", room.width, self.glyphs), Role.MUTED)]]
        when, stale = age_of(found, self.data)
        role = Role.WARNING if stale else Role.MUTED
        if room.height < 3:
            return self._one_line(self.data.state, room.width, (when, role))
        heading: Line = [(fit(f"measured at {when.removeprefix('stale: ')}{', stale' if stale else ''}", room.width, self.glyphs), role)]
        return [heading, *self._table(self.data.state, room.width, room.height - 1)]

    def _one_line(self, state: RunState, width: int, when: tuple[str, Role]) -> list[Line]:
        value, floor = state.scalars.get("fd"), state.scalars.get("fd_floor")
        line: Line = []
        if value is not None:
            line = [("FD ", Role.MUTED), (_value("fd", value, self.glyphs), Number("fd", value_role(value)))]
            history = state.history.get("fd")
            if width >= 100 and history:
                line.append((" " + spark(history.buckets, min(SPARK, len(history.buckets)), self.glyphs), Role.ACCENT))
            if floor is not None and width >= ROOM_FOR_FLOOR:
                line += [(" floor ", Role.MUTED), (_value("fd_floor", floor, self.glyphs), Number("fd_floor", Role.MUTED))]
            best = _best(history)
            if best is not None and width >= 60:
                line.append((f" best {_value('fd', best, self.glyphs)}", Role.MUTED))
        used = sum(len(text) for text, _ in line)
        if used + len(when[0]) + 3 <= width:
            line.append(("   " + when[0], when[1]))
            used += len(when[0]) + 3
        for name in SUMMARY:
            if name not in state.scalars:
                continue
            text = f"{'   ' if line else ''}{METRICS[name].label} "
            shown = _value(name, state.scalars[name], self.glyphs)
            if used + len(text) + len(shown) > width:
                break
            line += [(text, Role.MUTED), (shown, Number(name, value_role(state.scalars[name])))]
            used += len(text) + len(shown)
        return [line]

    def _table(self, state: RunState, width: int, rows: int) -> list[Line]:
        names = [name for name in ("fd", *SUMMARY) if name in state.scalars]
        return [self._row(state, name, width) for name in names[:rows]]

    def _row(self, state: RunState, name: str, width: int) -> Line:
        """`FD        28.9 ▇▅▃▂▁▁▁   floor 1.7  best 25.1`."""
        metric, value = METRICS[name], state.scalars[name]
        history = state.history.get(name)
        note = f"real {metric.ideal:g}" if metric.ideal is not None else ""
        if name == "fd":
            floor, best = state.scalars.get("fd_floor"), _best(history)
            parts = [f"{word} {_value('fd', x, self.glyphs)}" for word, x in (("floor", floor), ("best", best)) if x is not None]
            note = "  ".join(parts)
        room = max(0, width - 18 - NOTE)
        sparkline = spark(history.buckets, room, self.glyphs) if history else ""
        shown = number(value, 7, self.glyphs, metric.decimals)
        return [
            (f"{metric.label:9} ", Role.MUTED),
            (shown, Number(name, value_role(value))),
            (" " + sparkline.ljust(room), Role.ACCENT),
            (f" {note:<{NOTE - 1}}"[: max(0, width - 18 - room)], Role.MUTED),
        ]


def _value(name: str, value: float, glyphs: Glyphs) -> str:
    return number(value, 7, glyphs, METRICS[name].decimals).strip()


def value_role(value: float) -> Role:
    """A number, or what is none."""
    return Role.STRONG if math.isfinite(value) else Role.ERROR


def _best(history: History | None) -> float | None:
    return best_of(history, METRICS["fd"]) if history else None
