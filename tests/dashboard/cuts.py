"""Where a screen cuts its text without a mark, or where there was room for it."""

import re
from collections.abc import Iterator
from typing import Any

from textual.app import App
from textual.widget import Widget

from gan_tui.dashboard.widgets.line_widget import LineWidget
from tests.dashboard.helpers import screen_text

MOST_BLANKS = 3
"""Cells that may be blank behind a mark: a margin, and what lies between two texts."""
CUT_OFF = "#system-view.-cut-off"
"""A view that says of itself that the rest needs a taller terminal."""
_FRAMES = re.compile(r"[│|┤┊]")
_CUT = re.compile(rf"(?<!ing)(?:…|(?<=\w)\.\.\.) {{{MOST_BLANKS + 1},}}\S")
"""Behind `reading…` nothing has been cut. At the end of a line there may be a margin."""


def uncut(app: App[Any]) -> str:
    """What a person would read, who would miss nothing that there is room for."""
    text = screen_text(app)
    assert not (found := [*_needless(text), *_lost(app)]), "\n".join([*found, text])
    return text


def _needless(text: str) -> Iterator[str]:
    """Marks with blanks between them and what comes next."""
    for line in text.splitlines():
        yield from (f"cut where there is room: {part.strip()}" for part in _FRAMES.split(line) if _CUT.search(part))


def _lost(app: App[Any]) -> Iterator[str]:
    """Text below the end of its widget, and widgets outside of their container."""
    places = app.screen._compositor.full_map
    for widget in app.screen.query(LineWidget):
        if widget not in places or not (widget.is_on_screen and widget.size) or _scrolls(widget):
            continue
        region, clip = places[widget].region, places[widget].clip
        if clip.intersection(region) != region and not app.screen.query(CUT_OFF):
            yield f"{widget!r} stands at {region}, of which {clip} is seen"
        lines = ["".join(text for text, _ in line) for line in widget.draw(widget.size)]
        shown, lost = lines[: widget.size.height], lines[widget.size.height :]
        if "".join(lost).strip() and widget.glyphs.ellipsis not in "".join(shown[-1:]):
            yield f"{widget!r} has no room for {lost}"


def _scrolls(widget: Widget) -> bool:
    return any(node.allow_vertical_scroll for node in widget.ancestors_with_self if isinstance(node, Widget))
