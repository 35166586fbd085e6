"""The log: its newest lines, or every entry in full."""

from collections.abc import Callable, Sequence
from itertools import islice

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.messages import time_of_day
from gan_tui.dashboard.widgets.held_lines import HeldLines
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, plain, wrapped
from gan_tui.run.entries import Entry
from gan_tui.run.state import RunState
from gan_tui.spec.kinds import KINDS, kind_of

KIND = max(map(len, KINDS))
STEP = 9


class LogTail(DataWidget[RunState]):
    """As many of the newest entries as there are lines, the newest at the bottom."""

    def draw(self, room: Size) -> list[Line]:
        """`12:03:44    22,000 checkpoint  saved checkpoints/step-000022000.pt`."""
        entries = self.data.entries if self.data else ()
        newest = list(islice(reversed(entries), room.height))[::-1]
        return [entry_lines(entry, room.width, self.glyphs, 1)[0] for entry in newest]


def entry_lines(entry: Entry, width: int, glyphs: Glyphs, most: int = 99) -> list[Line]:
    """One entry of the log in at most `most` lines: time, step and kind as far as there is room, then its words, an error's marked."""
    kind = kind_of(entry.kind)
    head: Line = [(f"{time_of_day(entry.time)} ", Role.MUTED)]
    if width >= 60:
        head.append((f"{entry.step:>{STEP},} ", Role.MUTED))
    if width >= 76:
        head.append((f"{plain(entry.kind, glyphs)[:KIND]:<{KIND}} ", kind.role))
    head.append((f"{glyphs.cross if kind.text == 'error' else ' '} ", Role.ERROR))
    margin = sum(cell_len(text) for text, _ in head)
    role = kind.text
    room = max(1, width - margin)
    rows = wrapped(plain(entry.text, glyphs), room) or [""]
    if len(rows) > most:
        rows = [*rows[: most - 1], fit(" ".join(rows[most - 1 :]), room, glyphs)]
    below: list[Line] = [[(" " * margin, Role.TEXT), (row, role)] for row in rows[1:]]
    return [[*head, (rows[0], role)], *below]


def readable(entry: Entry) -> str:
    """All that can be read of it in its line, in small letters, for a search: time, step, kind and words."""
    return f"{time_of_day(entry.time)} {entry.step:,} {entry.kind} {entry.text}".lower()


class LogLines(HeldLines[Entry]):
    """Every entry that is chosen, in full."""

    def __init__(self, glyphs: Glyphs, chosen: Callable[[Entry], bool], *, id: str | None = None) -> None:
        """`chosen`: which entries are shown at first."""
        super().__init__(glyphs, id=id)
        self._chosen = chosen
        self._wrapped: tuple[tuple[int, int, Entry | None], list[Line]] = ((-1, -1, None), [])

    def choose(self, chosen: Callable[[Entry], bool]) -> None:
        """Show these entries only, from the newest on."""
        self._chosen = chosen
        self._wrapped = ((-1, -1, None), [])
        self.follow()

    @property
    def chosen(self) -> int:
        return sum(map(self._chosen, self._newest))

    @property
    def count(self) -> int:
        """All entries, shown or not."""
        return len(self._newest)

    @property
    def newer(self) -> int | None:
        """Entries that came in since the user scrolled up; None while the end is followed."""
        if self._held is None:
            return None
        last = self._held[-1] if self._held else None
        newer = 0
        for entry in reversed(self._newest):
            if entry is last:
                break
            newer += self._chosen(entry)
        return newer

    def lines(self, items: Sequence[Entry], width: int, most: int | None) -> Sequence[Line]:
        """All of them; made anew only for other entries or another width."""
        del most
        key = (width, len(items), items[-1] if items else None)
        if key[:2] != self._wrapped[0][:2] or key[2] is not self._wrapped[0][2]:
            chosen = [entry for entry in items if self._chosen(entry)]
            self._wrapped = (key, [line for entry in chosen for line in entry_lines(entry, width, self.glyphs)])
        return self._wrapped[1]
