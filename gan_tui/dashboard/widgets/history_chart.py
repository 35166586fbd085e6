"""The course of some scalars over the whole run."""

from collections.abc import Mapping, Sequence

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.chart import AXIS, BOOKMARK, CHANGED, GUIDE, IDEAL, MARKS, NOTHING, ROLLED_BACK, Scale, chart
from gan_tui.render.curves import kept
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.run.state import RunState

_OTHERS = {AXIS: Ink.MUTED, GUIDE: Ink.FAINT, NOTHING: Ink.TEXT, ROLLED_BACK: Ink.WARNING, CHANGED: Ink.ACCENT, BOOKMARK: Ink.GOOD}


class HistoryChart(LineWidget):
    """Scalars as lines on one scale, with an axis, what balance would be, and what happened. The legend is the panel's title."""

    def __init__(
        self,
        series: Sequence[tuple[str, Ink]],
        glyphs: Glyphs,
        *,
        scale: Scale | None = None,
        guide: float | None = None,
        id: str | None = None,
    ) -> None:
        super().__init__(glyphs, id=id)
        self._series = series
        self._scale = scale
        self._guide = guide
        self._state: RunState | None = None
        self._ideals: Mapping[str, float] = {}

    def choose(self, series: Sequence[tuple[str, Ink]]) -> None:
        """Show other scalars."""
        self._series = series

    def show(self, state: RunState, ideals: Mapping[str, float] | None = None) -> None:
        """Show newer values; `ideals` are where scalars would be in balance, by name."""
        self._state, self._ideals = state, ideals or {}
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The chart; its axis alone while there are no values."""
        width, height = room
        histories = self._state.history if self._state else {}
        buckets = [kept(histories[name].buckets) if name in histories else [] for name, _ in self._series]
        marks = [(mark.step, MARKS[mark.kind]) for mark in self._state.marks] if self._state else []
        ideals = {index: self._ideals[name] for index, (name, _) in enumerate(self._series) if name in self._ideals}
        lines = chart(buckets, width, height, self.glyphs, self._scale, self._guide, ideals, marks)
        inks = {**_OTHERS}
        for index, (_, ink) in enumerate(self._series):
            inks[index] = inks[IDEAL + index] = ink
        return [[(text, inks[who]) for text, who in line] for line in lines]
