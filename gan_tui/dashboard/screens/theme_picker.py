"""Choosing a theme by looking at it: what is marked is what one sees, over the whole screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.events import Click
from textual.geometry import Size
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from gan_tui.dashboard.framed_dialog import FramedDialog
from gan_tui.dashboard.named_keys import as_line
from gan_tui.dashboard.themes import NamedTheme
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.bars import gauge
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, plain

SWATCH = 10
"""Cells of the two bars that show D's and G's colours."""


class ThemePicker(FramedDialog[str | None]):
    """A list of themes. The marked one is applied at once; enter keeps it, esc goes back to the one before.

    The result is the name of the theme that was kept, or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k,shift+tab,T", "mark(-1)"),
        Binding("j,tab,t", "mark(1)"),
        Binding("space", "keep"),
        Binding("escape,q", "restore"),
    ]

    def __init__(self, themes: Sequence[NamedTheme], before: str, glyphs: Glyphs) -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._before = before
        self._names = [theme.name for theme in themes]
        width = max(map(len, self._names), default=0)
        self._list = OptionList(*(Option(_prompt(theme, width, glyphs)) for theme in themes))
        self._list.highlighted = self._names.index(before) if before in self._names else 0
        self.frame = Vertical(self._list, Swatch(glyphs, id="swatch"), id="themes", classes="dialog")
        self.frame.border_title = "theme"

    def compose(self) -> ComposeResult:
        """The list in a box, and below it the colours that matter."""
        yield self.frame

    @property
    def marked(self) -> str:
        """The name of the marked theme."""
        return self._names[self._list.highlighted or 0]

    def action_mark(self, by: int) -> None:
        """Mark another theme, round and round."""
        if by > 0:
            self._list.action_cursor_down()
        else:
            self._list.action_cursor_up()

    def on_option_list_option_highlighted(self) -> None:
        """Show the theme that is marked."""
        self.app.theme = self.marked

    def on_option_list_option_selected(self) -> None:
        """Go on with the theme that was chosen."""
        self.action_keep()

    def on_click(self, event: Click) -> None:
        """Outside of the box is back."""
        if event.widget is self:
            self.action_restore()

    def action_keep(self) -> None:
        """Go on with the theme that is marked."""
        self.dismiss(self.marked)

    def action_restore(self) -> None:
        """Go on with the theme from before."""
        self.app.theme = self._before
        self.dismiss(None)


class Swatch(LineWidget):
    """The pair of colours that must be told apart, those of good and bad, and the keys."""

    def draw(self, room: Size) -> list[Line]:
        filled_d, rest_d = gauge(0.7, SWATCH, self.glyphs)
        filled_g, rest_g = gauge(0.3, SWATCH, self.glyphs)
        dot = self.glyphs.dot
        colours: Line = [
            (" D ", Role.D), (filled_d, Role.D), (rest_d, Role.FAINT), ("  G ", Role.G), (filled_g, Role.G), (rest_g, Role.FAINT),
            (f"  {dot} good", Role.GOOD), (f"  {dot} warning", Role.WARNING), (f"  {dot} error", Role.ERROR),
        ]  # fmt: skip
        return [colours, as_line(fit("enter keep  esc back", room.width, self.glyphs), Role.MUTED)]


def _prompt(theme: NamedTheme, width: int, glyphs: Glyphs) -> Content:
    """`midnight   dark   deep blue night; the default`."""
    words = f"   {'dark ' if theme.colours.dark else 'light'}  {plain(theme.colours.description, glyphs)}"
    return Content.assemble((plain(theme.name, glyphs).ljust(width), "bold"), (words, "$text-muted-role"))
