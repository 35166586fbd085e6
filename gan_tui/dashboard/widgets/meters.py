"""Readings as rows: a name, a value, how much of what is possible that is, and its history."""

from collections.abc import Sequence
from itertools import groupby
from operator import itemgetter

from textual.geometry import Size

from gan_tui.dashboard.system_panels import Meter
from gan_tui.dashboard.widgets.charts import has_pale_colours
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget, Number, beside
from gan_tui.render.bars import area, bar
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Banded, Look, Role
from gan_tui.render.text import fit, fit_words

LABEL = 13
VALUE = 8
"""Cells of the columns of names and values."""
BAR = 18
ROOM_FOR_HISTORY = 30
"""Cells behind a row's words: below, there is a bar only."""
CHART = 2
"""Lines of a history below its row, its gap included, at least."""
TALLEST = 12
"""Lines of a row with its history and a gap; more show no more."""
BORDER = 2
"""Lines of the border, which comes and goes with the room."""


class Meters(LineWidget):
    """A panel of rows. Where it is taller than they are, each history becomes a chart below its row."""

    def __init__(self, glyphs: Glyphs, *, prefix: str = "", id: str | None = None) -> None:
        """`prefix` stands before each label where the panel has lost its border and with it its title."""
        super().__init__(glyphs, id=id, classes="readings")
        self._prefix = prefix
        self._meters: Sequence[Meter] = ()
        self._words = ""

    def show(self, title: str, meters: Sequence[Meter], words: str = "") -> None:
        """Show newer readings. `words`: why there are none, or what else is to be known."""
        if self.border_title != title:
            self.border_title = title
        self._meters, self._words = meters, words
        self.set_class(not meters, "-words")
        if self.is_mounted:
            self.styles.max_height = self.rows + (TALLEST - 1) * self._histories + BORDER
        # Asked for by what is and not by what changed: a layout that was asked for while the view was being opened can get lost.
        if self.styles.height is not None and self.styles.height.is_auto and self.size.height != self.rows:
            self.refresh(layout=True)
        self.redraw()

    @property
    def rows(self) -> int:
        """Lines that it needs."""
        return len(self._meters) + bool(self._words)

    @property
    def _histories(self) -> int:
        """How many rows have one."""
        return sum(meter.history is not None for meter in self._meters)

    @property
    def shows_histories(self) -> bool:
        """Is one of them drawn, in this room?"""
        beside = any(meter.history is not None and self._rest(self.size.width) >= ROOM_FOR_HISTORY for meter in self._meters)
        return beside or self._tall(self.size.height) >= CHART

    def _tall(self, height: int) -> int:
        """Lines below each row for its history, and a gap; too few for a chart, and it stands in the row."""
        return min(TALLEST - 1, (height - self.rows) // self._histories) if self._histories else 0

    def _rest(self, width: int) -> int:
        """Cells behind a row's words."""
        notes = max((len(meter.note) for meter in self._meters if meter.share is not None), default=0)
        return width - LABEL - VALUE - notes - 3

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many as there are rows."""
        del container, viewport, width
        return self.rows

    def draw(self, room: Size) -> list[Line]:
        """The rows, as tall as there is room for."""
        tall = self._tall(room.height)
        lines: list[Line] = [[(fit_words(self._words, room.width, self.glyphs), Role.MUTED)]] if self._words else []
        for meter in self._meters:
            lines.append(self._row(meter, room.width, with_history=tall < CHART))
            if meter.history is not None and tall >= CHART:
                lines += self._chart(meter, meter.history, room.width, tall - 1)
                lines.append([])
        return lines

    def _chart(self, meter: Meter, history: Sequence[float | None], width: int, height: int) -> list[Line]:
        """Its crest in the colour, what is below in a pale one: large and bright as a whole it would draw the eye to what is usual."""
        rows = area(history, width, height, self.glyphs)
        if not has_pale_colours(self):
            return [[(text, beside(meter.label, Role.MUTED if meter.role is Role.ACCENT else meter.role))] for text in rows]
        lines: list[Line] = []
        for above, text in zip((" " * width, *rows), rows, strict=False):
            crests = [sign != " " and over == " " for sign, over in zip(text, above, strict=True)]
            runs = groupby(zip(text, crests, strict=True), key=itemgetter(1))
            looks: dict[bool, Look] = {True: meter.role, False: Banded(meter.role, pale=True)}
            lines.append([("".join(sign for sign, _ in run), beside(meter.label, looks[crest])) for crest, run in runs])
        return lines

    def _row(self, meter: Meter, width: int, *, with_history: bool) -> Line:
        """`memory       12.4 GiB of 139 GiB   ━━━╸──────  ▁▁▂▃▅▅▅`."""
        label = meter.label if self.gutter.top or not self._prefix else f"{self._prefix} {meter.short or meter.label}"
        label = label if len(label) < LABEL else meter.short or meter.label
        notes = max((len(other.note) for other in self._meters if other.share is not None), default=0)
        name = (fit(f"{label} ", LABEL, self.glyphs).ljust(LABEL), beside(meter.label, Role.MUTED))
        line: Line = [name, (meter.value.rjust(VALUE), Number(meter.label))]
        rest = self._rest(width)
        if meter.share is None and meter.history is None:
            return [*line, (fit(meter.note, max(0, width - LABEL - VALUE), self.glyphs), Role.MUTED)]
        line.append((meter.note.ljust(notes + 3), Role.MUTED))
        if rest < 4:
            return line
        split = with_history and meter.history is not None and rest >= ROOM_FOR_HISTORY
        filled, empty = bar(meter.share, BAR if split else rest, self.glyphs)
        line += [(filled, beside(meter.label, meter.role)), (empty, beside(meter.label, Role.FAINT))]
        if split and meter.history is not None:
            line += [("  ", Role.TEXT), (area(meter.history, rest - BAR - 2, 1, self.glyphs)[0], beside(meter.label, meter.role))]
        return line
