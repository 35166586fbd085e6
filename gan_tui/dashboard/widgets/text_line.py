"""One line of text, wherever it comes from."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain


class TextLine(LineWidget):
    """A label where it has one, and its words, printable whatever they hold and cut to their room."""

    def __init__(
        self, glyphs: Glyphs, words: str = "", ink: Ink = Ink.TEXT, *, label: str = "", right: bool = False, id: str | None = None
    ) -> None:
        """`right`: it stands at the right end of its room."""
        super().__init__(glyphs, id=id)
        self._label = f"{label}  " if label else ""
        self._right = right
        self._words, self._ink = plain(words, glyphs), ink
        self._usual_ink = ink

    def say(self, words: str, ink: Ink | None = None) -> None:
        """Say something else, in the ink that the line began with unless another is given; nothing is sent where it is the same."""
        if (said := (plain(words, self.glyphs), ink or self._usual_ink)) != (self._words, self._ink):
            self._words, self._ink = said
            self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`run  /home/me/gan-tui-runs/first`."""
        words = fit(self._words, max(0, room.width - len(self._label)), self.glyphs)
        blank = " " * (room.width - len(self._label) - cell_len(words)) if self._right else ""
        return [[(self._label, Ink.MUTED), (blank + words, self._ink)]]
