"""Each core of the machine: its last minutes and how busy it is now; of many cores, a cell each."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import DataWidget, Line
from gan_tui.render.bars import area
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, plain

MOST_ROWS = 8
NARROWEST = 24
"""Cells of a core with its history, at least."""
GAP = 2
PERCENT = 6


class CoreUse(NamedTuple):
    """One core."""

    use: float | None
    """Share of the time that it was busy, 0 to 1."""
    history: Sequence[float | None]


class Cores(DataWidget[Sequence[CoreUse]]):
    """As many columns of them as keep to MOST_ROWS; where these would be too narrow, a strip of one cell a core."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id, classes="readings")
        self.border_title = "cores"

    def take(self, cores: Sequence[CoreUse], processor: str) -> None:
        """Newer readings."""
        self.border_title = f"cores {self.glyphs.middot} {plain(processor, self.glyphs)}" if processor else "cores"
        if self.data is None or len(self.data) != len(cores):
            self.refresh(layout=True)
        self.show(cores)

    def rows(self, width: int) -> int:
        """Lines that it needs in so many cells."""
        count, columns = len(self.data or ()), self._columns(width)
        return -(-count // (columns or max(1, width)))

    def _columns(self, width: int) -> int:
        """How many stand beside each other; 0: they are a strip."""
        count = len(self.data or ())
        columns = -(-count // MOST_ROWS)
        return columns if columns and (width + GAP) // columns >= NARROWEST else 0

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many as there are rows."""
        del container, viewport
        return self.rows(width)

    def draw(self, room: Size) -> list[Line]:
        """`0 ▁▂▃▅▇█▅▃  84 %   1 ▁▁▁▂▁▁▁▁  12 %`."""
        cores = self.data or ()
        if not (columns := self._columns(room.width)):
            strip = "".join(area([core.use], 1, 1, self.glyphs)[0] for core in cores)
            return [[(strip[start : start + room.width], Role.ACCENT)] for start in range(0, len(strip), max(1, room.width))]
        rows = self.rows(room.width)
        wide = (room.width + GAP) // columns - GAP
        label = len(str(len(cores) - 1)) + 1
        lines: list[Line] = []
        for row in range(rows):
            line: Line = []
            for column in range(columns):
                number = column * rows + row
                if number >= len(cores):
                    continue
                core = cores[number]
                use = self.glyphs.dash if core.use is None else f"{100 * core.use:.0f}"
                line += [
                    (" " * GAP * bool(column) + f"{number:>{label - 1}} ", Role.MUTED),
                    (area(core.history, wide - label - PERCENT, 1, self.glyphs)[0], Role.ACCENT),
                    (fit(f"{use:>{PERCENT - 2}} %", PERCENT, self.glyphs), Role.STRONG),
                ]
            lines.append(line)
        return lines
