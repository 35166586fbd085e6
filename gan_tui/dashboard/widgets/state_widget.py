"""The base of the panels that draw nothing but what a run's events add up to."""

from gan_tui.dashboard.widgets.line_widget import LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.run.state import RunState


class StateWidget(LineWidget):
    """Keeps the state that `draw` reads; None before the first."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._state: RunState | None = None

    def show(self, state: RunState) -> None:
        """Show a newer state. It is shared and changes in place, so what is drawn is compared, not the state."""
        self._state = state
        self.redraw()
