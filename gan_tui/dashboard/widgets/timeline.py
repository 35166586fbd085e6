"""The epochs that have a grid, in one line: where one is, and what was bookmarked."""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import DataWidget, Line
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, plain

NARROWEST = 8
"""Cells of the line itself; with fewer it says nothing."""


class Times(NamedTuple):
    """What the line shows."""

    epochs: Sequence[int]
    """Those with a grid, in order; 0: within the first one."""
    epoch: int | None
    """The one that is shown; None: the newest samples."""
    bookmarks: Sequence[tuple[int, str]]
    """(epoch, note)."""
    bookmark: int | None
    """The one that is shown, as its place in `bookmarks`."""
    word: str = "epoch"
    """What an epoch is called; empty: there is none, and none will come."""


def nothing_earlier(word: str) -> str:
    """What is said while there is none."""
    return f"nothing of earlier {word}s yet"


class Timeline(DataWidget[Times]):
    """`epoch 1 ─────▼────●──────── 37  ▼ first fours`."""

    def draw(self, room: Size) -> list[Line]:
        """The line, and behind it the bookmark that is shown, or all of them."""
        times, width = self.data, room.width
        if times is None or not times.epochs:
            words = nothing_earlier(times.word) if times and times.word else ""
            return [[(fit(words, width, self.glyphs), Role.MUTED)]]
        notes = self._notes(times, max(0, width // 2 - 2))
        begin, end = (times.epochs[0], times.epochs[-1]) if times.word == "step" else (max(1, times.epochs[0]), max(1, times.epochs[-1]))
        last, first = f" {end:,}", f"{times.word} {begin:,} "
        if len(first) + len(last) + 2 * NARROWEST > width:
            first = f"{begin:,} "
        space = width - len(first) - len(last) - (cell_len(notes) + 2 if notes else 0)
        if space < NARROWEST:
            notes, space = "", width - len(first) - len(last)
        ruler = self._ruler(times, space) if space >= NARROWEST else []
        return [[(first, Role.MUTED), *ruler, (last, Role.MUTED), ("  ", Role.TEXT), (notes, Role.WARNING)]]

    def _notes(self, times: Times, width: int) -> str:
        sign = self.glyphs.bookmark
        chosen = times.bookmarks if times.bookmark is None else times.bookmarks[times.bookmark : times.bookmark + 1]
        return fit("  ".join(f"{sign} {plain(text, self.glyphs)}".rstrip() for _, text in chosen), width, self.glyphs)

    def _ruler(self, times: Times, width: int) -> Line:
        """The place where one is in the accent's colour, bookmarks over the line; the newest samples are behind its end."""
        width -= 1
        signs: dict[int, tuple[str, Role]] = {
            _place(times.epochs, epoch, width): (self.glyphs.bookmark, Role.WARNING) for epoch, _ in times.bookmarks
        }
        if times.epoch is None:
            signs[width] = (self.glyphs.arrow, Role.ACCENT)
        else:
            signs[_place(times.epochs, times.epoch, width)] = (self.glyphs.dot, Role.ACCENT)
        line: Line = []
        begin = 0
        for x in sorted(signs):
            line += [(self.glyphs.empty * (x - begin), Role.FAINT), signs[x]]
            begin = x + 1
        return [*line, (self.glyphs.empty * (width - begin) + " " * (width + 1 - max(begin, width)), Role.FAINT)]


def _place(epochs: Sequence[int], epoch: int, width: int) -> int:
    """The cell of an epoch."""
    share = (epoch - epochs[0]) / (epochs[-1] - epochs[0]) if epochs[-1] > epochs[0] else 0.0
    return round(min(1.0, max(0.0, share)) * (width - 1))
