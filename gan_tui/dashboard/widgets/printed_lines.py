"""What a script has printed."""

import re
from collections.abc import Sequence

from rich.cells import cell_len, chop_cells

from gan_tui.dashboard.widgets.held_lines import HeldLines
from gan_tui.dashboard.widgets.line_widget import Line
from gan_tui.render.styles import Role
from gan_tui.render.text import plain, wrapped

TAB = 8
"""Cells from one stop to the next."""
SHORTEST_BAR = 4
_BAR = re.compile(r"[\u2500-\u259f#=]{5,} *|[\u2500-\u259f#=]+ {5,}|(?<=\|) {8,}(?=\|)")
_FRAMES = {"|": "|", "[": "]"}
"""Around a bar, what opens it and what closes it."""
_BLOCKS = re.compile(r"[\u2501\u2580-\u259f]")


class PrintedLines(HeldLines[str]):
    """Printed lines keep their columns; what is too long goes on below."""

    def lines(self, items: Sequence[str], width: int, most: int | None) -> Sequence[Line]:
        """Those of the last ones alone: there may be thousands, and no more than fill the room are looked at."""
        rows: list[str] = []
        for line in reversed(items):
            said = line.expandtabs(TAB) if self.glyphs.unicode else _BLOCKS.sub("#", line.expandtabs(TAB))
            rows += reversed(_rows(plain(said, self.glyphs, columns=True), max(1, width)) or [""])
            if most is not None and len(rows) >= most:
                break
        return [[(row, Role.TEXT)] for row in reversed(rows)]


def _rows(line: str, width: int) -> list[str]:
    """A line in rows. A bar was drawn for a wider terminal: where one is too long, the bar is shorter by as much, or left out where too
    little of it would be left; then its words are broken between them."""
    over = cell_len(line) - width
    bar = max(_BAR.finditer(line), key=lambda found: len(found[0]), default=None) if over > 0 else None
    if bar is None:
        return chop_cells(line, width)
    before, behind, cells = line[: bar.start()], line[bar.end() :], len(bar[0]) - over
    if cells >= SHORTEST_BAR:
        return [before + "".join(bar[0][cell * len(bar[0]) // cells] for cell in range(cells)) + behind]
    if (opening := before[-1:]) in _FRAMES:
        before, behind = before[:-1], behind.partition(_FRAMES[opening])[2] or behind
    return wrapped(f"{before} {behind}", width)
