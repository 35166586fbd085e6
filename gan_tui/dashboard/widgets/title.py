"""What is trained, and on which machine."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain

ROOM_FOR_PROGRAM = 30
"""Cells: below, the program leaves its name out."""


class Title(LineWidget):
    """The left part of the first line. What does not fit is cut, the device first."""

    def __init__(self, title: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._title = plain(title, glyphs)
        self._device = self._rollbacks = ""

    def show(self, snapshot: Snapshot) -> None:
        """Show a newer state of the run."""
        started, count = snapshot.state.started, snapshot.state.rollbacks
        self._device = plain(started.device_name, self.glyphs) if started else ""
        if started and started.ranks > 1:
            self._device += f" {self.glyphs.middot} {started.ranks} ranks"
        self._rollbacks = f"{count} roll-back{'s' if count > 1 else ''}" if count else ""
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`gan-tui  mnist classic  2 roll-backs  NVIDIA H200 · 4 ranks`."""
        program = "gan-tui  " if room.width >= ROOM_FOR_PROGRAM else ""
        title = fit(self._title, room.width - len(program), self.glyphs)
        line: Line = [(program, Ink.STRONG), (title, Ink.TEXT)]
        left = room.width - len(program) - cell_len(title)
        for text, ink in ((self._rollbacks, Ink.WARNING), (self._device, Ink.MUTED)):
            if text and left >= 6:
                text = fit(text, left - 2, self.glyphs)
                line.append(("  " + text, ink))
                left -= 2 + cell_len(text)
        return [line]
