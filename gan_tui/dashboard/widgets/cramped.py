"""What is said of a run where the screen is too small for any view: the little that fits, and how large it must be."""

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.summary import numbers_in_words
from gan_tui.dashboard.verdicts import verdict_of
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line
from gan_tui.dashboard.widgets.news import alarm_of
from gan_tui.render.styles import Role
from gan_tui.render.text import joined, plain, rows_of
from gan_tui.spec.kinds import LEVELS

SMALLEST = (30, 8)
"""Columns and lines from which on there are views (the style sheet's `-sliver` and `-line`)."""


class Cramped(DataWidget[Snapshot]):
    """Progress and newest numbers, then the verdict; the last line says what a view needs."""

    def draw(self, room: Size) -> list[Line]:
        """`epoch 4/4 · d_loss 1.523 · g_loss 1.541`, `early: FD 76.3`, `needs 30x8 or more`."""
        width, height = room
        if self.data is None or height < 2:
            lines: list[Line] = []
        elif (alarm := alarm_of(self.data)) is not None:
            lines = self._rows(alarm.text, Role.ERROR, room)
        else:
            lines = self._numbers(width)
            verdict, left = verdict_of(self.data.state), height - 1 - len(lines)
            if verdict is not None and left > 0:
                lines += self._rows(verdict.text, LEVELS[verdict.level], Size(width, left + 1))
        least = f"{SMALLEST[0]}x{SMALLEST[1]}"
        needed = next((words for words in (f"needs {least} or more", f"needs {least}") if len(words) <= width), least)
        return [*lines[: height - 1], [(needed, Role.WARNING)]]

    def _rows(self, words: str, role: Role, room: Size) -> list[Line]:
        """Above the last line."""
        return [[(row, role)] for row in rows_of(plain(words, self.glyphs), room.width, room.height - 1, self.glyphs)]

    def _numbers(self, width: int) -> list[Line]:
        assert self.data is not None
        state = self.data.state
        if state.started is None:
            return []
        done = [f"{self.data.task.epoch} {state.epoch:,}/{state.planned_epochs:,}"] if state.planned_epochs else [f"step {state.step:,}"]
        parts = [*done, *numbers_in_words(state, self.glyphs)]
        return [[(line, Role.TEXT)] for line in joined(parts, f" {self.glyphs.middot} ", width)]
