"""The keys of a screen, each with its meaning."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen

from gan_tui.dashboard.commands import KeyCommand
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import plain, wrapped

LABEL = 14
"""Cells of the keys, with the gap behind them."""


class KeysHelp(ModalScreen[None]):
    """Any key that people try brings them back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,space,enter", "dismiss"),
        Binding("up,k", "scroll(-1)"),
        Binding("down,j", "scroll(1)"),
        Binding("pageup", "scroll(-10)"),
        Binding("pagedown", "scroll(10)"),
    ]

    def __init__(self, commands: Sequence[KeyCommand], words: str, glyphs: Glyphs) -> None:
        """`words` stand below the keys."""
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._keys = KeyTable(commands, words, glyphs, id="keys-help")
        self._keys.border_title = "help"
        self._keys.border_subtitle = "up/down scroll, esc back"

    def compose(self) -> ComposeResult:
        """One box."""
        yield self._keys

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self._keys.scroll(lines)


class KeyTable(LineWidget):
    """Keys left, their meaning beside them."""

    def __init__(self, commands: Sequence[KeyCommand], words: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._commands = commands
        self._words = words
        self._first = 0

    def scroll(self, by: int) -> None:
        """Move the text, as far as there is any."""
        self._first = min(max(0, self._first + by), max(0, len(self._lines(self.size.width)) - self.size.height))
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """What fits, from the line on that was scrolled to."""
        return self._lines(room.width)[self._first :]

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        for command in self._commands:
            meaning = wrapped(plain(command.meaning, self.glyphs), max(10, width - LABEL))
            lines.append([(command.sign.ljust(LABEL), Ink.ACCENT), (meaning[0], Ink.TEXT)])
            lines += [[(" " * LABEL + line, Ink.TEXT)] for line in meaning[1:]]
        lines.append([])
        for words in wrapped(plain(self._words, self.glyphs), width):
            lines.append([(words, Ink.MUTED)])
        return lines
