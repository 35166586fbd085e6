"""The last lines of the log."""

from itertools import islice

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.log_entry import time_of_day
from gan_tui.dashboard.widgets.line_widget import Line
from gan_tui.dashboard.widgets.state_widget import StateWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain, wrapped
from gan_tui.run.entries import Entry
from gan_tui.spec.kinds import KINDS, kind_of

KIND = max(map(len, KINDS))
STEP = 9


class LogTail(StateWidget):
    """As many of the newest entries as there are lines, the newest at the bottom."""

    def draw(self, room: Size) -> list[Line]:
        """`12:03:44    22,000 checkpoint  saved checkpoints/step-000022000.pt`."""
        entries = self._state.entries if self._state else ()
        newest = list(islice(reversed(entries), room.height))[::-1]
        return [entry_lines(entry, room.width, self.glyphs, 1)[0] for entry in newest]


def entry_lines(entry: Entry, width: int, glyphs: Glyphs, most: int = 99) -> list[Line]:
    """One entry of the log in at most `most` lines: time, step and kind as far as there is room, then its words, an error's marked."""
    kind = kind_of(entry.kind)
    head: Line = [(f"{time_of_day(entry.time)} ", Ink.MUTED)]
    if width >= 60:
        head.append((f"{entry.step:>{STEP},} ", Ink.MUTED))
    if width >= 76:
        head.append((f"{plain(entry.kind, glyphs)[:KIND]:<{KIND}} ", Ink(kind.role)))
    head.append((f"{glyphs.cross if kind.text == 'error' else ' '} ", Ink.ERROR))
    margin = sum(cell_len(text) for text, _ in head)
    ink = Ink(kind.text)
    room = max(1, width - margin)
    rows = wrapped(plain(entry.text, glyphs), room) or [""]
    if len(rows) > most:
        rows = [*rows[: most - 1], fit(" ".join(rows[most - 1 :]), room, glyphs)]
    below: list[Line] = [[(" " * margin, Ink.TEXT), (row, ink)] for row in rows[1:]]
    return [[*head, (rows[0], ink)], *below]
