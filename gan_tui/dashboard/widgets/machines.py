"""The title of a list of runs of several machines: which they are, and why one does not answer, as far as there is room."""

from textual.geometry import Size

from gan_tui.dashboard.far_runs import FarRuns
from gan_tui.dashboard.widgets.line_widget import Line, TextLine
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import plain

TITLE = "gan-tui runs on "


class MachinesLine(TextLine):
    """Draws what they have said last."""

    def __init__(self, far: FarRuns, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, role=Role.STRONG, path=True, id=id)
        self._far = far

    def draw(self, room: Size) -> list[Line]:
        """`gan-tui runs on gpu1 (No route to host) and this machine`."""
        self._words = plain(TITLE + self._far.title(room.width - len(TITLE), self.glyphs), self.glyphs)
        return super().draw(room)
