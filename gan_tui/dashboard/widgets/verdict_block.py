"""The verdict in full, for the views that are about it."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.timing import stalled_for
from gan_tui.dashboard.verdicts import verdict_of
from gan_tui.dashboard.widgets.line_widget import DataWidget, Line
from gan_tui.dashboard.widgets.news import News, alarm_of, without_verdict
from gan_tui.dashboard.widgets.verdict_words import said_of
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit_words, wrapped


class VerdictBlock(DataWidget[Snapshot]):
    """The verdict in full where the news have no room for all of it; the style sheet says how many lines it may take at most."""

    def __init__(self, word: str, glyphs: Glyphs, *, id: str | None = None) -> None:
        """`word`: what a person types to mean the run."""
        super().__init__(glyphs, id=id)
        self._word = word

    def show(self, data: Snapshot) -> None:
        """Show a newer verdict."""
        self.data = data
        if not self.is_attached:
            return
        news = next(iter(self.screen.query(News)), None)
        missing = verdict_of(data.state) is None and alarm_of(data) is None and stalled_for(data) is None  # which the news say as well
        self.set_class(news is not None and (missing or news.says_all(news.content_size.width)), "-said")
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
        """The verdict, and below it `try: ...`."""
        lines = self._lines(room.width)
        if len(lines) > room.height > 0:
            text, role = lines[room.height - 1][0]
            lines[room.height - 1] = [(fit_words(f"{text} {self.glyphs.ellipsis}", room.width - 1, self.glyphs), role)]
        return lines

    def _lines(self, width: int) -> list[Line]:
        said = said_of(self.data, self._word, self.glyphs)
        if said is None:
            return [[(f"{self.glyphs.diamond} {without_verdict(self.data)}", Role.MUTED)]]
        room = max(1, width - 2)
        # Where the news have the verdict in one line, only its advice was too long.
        cut = cell_len(said.text) > room or alarm_of(self.data) is not None or (self.data and stalled_for(self.data)) is not None
        texts: list[Line] = [[("  " + row, said.role)] for row in wrapped(said.text, room)] if cut or not said.advice else []
        return texts + [[("  " + row, Role.TEXT)] for row in (said.rows(room) if said.advice else [])]
