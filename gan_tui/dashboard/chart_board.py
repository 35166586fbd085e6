"""Several charts of one run: how they are looked at, which there are, and where each stands. No Textual in here.

A chart takes 2 to 5 ms. What was drawn is kept until the numbers or the look change, so that the cursor moves at once.
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from gan_tui.dashboard.chart_axis import XAxis, following, with_axis
from gan_tui.dashboard.drawn_chart import Drawn
from gan_tui.render.chart import draw_figure, label_ends
from gan_tui.render.curves import SMOOTHINGS, calming
from gan_tui.render.figure import (
    BELOW,
    GUTTER,
    LEAST,
    ChartMark,
    ChartView,
    Span,
    cell_of,
    compose,
    heading,
    marks_legend,
    marks_of,
    spans,
)
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.panels import ChartPanel, panels_of, series_of, whole
from gan_tui.render.text import fit, plain
from gan_tui.render.ticks import recent_steps, step_label, whole_run
from gan_tui.run.history import Bucket
from gan_tui.run.state import RunState
from gan_tui.spec.objectives import Objective

COLUMN, ROWS = 72, 14
"""Cells and lines that a chart wants."""
MOST_COLUMNS = 3
STATUS_FROM = 4
"""Lines of a board whose last one says how it is looked at."""
NOTE = 40
"""Cells of what was noted at a mark."""


class Place(NamedTuple):
    """A chart's room on the board."""

    panel: ChartPanel
    x: int
    y: int
    width: int
    height: int
    """Its heading included."""


