"""Charts as widgets: one that is always on the screen, and boards of them."""

import os
import re
from collections.abc import Iterator, Mapping

from textual.events import Click
from textual.geometry import Region, Size

from gan_tui.dashboard.chart_board import Board, Place
from gan_tui.dashboard.terminal_app import TerminalApp
from gan_tui.dashboard.widgets.line_widget import CellStyle, Line, LineWidget, beside
from gan_tui.render.chart import draw_figure
from gan_tui.render.figure import VALUE, ChartView, compose, marks_of, spans
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.panels import KNOWN, ChartPanel, series_of, wants_log
from gan_tui.render.styles import Banded, Look, Role
from gan_tui.render.terminal import Colours
from gan_tui.render.text import plain
from gan_tui.render.ticks import whole_run
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import named
from gan_tui.spec.objectives import Objective

_NO_WORD = re.compile(r"[^\w/ .@()+-]", re.ASCII)
RANKING_CHART = KNOWN["d_pair_accuracy"]


def has_pale_colours(widget: LineWidget) -> bool:
    """Are there enough colours for one between that of a curve and the ground's?"""
    return isinstance(widget.app, TerminalApp) and widget.app.terminal.colours in (Colours.MANY, Colours.TRUE)


class HistoryChart(LineWidget):
    """Scalars as lines on one scale, with their values at equilibrium, and what happened. The legend is the title of its border."""

    def __init__(self, panel: ChartPanel, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self.panel = panel
        self._state = RunState()
        self._objective: Objective | None = None
        self._growing = True

    def show(self, state: RunState, objective: Objective | None = None, *, growing: bool = True) -> None:
        """Show newer values; `objective` says what the losses are at equilibrium, `growing` says that more is to come."""
        self._state, self._objective, self._growing = state, objective, growing
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The chart; nothing while there are no values."""
        width, height = room
        dots = self.glyphs.unicode and not os.environ.get("NO_COLOR")
        banded = dots and has_pale_colours(self)
        series = series_of(self._state, self.panel, self._objective, dots=dots, count=0, means=True, banded=banded)
        first, last = whole_run([point for one in series for point in one.points[:1]], self._state.step, growing=self._growing)
        first = first if any(len(one.points) > 1 for one in series) else 0  # alone at the left edge, it would read as measured at the start
        total = self._state.total_steps
        look = ChartView(
            first, max(first + 1, min(last, max(total, self._state.step))) if total else last, bounds=self.panel.bounds, small=True
        )
        look = look._replace(guide=self.panel.guide, log=wants_log([self._state], self.panel))
        figure = compose(series, look, marks_of(self._state.marks, self.glyphs), width, height)
        rows = draw_figure(figure, width, height, self.glyphs) if figure else []
        topics = {role: name for name, role in self.panel.scalars}
        return [[(text, _of_curve(look, topics)) for text, look in spans(row)] for row in rows]


def _of_curve(look: Look, topics: Mapping[str, str]) -> CellStyle:
    """The look of a curve or of its band, which a card tells of; of all else, `look` itself."""
    topic = topics.get(look.role if isinstance(look, Banded) else look)
    return look if topic is None else beside(topic, look)


class ChartArea(LineWidget):
    """Charts in a grid. What is shown of them is the board's."""

    def __init__(self, run: RunDirectory, glyphs: Glyphs, board: Board | None = None, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self.board = board or Board(glyphs)
        self.board.epoch = run.task.epoch
        self.nothing = "no numbers yet"
        """What is said while there are none."""
        self._run = run
        self._loss: str | None = None
        self._loss_known = False

    def take(self, state: RunState, *, growing: bool) -> None:
        """Take in newer numbers, and draw everything."""
        if not self._loss_known:
            self._loss, self._loss_known = self._run.loss_name, True
        self.board.take(state, state.objective(self._loss), growing=growing)
        self.redraw()

    def show_newest(self, state: RunState) -> None:
        """The values of now, as all else on the screen has them; the curves wait for `take`, for they cost many times the bytes."""
        self.board.state = state
        self.redraw()

    @property
    def places(self) -> list[Place]:
        """Which chart is where."""
        return self.board.places(self.size.width, self.size.height)

    def numbers(self) -> Iterator[tuple[Region, str, str]]:
        """The newest values, in the headings of the charts; of a picture, its name there."""
        for place in self.places:
            heading = self._strips[place.y].text[place.x : place.x + place.width] if place.y < len(self._strips) else ""
            if not place.panel.scalars and (name := place.panel.key) in heading:
                yield Region(place.x + heading.index(name), place.y, len(name), 1).translate(self.content_region.offset), name, name
            for one in self.board.drawn(place).series:
                label = f"{one.marker or one.character or self.glyphs.full} {plain(named(one.name).label, self.glyphs)} "
                _, found, rest = heading.partition(label)
                value = rest[:VALUE].strip()
                if found and value:
                    x = place.x + len(heading) - len(rest) + rest.index(value)
                    yield Region(x, place.y, len(value), 1).translate(self.content_region.offset), one.name, value

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
            return [[(self.nothing, Role.MUTED)]]
        self.board.banded = has_pale_colours(self)
        try:
            lines = self.board.lines(self.board.places(room.width, room.height), room.width, room.height)
        except ImportError as error:  # there is no ready-made plotext for this machine
            return [[(str(error).partition("\n")[0], Role.MUTED)]]
        return [[(text, look) for text, look in line] for line in lines]


def legend(panel: ChartPanel) -> str:
    """The names of its curves in their colours; of D's pairwise accuracy also what its middle means.

    This is markup: of names that a script gave, what could be markup is left out.
    """
    names = "  ".join(f"[${ink}]{_NO_WORD.sub(' ', named(name).label)[:40]}[/]" for name, ink in panel.scalars)
    return f"{names}  0.5: D only guesses" if panel is RANKING_CHART else names
