"""What a screen has to say in passing: in one line where that is enough, else in a second one or a third."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, TextLine
from gan_tui.render.styles import Role
from gan_tui.render.text import rows_of, wrapped

MOST = 3
"""Lines; a style sheet may grant fewer."""


class MessageLine(TextLine):
    """As high as its words need, with `height: auto`."""

    def say(self, words: str, role: Role | None = None) -> None:
        """Say something else, in more lines or in fewer."""
        super().say(words, role)
        if self.size.width and self.get_content_height(self.size, self.size, self.size.width) != self.size.height:
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Where its height is `auto`."""
        del container, viewport
        return min(MOST, len(wrapped(self._words, width)) if cell_len(self._words) > width else 1)

    def draw(self, room: Size) -> list[Line]:
        """The words, broken between them."""
        return [[(row, self._role)] for row in rows_of(self._words, room.width, room.height, self.glyphs)]
