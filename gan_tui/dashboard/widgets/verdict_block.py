"""What to try, and of when; the verdict itself only where the line of news above does not show it whole."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.timing import stalled_for
from gan_tui.dashboard.verdicts import advice_of, age_of, evidence_of
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line
from gan_tui.dashboard.widgets.news import alarm_of
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit, plain, wrapped
from gan_tui.spec.kinds import LEVELS

DOUBLE = 18
"""Lines of the screen from which the news have a line for the advice (RunScreen.room_classes)."""


class VerdictBlock(DataWidget[Snapshot]):
    """As many lines as it takes; the style sheet says how many it may take at most."""

    def __init__(self, word: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        """`word`: what a person types to mean the run."""
        super().__init__(glyphs, id=id)
        self._word = word

    def show(self, data: Snapshot) -> None:
        """Show a newer verdict."""
        self.data = data
        if self.size.width:
            most = self.styles.max_height
            wanted = min(len(self._lines(self.size.width)), int(most.value) if most else self.size.height)
            # Asked for by what is and not by what changed: a layout that was asked for while the view was being opened can get lost.
            if wanted != self.size.height:
                self.refresh(layout=True)
        self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many as it takes."""
        del container, viewport
        return len(self._lines(width))

    def draw(self, room: Size) -> list[Line]:
        """`try: ... (as of step 21,600)`."""
        lines = self._lines(room.width)
        if len(lines) > room.height > 0:
            text, ink = lines[room.height - 1][0]
            lines[room.height - 1] = [(fit(f"{text} {self.glyphs.ellipsis}", room.width - 1, self.glyphs), ink)]
        return lines

    def _lines(self, width: int) -> list[Line]:
        snapshot = self.data
        verdict = snapshot.state.verdict if snapshot else None
        if snapshot is None or verdict is None:
            return [[(f"{self.glyphs.diamond} no verdict yet", Ink.MUTED)]]
        room = max(1, width - 2)
        text, advice = plain(verdict.text, self.glyphs), plain(advice_of(snapshot, self._word), self.glyphs)
        lines: list[Line] = []
        if cell_len(text) > room or alarm_of(snapshot) is not None or stalled_for(snapshot) is not None:
            ink = Ink(LEVELS[verdict.level])
            lines = [[("  " + row, ink)] for row in wrapped(text, room)]
        # Where the news have a line for it, the advice stands there already, unless it is too long for that.
        when = age_of(found, snapshot)[0] if (found := evidence_of(snapshot.state)) is not None else ""
        if not lines and self.screen.size.height >= DOUBLE and cell_len(f"try: {advice}  {when}") <= room:
            advice = ""
        since = f"as of step {verdict.step:,}" if verdict.step else ""
        words = f"try: {advice} ({since})" if advice and since else f"try: {advice}" if advice else since
        return lines + [[("  " + row, Ink.TEXT if advice else Ink.MUTED)] for row in wrapped(words, room)] or [[]]
