"""Keys that the words of a dialog name, in its last line or at its edge: a click on one, or on what it does, presses it."""

import re
from collections.abc import Iterator

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from gan_tui.dashboard.widgets.line_widget import Key, Line
from gan_tui.render.styles import Role

KEYS = {
    "enter": "enter", "esc": "escape", "up": "up", "down": "down", "left": "left", "right": "right", "pgup": "pageup", "pgdn": "pagedown",
}  # fmt: skip
"""As they are named, and as Textual names them."""
_NAMED = re.compile(rf"\b({'|'.join(KEYS)})\b.*?(?=  |[,;/]|$)")


def _pieces(words: str) -> Iterator[tuple[str, str]]:
    """The words in pieces, each with the key that it names, or none: `enter keep  esc back` are three."""
    end = 0
    for found in _NAMED.finditer(words):
        yield words[end : found.start()], ""
        yield found[0], KEYS[found[1]]
        end = found.end()
    yield words[end:], ""


def as_line(words: str, role: Role) -> Line:
    """For a widget that draws lines."""
    return [(piece, Key(key, role) if key else role) for piece, key in _pieces(words)]


def put_at_edge(widget: Widget, words: str) -> None:
    """In the lower edge of its frame."""
    widget.auto_links = False  # a key looks the same under the mouse
    pieces = ((piece, Style.from_meta(Key(key).meta)) if key else piece for piece, key in _pieces(words))
    widget.border_subtitle = Content.assemble(*pieces)
