"""The numbers of a run that makes a picture: four readings, what is minimised, and all of them as a table."""

import math

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line, Number, beside
from gan_tui.dashboard.widgets.quality import value_role
from gan_tui.render.bars import spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, number
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, Metric
from gan_tui.spec.tasks import Task

LABEL, VALUE = 11, 7
"""Cells of a name and of a number."""
LABEL_OF_READING = 7
SHORTEST, LONGEST = 12, 32
"""Cells of a sparkline."""
SOME_MEANING = 26
"""Cells of a meaning, its gap included, that are worth a shorter sparkline: `style: colours and grain`."""


class Readings(DataWidget[RunState]):
    """`conv1_1  0.0085   conv2_1  0.0096`, and the other two below."""

    def __init__(self, task: Task, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._about = task

    def draw(self, room: Size) -> list[Line]:
        """Two in a line."""
        each = max(1, room.width // 2)
        names = self._about.readings
        rows = [names[:2], names[2:]]
        lines = [[piece for name in row for piece in self._reading(METRICS[name], each)] for row in rows]
        meaning: Line = [(fit(self._about.readings_are, room.width, self.glyphs), Role.MUTED)]
        return [*lines, meaning] if room.height > len(lines) else lines

    def _reading(self, metric: Metric, width: int) -> Line:
        value, label = self.data.scalars.get(metric.name) if self.data else None, metric.label.ljust(LABEL_OF_READING)
        ink = Role.STRONG if value is None or math.isfinite(value) else Role.ERROR
        text = number(value, VALUE, self.glyphs, metric.decimals)
        return [
            (f"{label} ", beside(metric.name, metric.role)),
            (text, Number(metric.name, ink)),
            (" " * max(0, width - len(label) - 1 - len(text)), Role.TEXT),
        ]


class TotalStrip(DataWidget[Snapshot]):
    """`total    1.3380 ▇▅▃▂▁   smoothness  0.0204`: as the readings above it, so that they stand below each other."""

    def __init__(self, task: Task, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._names = task.strip

    def draw(self, room: Size) -> list[Line]:
        """One line, of the numbers that are whole in it."""
        state = self.data.state if self.data else None
        first = self._names[0]
        if state is None or first not in state.scalars:
            return [[(fit(f"{METRICS[first].label}: no step yet", room.width, self.glyphs), Role.MUTED)]]
        line: Line = []
        for name in self._names:
            if name in state.scalars:
                metric, value = METRICS[name], state.scalars[name]
                shown, label = number(value, VALUE, self.glyphs, metric.decimals), metric.label.ljust(LABEL_OF_READING)
                if name != first and sum(len(text) for text, _ in line) + len(label) + 1 + len(shown) > room.width:
                    break
                line += [(f"{label} ", beside(name, Role.MUTED)), (shown, Number(name, value_role(value)))]
                history = state.history.get(name)
                if name == first and history is not None:
                    curve = spark(history.buckets, min(LONGEST, room.width // 2), self.glyphs).rstrip()
                    line.append((f" {curve}", beside(name, Role.ACCENT)))
                line.append(("   ", Role.TEXT))
        return [line]


class WhatIsMeasured(DataWidget[Snapshot]):
    """`scale 2 of 2, 96 x 64 pixels, features of vgg16-edge-int8; ? says how they are computed`, as much of it as there is room for."""

    def __init__(self, what: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        """`what`: in which pictures are compared, in a few words."""
        super().__init__(glyphs, id=id)
        self._what = what

    def draw(self, room: Size) -> list[Line]:
        """One line."""
        if self.data is None or not self.data.state.started:
            return []
        state, size = self.data.state, self.data.preview.images
        parts = [f"{self.data.task.epoch} {state.epoch} of {self.data.state.started.epochs}"]
        parts += [f", {size.width} x {size.height} pixels"] if size else []
        parts += [f", {self._what}", "; ? says how they are computed"]
        while len(parts) > 1 and sum(map(len, parts)) > room.width:
            parts.pop()
        return [[("".join(parts), Role.MUTED)]]


class DistanceTable(DataWidget[RunState]):
    """One row a distance, its meaning beside it or below, as far as there is room."""

    def __init__(self, task: Task, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._metrics = [METRICS[name] for name in task.table]
        self._meaning = max(len(metric.brief) for metric in self._metrics) + 2
        """Cells of the longest meaning, and of the gap before it. It stands beside the numbers where there is room for all of it."""

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """A row for each, whether it is known already or not: what stands below does not jump."""
        del container, viewport, width
        return len(self._metrics)

    def draw(self, room: Size) -> list[Line]:
        """`content      0.8842 ▁▃▆▇▇▇▇  content distance to the photograph`."""
        state = self.data
        known = [metric for metric in self._metrics if state is not None and metric.name in state.scalars]
        if state is None or not known:
            return [[(fit("no step yet", room.width, self.glyphs), Role.MUTED)]]
        left = room.width - LABEL - VALUE - 2
        beside = min(self._meaning, max(SOME_MEANING, left - SHORTEST))
        sparkline = max(0, min(LONGEST, left if left < SHORTEST + beside else left - beside))
        lines = [self._row(state, metric, sparkline, room.width) for metric in known]
        return lines

    def _row(self, state: RunState, metric: Metric, sparkline: int, width: int) -> Line:
        history, value = state.history.get(metric.name), state.scalars[metric.name]
        line: Line = [
            (f"{metric.label:<{LABEL}}", beside(metric.name, metric.role if metric.role is not Role.MUTED else Role.TEXT)),
            (number(value, VALUE, self.glyphs, metric.decimals), Number(metric.name, value_role(value))),
        ]
        if history is not None and sparkline >= SHORTEST:
            line.append((f"  {spark(history.buckets, sparkline - 2, self.glyphs):<{sparkline - 2}}", beside(metric.name, metric.role)))
        used = sum(len(text) for text, _ in line)
        return [*line, ("  " + fit(metric.brief, width - used - 2, self.glyphs), Role.MUTED)] if width - used >= SOME_MEANING else line
