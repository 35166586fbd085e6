"""Choosing a theme by looking at it: what is marked is what one sees, over the whole screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Click
from textual.geometry import Size
from textual.screen import ModalScreen

from gan_tui.dashboard.themes import NamedTheme
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.bars import gauge
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain

FRAME = 4
"""Lines of the box that are not themes: its border, and the two below them."""
SWATCH = 10
"""Cells of the two bars that show D's and G's colours."""


class ThemePicker(ModalScreen[str | None]):
    """A list of themes. The marked one is applied at once; enter keeps it, esc goes back to the one before.

    The result is the name of the theme that was kept, or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k,shift+tab,T", "move(-1)"),
        Binding("down,j,tab,t", "move(1)"),
        Binding("home", "move(-9999)"),
        Binding("end", "move(9999)"),
        Binding("enter,space", "keep"),
        Binding("escape,q", "restore"),
    ]

    def __init__(self, themes: Sequence[NamedTheme], before: str, glyphs: Glyphs) -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._before = before
        self.themes = ThemeList(themes, before, glyphs, id="themes")
        self.themes.border_title = "theme"

    def compose(self) -> ComposeResult:
        """The list in a box."""
        yield self.themes

    def on_mount(self) -> None:
        """As high as there are themes."""
        self.themes.styles.height = self.themes.count + FRAME

    def action_move(self, by: int) -> None:
        """Mark another theme, and show it."""
        self.themes.move(by)
        self.app.theme = self.themes.marked

    def on_click(self, event: Click) -> None:
        """Mark what was clicked; outside of the box is back."""
        if event.widget is not self.themes:
            self.action_restore()
        elif self.themes.mark_line(event.y - 1):
            self.app.theme = self.themes.marked

    def action_keep(self) -> None:
        """Go on with the theme that is marked."""
        self.dismiss(self.themes.marked)

    def action_restore(self) -> None:
        """Go on with the theme from before."""
        self.app.theme = self._before
        self.dismiss(None)


class ThemeList(LineWidget):
    """One line a theme: its name and what it is; below, the colours that matter."""

    def __init__(self, themes: Sequence[NamedTheme], marked: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._themes = themes
        self._index = next((index for index, theme in enumerate(themes) if theme.name == marked), 0)
        self._first = 0

    @property
    def count(self) -> int:
        """How many themes there are."""
        return len(self._themes)

    @property
    def marked(self) -> str:
        """The name of the marked theme."""
        return self._themes[self._index].name

    def move(self, by: int) -> None:
        """Mark another theme: one step goes round and round, a leap stops at the end."""
        moved = self._index + by
        self._index = moved % self.count if abs(by) == 1 else min(max(moved, 0), self.count - 1)
        self.redraw()

    def mark_line(self, line: int) -> bool:
        """Mark the theme that stands in this line; False where none does."""
        index = self._first + line
        if not 0 <= index < self.count:
            return False
        self._index = index
        self.redraw()
        return True

    def draw(self, room: Size) -> list[Line]:
        """`› midnight   dark   deep blue night; the default`, then D and G as they look."""
        width, height = room
        shown = max(1, height - 2)
        self._first = min(max(self._first, self._index - shown + 1), self._index, max(0, self.count - shown))
        name_width = max((len(theme.name) for theme in self._themes), default=0)
        lines = [self._line(index, name_width, width) for index in range(self._first, min(self._first + shown, self.count))]
        return [*lines, self._colours(), [(fit("enter keep  esc back", width, self.glyphs), Ink.MUTED)]] if height > 2 else lines

    def _line(self, index: int, name_width: int, width: int) -> Line:
        theme = self._themes[index]
        chosen = index == self._index
        name = plain(theme.name, self.glyphs).ljust(name_width)
        words = f"  {'dark ' if theme.colours.dark else 'light'}  {plain(theme.colours.description, self.glyphs)}"
        return [
            (f"{self.glyphs.arrow} " if chosen else "  ", Ink.ACCENT),
            (name, Ink.STRONG if chosen else Ink.TEXT),
            (fit(words, max(0, width - 2 - name_width), self.glyphs), Ink.MUTED),
        ]

    def _colours(self) -> Line:
        """The pair that must be told apart, and the signs of good and bad."""
        filled_d, rest_d = gauge(0.7, SWATCH, self.glyphs)
        filled_g, rest_g = gauge(0.3, SWATCH, self.glyphs)
        dot = self.glyphs.dot
        return [
            ("  D ", Ink.D), (filled_d, Ink.D), (rest_d, Ink.FAINT), ("  G ", Ink.G), (filled_g, Ink.G), (rest_g, Ink.FAINT),
            (f"  {dot} good", Ink.GOOD), (f"  {dot} warning", Ink.WARNING), (f"  {dot} error", Ink.ERROR),
        ]  # fmt: skip
