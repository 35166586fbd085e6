"""One quiet line: why there is nothing to see, and what would change that."""

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain


class MutedLine(LineWidget):
    """A muted line, cut to its room."""

    def __init__(self, text: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._text = plain(text, glyphs)
        self._warning = False

    def say(self, text: str, warning: bool = False) -> None:
        """Say something else; a warning is not quiet."""
        if (clean := plain(text, self.glyphs), warning) != (self._text, self._warning):
            self._text, self._warning = clean, warning
            self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The line at the top."""
        return [[(fit(self._text, room.width, self.glyphs), Ink.WARNING if self._warning else Ink.MUTED)]]
