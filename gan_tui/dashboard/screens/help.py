"""Every key, and what the numbers mean, in plain words."""

from collections.abc import Iterator
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.screen import ModalScreen

from gan_tui.dashboard.commands import COMMANDS, VIEW_MEANINGS
from gan_tui.dashboard.glossary import SECTIONS
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import plain, wrapped

LEAVING = (
    "The training is a process of its own. Closing this screen, losing the connection or the terminal does not touch it; "
    "`gan-tui attach` brings the screen back with its whole history."
)
MOUSE = (
    "Nothing needs the mouse: a click marks a panel or presses a key of the last line, the wheel scrolls. "
    "To select text with it hold shift (in some terminals option or fn), or start with --no-mouse."
)
LABEL = 16
"""Cells of the column of keys and terms."""
NARROW = 46
"""Cells below which a meaning stands below its term."""
FAR = 10**6

Section = tuple[str, tuple[tuple[str, str], ...]]


def key_sections(view: str) -> Iterator[Section]:
    """The keys of the view that is open, those that act everywhere, those of the other views."""
    for title in (view, "", *(other for other in VIEW_MEANINGS if other != view)):
        found = tuple((command.sign, command.meaning) for command in COMMANDS if command.view == title)
        if found:
            yield f"keys: {title or 'everywhere'}", found


class HelpScreen(ModalScreen[None]):
    """The help, over the run. Any key that people try brings them back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,question_mark,f1,space,enter", "dismiss"),
        Binding("up,k", "scroll(-1)"),
        Binding("down,j", "scroll(1)"),
        Binding("pageup", "page(-1)"),
        Binding("pagedown", "page(1)"),
        Binding("home", f"scroll(-{FAR})"),
        Binding("end", f"scroll({FAR})"),
    ]

    def __init__(self, glyphs: Glyphs, view: str = "overview") -> None:
        super().__init__(classes="" if glyphs.unicode else "-ascii")
        self._text = HelpText((*key_sections(view), ("", (("", LEAVING), ("", MOUSE))), *SECTIONS), glyphs, id="help")
        self._text.border_title = "help"
        self._text.border_subtitle = "up/down scroll, esc back"

    def compose(self) -> ComposeResult:
        """One box."""
        yield self._text

    def action_scroll(self, lines: int) -> None:
        """Scroll by lines."""
        self._text.scroll(lines)

    def action_page(self, pages: int) -> None:
        """Scroll by pages."""
        self._text.scroll(pages * max(1, self._text.size.height - 1))


class HelpText(LineWidget):
    """Sections of terms and their meanings, scrolled by lines."""

    def __init__(self, sections: tuple[Section, ...], glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._sections = sections
        self._first = 0

    def scroll(self, by: int) -> None:
        """Move the text, as far as there is any."""
        self._first = min(max(0, self._first + by), max(0, len(self._lines(self.size.width)) - self.size.height))
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """What fits, from the line on that was scrolled to."""
        lines = self._lines(room.width)
        return lines[min(self._first, max(0, len(lines) - room.height)) :]

    def _lines(self, width: int) -> list[Line]:
        lines: list[Line] = []
        for title, entries in self._sections:
            lines.append([])
            if title:
                lines.append([(title, Ink.ACCENT)])
            for term, meaning in entries:
                lines += self._entry(plain(term, self.glyphs), plain(meaning, self.glyphs), width)
        return lines[1:]

    def _entry(self, term: str, meaning: str, width: int) -> list[Line]:
        """The term left of its meaning, or above it where the screen is narrow; words without a term take the whole width."""
        margin = 0 if not term else 2 if width < NARROW else LABEL
        rows = wrapped(meaning, max(8, width - margin))
        below: list[Line] = [[(" " * margin, Ink.TEXT), (row, Ink.TEXT if term else Ink.MUTED)] for row in rows]
        if not term:
            return below
        if margin < LABEL or len(term) >= LABEL:
            return [[(term, Ink.STRONG)], *below]
        return [[(term.ljust(LABEL), Ink.STRONG), (rows[0], Ink.TEXT)], *below[1:]]

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """Back."""
        event.stop()
        self.scroll(-3)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """On."""
        event.stop()
        self.scroll(3)
