"""The last thing that happened, in one line."""

import time
from dataclasses import dataclass

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.text import fit, plain


@dataclass(frozen=True)
class LogEntry:
    """What happened, when (Unix time), and how serious it is."""

    time: float
    text: str
    ink: Ink = Ink.TEXT


class LogLine(LineWidget):
    """Time of day and words. A time of day and not an age: an age would tick on a screen that has nothing to say."""

    _entry: LogEntry | None = None

    def show(self, entry: LogEntry) -> None:
        """Replace the line."""
        if entry != self._entry:
            self._entry = entry
            self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`12:03:44 › saved checkpoints/step-000012000.pt`."""
        if self._entry is None:
            return []
        clock = f"{time_of_day(self._entry.time)} " if room.width >= 40 else ""
        sign = self.glyphs.cross if self._entry.ink == Ink.ERROR else self.glyphs.arrow
        words = fit(plain(self._entry.text, self.glyphs), max(0, room.width - len(clock) - 2), self.glyphs)
        return [
            [(clock, Ink.MUTED), (f"{sign} ", self._entry.ink if self._entry.ink != Ink.TEXT else Ink.ACCENT), (words, self._entry.ink)]
        ]


def time_of_day(moment: float) -> str:
    """HH:MM:SS in local time; a log may hold any number."""
    try:
        return time.strftime("%H:%M:%S", time.localtime(moment))
    except (ValueError, OverflowError, OSError):
        return "--:--:--"
