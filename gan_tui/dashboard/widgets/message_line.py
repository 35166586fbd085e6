"""A line that says one thing at a time."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain


class MessageLine(LineWidget):
    """Its words and their colour, cut to its room."""

    def __init__(self, glyphs: Glyphs, *, right: bool = False, id: str | None = None) -> None:
        """`right`: it stands at the right end of its room."""
        super().__init__(glyphs, id=id)
        self._right = right
        self._words = ""
        self._ink = Ink.TEXT

    def say(self, words: str, ink: Ink = Ink.TEXT) -> None:
        """Say something else; nothing is sent where it is the same."""
        if (clean := plain(words, self.glyphs), ink) != (self._words, self._ink):
            self._words, self._ink = clean, ink
            self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The words."""
        words = fit(self._words, room.width, self.glyphs)
        blank = " " * (room.width - cell_len(words)) if self._right else ""
        return [[(blank + words, self._ink)]]
