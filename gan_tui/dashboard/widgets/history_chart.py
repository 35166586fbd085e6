"""The course of some scalars over the whole run."""

from collections.abc import Sequence

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.chart import AXIS, GUIDE, NOTHING, Scale, chart
from gan_tui.render.glyphs import Glyphs
from gan_tui.run.state import RunState

_OTHERS = {AXIS: Ink.MUTED, GUIDE: Ink.FAINT, NOTHING: Ink.TEXT}


class HistoryChart(LineWidget):
    """Scalars as lines on one scale, with an axis. The legend is the panel's title."""

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

    def show(self, state: RunState) -> None:
        """Show newer values."""
        self._state = state
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The chart; its axis alone while there are no values."""
        width, height = room
        histories = self._state.history if self._state else {}
        buckets = [histories[name].buckets if name in histories else [] for name, _ in self._series]
        inks = {**_OTHERS, **{index: ink for index, (_, ink) in enumerate(self._series)}}
        lines = chart(buckets, width, height, self.glyphs, self._scale, self._guide)
        return [[(text, inks[who]) for text, who in line] for line in lines]
