"""What a script has printed, the newest line at the bottom; followed at its end or held still further up."""

import re
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells
from textual import events
from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.dashboard.widgets.log_lines import WHEEL
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import plain

TAB = 8
"""Cells from one stop to the next."""
SHORTEST_BAR = 4
_BAR = re.compile(r"[\u2500-\u259f#=]{5,} *|[\u2500-\u259f#=]+ {5,}|(?<=\|) {8,}(?=\|)")
_BLOCKS = re.compile(r"[\u2501\u2580-\u259f]")


class PrintedLines(LineWidget):
    """Printed lines keep their columns; what is too long goes on below."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._lines: Sequence[str] = ()
        self._held: Sequence[str] | None = None
        """The lines as they were when the user scrolled up; None: follow."""
        self._below = 0
        """Rows below the last one that is shown."""

    def show(self, lines: Sequence[str]) -> None:
        self._lines = lines
        if self._held is None:
            self.redraw()

    def follow(self) -> None:
        """Down to the newest, and stay there."""
        self._held, self._below = None, 0
        self.redraw()

    def scroll(self, rows: int) -> None:
        """Up by so many rows, down by negative ones; the end follows again."""
        if self._held is None:
            self._held = self._lines
        most = max(0, len(self._rows(self.size.width, None)) - self.size.height)
        self._below = min(most, max(0, self._below + rows))
        if self._below == 0:
            self.follow()
        else:
            self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """What stands above `_below` rows from the end."""
        rows = self._rows(room.width, self._below + room.height)
        end = len(rows) - self._below
        return [[(row, Role.TEXT)] for row in rows[max(0, end - room.height) : end]]

    def _rows(self, width: int, most: int | None) -> list[str]:
        """The last `most` rows at least, or all there are."""
        rows: list[str] = []
        for line in reversed(self._lines if self._held is None else self._held):
            said = line.expandtabs(TAB) if self.glyphs.unicode else _BLOCKS.sub("#", line.expandtabs(TAB))
            said = _narrower(plain(said, self.glyphs, columns=True), width)
            rows += reversed(chop_cells(said, max(1, width)) or [""])
            if most is not None and len(rows) >= most:
                break
        return rows[::-1]

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.scroll(WHEEL)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        if self._held is not None:
            self.scroll(-WHEEL)


def _narrower(line: str, width: int) -> str:
    """A line with a bar, which was drawn for a wider terminal, with as much less of the bar as there is too much of the line."""
    over = cell_len(line) - width
    bar = max(_BAR.finditer(line), key=lambda found: len(found[0]), default=None) if over > 0 else None
    if bar is None or len(bar[0]) - over < SHORTEST_BAR:
        return line
    cells = len(bar[0]) - over
    shorter = "".join(bar[0][cell * len(bar[0]) // cells] for cell in range(cells))
    return line[: bar.start()] + shorter + line[bar.end() :]
