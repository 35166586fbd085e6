"""The verdict in full: what is the case, and what to try."""

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.dashboard.widgets.news import LEVELS
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import plain, wrapped
from gan_tui.run.state import RunState


class VerdictBlock(LineWidget):
    """Wrapped over as many lines as there are."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._state: RunState | None = None

    def show(self, state: RunState) -> None:
        """Show a newer verdict."""
        self._state = state
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """`◆ possible collapse: ...`, and below it the advice."""
        verdict = self._state.verdict if self._state else None
        if verdict is None:
            return [[(f"{self.glyphs.diamond} no verdict yet", Ink.MUTED)]]
        ink = LEVELS[verdict.level]
        rows = wrapped(plain(verdict.text, self.glyphs), max(1, room.width - 2))
        lines: list[Line] = [[(f"{self.glyphs.diamond} " if row is rows[0] else "  ", ink), (row, ink)] for row in rows]
        since = f"since step {verdict.step:,}" if verdict.step else ""
        advice = plain(verdict.advice, self.glyphs)
        words = f"try: {advice} ({since})" if advice and since else advice or since
        below: list[Line] = [[("  " + row, Ink.TEXT if advice else Ink.MUTED)] for row in wrapped(words, max(1, room.width - 2))]
        return lines + below
