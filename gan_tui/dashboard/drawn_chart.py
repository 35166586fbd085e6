"""One chart of a board as it was drawn: its curves stand for seconds, its values are those of now."""

from collections.abc import Sequence
from typing import NamedTuple, Self

from gan_tui.render.figure import Figure, Row, Series, newest_of
from gan_tui.render.panels import newest_in
from gan_tui.run.state import RunState


class Drawn(NamedTuple):
    """Without the cursor, and without the newest values."""

    series: Sequence[Series]
    figure: Figure | None
    rows: list[Row]

    def at(self, state: RunState) -> Self:
        """The same curves, with the values that are the newest now."""
        series = [one._replace(newest=newest_in(state, one.name)) for one in self.series]
        if self.figure is None:
            return self._replace(series=series)
        curves = [curve._replace(newest=newest_of(one)) for one, curve in zip(series, self.figure.curves, strict=True)]
        return self._replace(series=series, figure=self.figure._replace(curves=curves))
