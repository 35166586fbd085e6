"""The charts view's one widget: a board of charts, drawn piece by piece."""

import sys
from threading import Thread

from textual.events import Click
from textual.geometry import Size

from gan_tui.dashboard.chart_board import Board, Place
from gan_tui.dashboard.game import loss_of
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.run.directory import RunDirectory
from gan_tui.run.ideals import ideal_of
from gan_tui.run.state import RunState

WORK_SECONDS = 0.02
"""Charts are drawn for so long, then keys have their turn."""
REST_SECONDS = 0.01
DRAWER = "gan_tui.render.plot"


class ChartArea(LineWidget):
    """Charts in a grid. What is shown of them is the board's."""

    def __init__(self, run: RunDirectory, glyphs: Glyphs, board: Board | None = None, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self.board = board or Board(glyphs)
        self._run = run
        self._loss: str | None = None
        self._loss_known = False
        self._trouble = ""
        self._importing: Thread | None = None
        self._waiting = False
        """`work` will be called in a moment."""

    def take(self, state: RunState, *, growing: bool) -> None:
        """Take in newer numbers."""
        if not self._loss_known:
            self._loss, self._loss_known = loss_of(self._run), True
        self.board.take(state, ideal_of(state.started, self._loss), growing=growing)
        self.work()

    @property
    def settled(self) -> bool:
        """Everything that is to be seen is drawn."""
        return bool(self._trouble) or not (self._waiting or self.board.owing(self.places))

    @property
    def places(self) -> list[Place]:
        """Which chart is where."""
        return self.board.places(self.size.width, self.size.height)

    def work(self) -> None:
        """Draw for a moment; what is left then is drawn a little later."""
        self._waiting = False
        if not self._ready() or not self.size:
            return
        done = self.board.work(self.places, WORK_SECONDS)
        self.redraw()
        if not done:
            self._later()

    def _later(self) -> None:
        """Work on, when keys have had their turn."""
        if not self._waiting:
            self._waiting = True
            self.set_timer(REST_SECONDS, self.work)

    def _ready(self) -> bool:
        """Is plotext there? Importing it takes 0.2 s and more, so a thread does that while keys are answered."""
        if DRAWER in sys.modules and self._importing is None:
            return True
        if self._importing is None:
            self._importing = Thread(target=self._import, daemon=True)
            self._importing.start()
        if self._importing.is_alive():
            self._later()
            return False
        self._importing = None
        if self._trouble:
            self.redraw()
        return not self._trouble

    def _import(self) -> None:
        try:
            __import__(DRAWER)
        except ImportError as error:  # there is no ready-made plotext for this machine
            self._trouble = str(error).partition("\n")[0]

    def on_click(self, event: Click) -> None:
        """A click is a cursor; two of them zoom."""
        if event.chain == 2:
            self.board.zoomed = not self.board.zoomed
        elif not self.board.point(event.x, event.y, self.places):
            return
        self.work()

    def draw(self, room: Size) -> list[Line]:
        """What is drawn so far."""
        if self._trouble or not self.board.panels:
            return [[(self._trouble or "no numbers yet", Ink.MUTED)]]
        places = self.board.places(room.width, room.height)
        if self.board.owing(places):
            self._later()
        lines = self.board.lines(places, room.width, room.height)
        return [[(text, Ink(ink)) for text, ink in line] for line in lines]
