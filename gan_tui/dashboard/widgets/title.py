"""What is trained, and on which machine."""

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import fit, plain

ROOM_FOR_PROGRAM = 30
"""Cells: below, the program leaves its name out."""


class Title(LineWidget):
    """The left part of the first line. What does not fit is cut, the device first."""

    def __init__(self, title: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._title = plain(title, glyphs)
        self._device = ""

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run."""
        started = snapshot.state.started
        self._device = plain(started.device_name, self.glyphs) if started else ""
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`gan-tui  mnist classic  NVIDIA H200`."""
        program = "gan-tui  " if room.width >= ROOM_FOR_PROGRAM else ""
        title = fit(self._title, room.width - len(program), self.glyphs)
        left = room.width - len(program) - len(title) - 2
        device = "  " + fit(self._device, left, self.glyphs) if left >= 4 else ""
        return [[(program, Ink.STRONG), (title, Ink.TEXT), (device, Ink.MUTED)]]
