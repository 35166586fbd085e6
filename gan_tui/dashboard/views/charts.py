"""The view `charts`: training curves, one chart for each group of numbers."""

from collections.abc import Iterable
from typing import ClassVar

from textual.binding import BindingType
from textual.widget import Widget

from gan_tui.dashboard.chart_board import Board
from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.commands import bindings
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.nothing_yet import no_numbers
from gan_tui.dashboard.run_board import RunBoard
from gan_tui.dashboard.timing import grows
from gan_tui.dashboard.views.view import YOUNG_CHART, View
from gan_tui.dashboard.widgets.charts import ChartArea
from gan_tui.render.glyphs import Glyphs
from gan_tui.run.directory import RunDirectory

SECONDS = 2.0
"""Between two drawings of charts of up to `CELLS`: 3 kB a second at 80x24, 2 % of a core. Larger ones are drawn less often."""
CELLS = 6_000
LEAP = 10
"""Cells of a larger step of the cursor."""


class ChartsView(View):
    """Losses, probabilities, gradients, speed, quality, and whatever else the run logs."""

    TITLE = "charts"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("charts")]

    def __init__(self, run: RunDirectory, commander: Commander, glyphs: Glyphs) -> None:
        super().__init__(run, commander, glyphs)
        self.area = ChartArea(run, glyphs, RunBoard(glyphs), id="chart-area")
        self._shown: tuple[object, ...] = ()

    @property
    def board(self) -> Board:
        """How the charts are looked at."""
        return self.area.board

    def compose(self) -> Iterable[Widget]:
        """One widget, which divides its room itself."""
        yield self.area

    def show(self, snapshot: Snapshot) -> None:
        """New numbers, at a slow pace, and only where there are any."""
        state = snapshot.state
        growing = grows(snapshot)
        if why := no_numbers(snapshot):
            ours = self.run_directory.task.ours
            self.area.nothing = f"no numbers{' yet' * (growing and ours)}: {why}"
        shown = (id(state), state.version, growing)  # the state changes in place
        if shown == self._shown:
            return
        if self.due("charts", SECONDS * max(1.0, self.area.size.area / CELLS), state.step, YOUNG_CHART):
            self._shown = shown
            self.area.take(state, growing=growing)
        else:
            self.area.show_newest(state)

    def back(self) -> bool:
        """Away with the cursor, then out of the zoom."""
        if self.board.cursor is not None:
            self.board.cursor = None
        elif self.board.zoomed:
            self.board.zoomed = False
        else:
            return False
        self.area.redraw()
        return True

    def action_window(self) -> None:
        """The last seconds, or the whole run."""
        self.board.recent_only = not self.board.recent_only
        self._change()

    def action_log_axis(self) -> None:
        """A logarithmic vertical axis, or a linear one."""
        self.board.log = not self.board.log
        self._change()

    def action_axis(self) -> None:
        """Below the charts steps, epochs, or the time of training."""
        self.board.next_axis()
        self.area.redraw()

    def action_smoother(self) -> None:
        self.board.smooth(1)
        self.area.redraw()

    def action_rougher(self) -> None:
        self.board.smooth(-1)
        self.area.redraw()

    def action_cursor_left(self) -> None:
        """Move the cursor to earlier steps."""
        self._move(-1)

    def action_cursor_right(self) -> None:
        """Move the cursor to later steps."""
        self._move(1)

    def action_cursor_far_left(self) -> None:
        """Move the cursor far to earlier steps."""
        self._move(-LEAP)

    def action_cursor_far_right(self) -> None:
        """Move the cursor far to later steps."""
        self._move(LEAP)

    def _move(self, cells: int) -> None:
        self.board.move_cursor(cells, self.area.places)
        self.area.redraw()

    def action_next_chart(self) -> None:
        self._select(1)

    def action_previous_chart(self) -> None:
        self._select(-1)

    def _select(self, by: int) -> None:
        if self.board.panels:
            self.board.selected = (self.board.selected + by) % len(self.board.panels)
            self.area.redraw()

    def action_zoom(self) -> None:
        """The marked chart alone, or all again."""
        self.board.zoomed = not self.board.zoomed
        self.area.redraw()

    def _change(self) -> None:
        self.board.stale()
        self.area.redraw()