@dataclass
class Board:
    """All charts of one run."""

    glyphs: Glyphs
    state: RunState = field(default_factory=RunState)
    objective: Objective | None = None
    growing: bool = False
    """More is to come."""
    axis: XAxis = "step"
    """What stands below the charts."""
    recent_only: bool = False
    log: bool = False
    smoothing: int = 0
    """Points of which each point shown is the mean; 0: as many as their noise asks for where there is a band, else one."""
    banded: bool = False
    """All values are a pale band behind their means."""
    zoomed: bool = False
    selected: int = 0
    """The chart that is marked."""
    cursor: float | None = None
    """A step."""
    rows: int = ROWS
    """Lines that a chart wants: where there is room for two, two are shown."""
    markable: bool = True
    """A sign stands at the chart that is marked."""
    guide_words: str = "ideal"
    """What the faint lines across are."""
    epoch: str = "epoch"
    """What one is called."""
    panels: list[ChartPanel] = field(default_factory=list)
    _drawn: dict[Place, Drawn] = field(default_factory=dict)

    # What is shown

    def take(self, state: RunState, objective: Objective | None, *, growing: bool) -> None:
        """Take in newer numbers; every chart is stale from now on."""
        self.state, self.objective, self.growing = state, objective, growing
        self.panels = panels_of(state.history, scores=objective is None or objective.probabilities)
        self.selected = min(self.selected, max(0, len(self.panels) - 1))
        self.stale()

    def stale(self) -> None:
        """The numbers, or how they are looked at, have changed: every chart is drawn anew."""
        self._drawn.clear()

    def window(self) -> tuple[int, int]:
        """The steps that all charts show: none behind the end of the run."""
        first, last = self._wanted_window()
        total = self.state.total_steps
        return first, max(first + 1, min(last, max(total, self.state.step))) if total else last

    def _wanted_window(self) -> tuple[int, int]:
        recent = self.state.recent
        if self.recent_only and len(recent) > 1 and recent[-1].step > recent[0].step:
            return recent_steps(recent[0].step, recent[-1].step, growing=self.growing)
        firsts = [Bucket(history.buckets[0].step, None, None) for history in self.state.history.values() if history.buckets]
        return whole_run(firsts, self.state.step, growing=self.growing)

    def places(self, width: int, height: int) -> list[Place]:
        """Which charts are shown where: the page that holds the marked one."""
        height -= height >= STATUS_FROM
        if not self.panels or width < 1 or height < 1:
            return []
        columns, rows = (1, 1) if self.zoomed else (max(1, min(MOST_COLUMNS, width // COLUMN)), max(1, height // self.rows))
        first = self.selected // (columns * rows) * columns * rows
        page = self.panels[first : first + columns * rows]
        columns = min(columns, len(page))
        rows = -(-len(page) // columns)
        found = []
        for index, panel in enumerate(page):
            row, column = divmod(index, columns)
            x, end = column * (width + 2) // columns, (column + 1) * (width + 2) // columns - 2
            y, bottom = row * height // rows, (row + 1) * height // rows
            found.append(Place(panel, x, y, end - x, bottom - y))
        return found

    # Drawing

    def drawn(self, place: Place) -> Drawn:
        """A chart in its room."""
        if place not in self._drawn:
            self._drawn[place] = self._draw(place)
        return self._drawn[place]

    def _draw(self, place: Place) -> Drawn:
        panel, width, height = place.panel, place.width, place.height - 1
        dots = self.glyphs.unicode and (len(panel.scalars) == 1 or not os.environ.get("NO_COLOR"))
        series = series_of(
            self.state,
            panel,
            self.objective,
            dots=dots,
            count=self.smoothing,
            recent_only=self.recent_only,
            means=True,
            banded=self.banded and dots,
        )
        look = self.look(panel)._replace(small=height < LEAST[1] + BELOW)  # the curve, where it has no room with an axis of steps
        figure = compose(series, look, self.marks, width, height)
        return Drawn(series, figure, draw_figure(figure, width, height, self.glyphs, labelled=False) if figure else [])

    def look(self, panel: ChartPanel) -> ChartView:
        """How a chart is looked at."""
        first, last = self.window()
        steps = self.state.started.steps_per_epoch if self.state.started else 0
        return with_axis(ChartView(first, last, self.log, panel.bounds, panel.guide, steps, self.epoch), self.axis, self.state)

    def next_axis(self) -> None:
        self.axis = following(self.axis)
        self.stale()

    def smooth(self, by: int) -> None:
        """More smoothing, or less, than the marked chart has; less than none is what the noise asks for."""
        now = self.smoothing
        if not now:
            names = [name for name, _ in self.panels[self.selected].scalars] if self.panels else []
            now = max((calming(whole(self.state, name)) for name in names), default=1)
        index = SMOOTHINGS.index(now) + by
        self.smoothing = SMOOTHINGS[min(index, len(SMOOTHINGS) - 1)] if index >= 0 else 0
        self.stale()

    @property
    def marks(self) -> list[ChartMark]:
        """The moments that stand across all charts."""
        return marks_of(self.state.marks, self.glyphs)

    def lines(self, places: Sequence[Place], width: int, height: int) -> list[list[Span]]:
        """The board."""
        lines: list[list[Span]] = [[] for _ in range(height)]
        for place in places:
            chart = self._chart(place, mark=self.markable and len(places) > 1)
            for y, line in enumerate(chart[: place.height]):
                row = lines[place.y + y]
                if place.x:
                    row.append((" " * (place.x - sum(len(text) for text, _ in row)), "text"))
                row += line
        if height >= STATUS_FROM:
            lines[-1] = self.status(places, width)
        return lines

    def _chart(self, place: Place, *, mark: bool) -> list[list[Span]]:
        """One chart, its heading first."""
        drawn = self.drawn(place).at(self.state)
        sign = [(f"{self.glyphs.arrow} " if place.panel is self.panels[self.selected] else "  ", "accent")] if mark else []
        title = heading(place.panel.key, drawn.series, self.pointed, place.width - 2 * mark, self.glyphs)
        if drawn.figure is None or not drawn.rows:
            return [sign + title, [(self._why_nothing(place), "muted")]]
        rows = [list(row) for row in drawn.rows]
        label_ends(rows, drawn.figure, place.width, self.glyphs)
        if self.pointed is not None:
            x = cell_of(drawn.figure.across, self.pointed, place.width)
            for row in rows[: len(rows) - drawn.figure.below]:
                if row[x][0] in (" ", self.glyphs.light, self.glyphs.dotted):
                    row[x] = (self.glyphs.vertical, "accent")
        return [sign + title, *(spans(row) for row in rows)]

    def _why_nothing(self, place: Place) -> str:
        if place.height < 5 or place.width < GUTTER + 4:
            return ""
        if self.log:
            return "nothing that a logarithmic axis could show"
        if any(whole(self.state, name) for name, _ in place.panel.scalars) and self.recent_only:
            return "nothing in the last steps: w shows the whole run"
        return "no finite number yet"

    def status(self, places: Sequence[Place], width: int) -> list[Span]:
        """How it is looked at; with a cursor, where that is."""
        first, last = self.window()
        parts: list[Span] = []
        if self.pointed is not None:
            parts += [(f"step {round(self.pointed):,}", "strong"), (self._epoch_at(self.pointed), "text"), (self._note(places), "text")]
        else:
            parts.append((f"the last {step_label(last - first)} steps" if self.recent_only else "the whole run", "text"))
        parts += [("log axis", "text")] if self.log else []
        parts += [(f"mean of {self.smoothing} at most", "text")] if self.smoothing > 1 else []
        more = f"chart {self.selected + 1}/{len(self.panels)}" if self.markable and len(places) < len(self.panels) else ""
        line: list[Span] = []
        for text, role in [part for part in parts if part[0]]:
            line += [(f" {self.glyphs.middot} ", "faint")] * bool(line) + [(text, role)]
        used = sum(len(text) for text, _ in line)
        if used > width:
            return line
        room = width - used - len(more) - 4
        figures = [self.drawn(place).figure for place in places] if self.pointed is None else []
        legend = marks_legend([figure for figure in figures if figure], max(0, room), self.glyphs, self.guide_words)
        used += sum(len(text) for text, _ in legend) + 3
        gap = width - used - len(more)
        return [*line, ("   ", "text"), *legend, (" " * gap + more, "muted")] if gap >= 0 else line

    def _epoch_at(self, step: float) -> str:
        started = self.state.started
        if not started or not started.steps_per_epoch:
            return ""
        return f"{self.epoch} {self.state.epoch_at(int(step)):,}"

    def _note(self, places: Sequence[Place]) -> str:
        """What was marked under the cursor."""
        reach = self.cell(places) / 2
        step = self.pointed
        near = [moment for moment in self.state.marks if step is not None and abs(moment.step - step) <= reach]
        return fit(plain(f"{near[-1].kind.replace('-', ' ')} {near[-1].text}", self.glyphs), NOTE, self.glyphs) if near else ""

    # The cursor

    @property
    def pointed(self) -> float | None:
        """The cursor where it can be seen: a window that goes on leaves it behind."""
        first, last = self.window()
        return self.cursor if self.cursor is not None and first <= self.cursor <= last else None

    def cell(self, places: Sequence[Place]) -> float:
        """Steps in one cell."""
        first, last = self.window()
        return (last - first) / max(1, (places[0].width if places else 0) - GUTTER)

    def move_cursor(self, cells: int, places: Sequence[Place]) -> None:
        """Move the cursor; the first time it stands at the newest numbers."""
        first, last = self.window()
        step = self.cell(places)
        if self.pointed is None or self.cursor is None:
            newest = first + (int((min(last, self.state.step) - first) / step) + 0.5) * step if step else float(last)
            self.cursor = min(last - step / 2, newest)
        else:
            self.cursor = min(last - step / 2, max(first + step / 2, self.cursor + cells * step))
        self._stay_behind_the_newest()

    def _stay_behind_the_newest(self) -> None:
        """There are no numbers at steps that are not taken yet."""
        if self.cursor is not None:
            self.cursor = max(float(self.window()[0]), min(self.cursor, float(self.state.step)))

    def point(self, x: int, y: int, places: Sequence[Place]) -> bool:
        """Mark the chart at a cell of the board, and put the cursor there. False where there is none."""
        for place in places:
            if place.x <= x < place.x + place.width and place.y <= y < place.y + place.height:
                self.selected = self.panels.index(place.panel)
                if x - place.x >= GUTTER:
                    self.cursor = self.window()[0] + (x - place.x - GUTTER + 0.5) * self.cell([place])
                    self._stay_behind_the_newest()
                return True
        return False
