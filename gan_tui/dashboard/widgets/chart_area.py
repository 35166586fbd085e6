"""A board of charts as a widget, for the views `charts` and `quality`."""

from textual.events import Click
from textual.geometry import Size

from gan_tui.dashboard.chart_board import Board, Place
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState


class ChartArea(LineWidget):
    """Charts in a grid. What is shown of them is the board's."""

    def __init__(self, run: RunDirectory, glyphs: Glyphs, board: Board | None = None, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self.board = board or Board(glyphs)
        self._run = run
        self._loss: str | None = None
        self._loss_known = False

    def take(self, state: RunState, *, growing: bool) -> None:
        """Take in newer numbers."""
        if not self._loss_known:
            self._loss, self._loss_known = self._run.loss_name, True
        self.board.take(state, state.objective(self._loss), growing=growing)
        self.redraw()

    @property
    def places(self) -> list[Place]:
        """Which chart is where."""
        return self.board.places(self.size.width, self.size.height)

    def on_click(self, event: Click) -> None:
        """A click is a cursor; two of them zoom."""
        if event.chain == 2:
            self.board.zoomed = not self.board.zoomed
        elif not self.board.point(event.x, event.y, self.places):
            return
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The page that holds the chart that is marked."""
        if not self.board.panels:
            return [[("no numbers yet", Ink.MUTED)]]
        try:
            lines = self.board.lines(self.board.places(room.width, room.height), room.width, room.height)
        except ImportError as error:  # there is no ready-made plotext for this machine
            return [[(str(error).partition("\n")[0], Ink.MUTED)]]
        return [[(text, Ink(ink)) for text, ink in line] for line in lines]
