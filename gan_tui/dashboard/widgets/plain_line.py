"""A line of text that comes from outside, for instance a path."""

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain


class PlainLine(LineWidget):
    """A label and its text, printable whatever it holds."""

    def __init__(self, label: str, text: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._label = label
        self._text = plain(text, glyphs)

    def draw(self, room: Size) -> list[Line]:
        """`run  /home/me/gan-tui-runs/first`."""
        return [[(f"{self._label}  ", Ink.MUTED), (fit(self._text, max(0, room.width - len(self._label) - 2), self.glyphs), Ink.TEXT)]]
