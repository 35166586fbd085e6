"""The charts of the quality view: the distance large, beside it the numbers that say what a distance cannot."""

from dataclasses import dataclass

from gan_tui.dashboard.chart_board import Board, Place
from gan_tui.dashboard.numbers_board import SMALL, side_by_side
from gan_tui.render.figure import ChartView
from gan_tui.render.panels import ChartPanel, alone, floored, wants_log
from gan_tui.render.text import number
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import METRICS, SUMMARY
from gan_tui.spec.objectives import Objective

COLUMNS_FROM = 100
"""Cells from which the small charts stand beside the large one."""
LARGE = 12
"""Lines of the large one, at least."""


@dataclass
class QualityBoard(Board):
    """All evaluations of the run; with the floor, and what else real images read, as faint lines."""

    markable: bool = False
    guide_words: str = "real images"

    def take(self, state: RunState, objective: Objective | None, *, growing: bool) -> None:
        self.state, self.objective, self.growing = state, objective, growing
        floor = state.scalars.get("fd_floor")
        title = f"FD, floor {number(floor, 7, self.glyphs, METRICS['fd'].decimals).strip()}" if floor is not None else "FD"
        large = floored(state)._replace(key=title)
        self.panels = [panel for panel in (large, *map(alone, SUMMARY)) if panel.scalars[0][0] in state.history]
        self.selected = min(self.selected, max(0, len(self.panels) - 1))
        self.stale()

    def look(self, panel: ChartPanel) -> ChartView:
        """The distance's axis is logarithmic where it must be."""
        return super().look(panel)._replace(log=wants_log([self.state], panel))

    def places(self, width: int, height: int) -> list[Place]:
        """The distance at the left or on top, the others in what is left, as many as have room."""
        height -= 1  # the last line says how it is looked at
        if not self.panels or width < 1 or height < 1:
            return []
        first, rest = self.panels[0], self.panels[1:]
        if width >= COLUMNS_FROM:
            left = width // 2 if rest else width
            return [Place(first, 0, 0, left, height), *side_by_side(rest, left + 2, 0, width - left - 2, height)]
        large = height if height < LARGE + SMALL or not rest else max(LARGE, height // 2)
        return [Place(first, 0, 0, width, large), *side_by_side(rest, 0, large, width, height - large)]
