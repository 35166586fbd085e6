"""The view `log`."""

from collections.abc import Iterable

from textual.widget import Widget

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.views.view import View
from gan_tui.dashboard.widgets.muted_line import MutedLine
from gan_tui.render.glyphs import Glyphs
from gan_tui.run.directory import RunDirectory


class LogView(View):
    """Log of the run."""

    TITLE = "log"

    def __init__(self, run: RunDirectory, glyphs: Glyphs) -> None:
        super().__init__(run, glyphs)
        self._line = MutedLine("no log to show yet", glyphs)

    def compose(self) -> Iterable[Widget]:
        """One line."""
        yield self._line

    def show(self, snapshot: Snapshot) -> None:
        """Nothing changes yet."""
