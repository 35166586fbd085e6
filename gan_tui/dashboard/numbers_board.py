"""Charts of one size: of all numbers of a run, where it has no images to show, and of its scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from gan_tui.dashboard.chart_board import Board, Place
from gan_tui.render.panels import ChartPanel
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import SPEED
from gan_tui.spec.objectives import Objective

SMALL = 7
"""Lines of a chart, at least."""
PAIR = 84
"""Cells in which two charts stand beside each other."""


@dataclass
class NumbersBoard(Board):
    """As many of the run's charts as have room; the first ones matter most. View 3 has all of them."""

    markable: bool = False

    def take(self, state: RunState, objective: Objective | None, *, growing: bool) -> None:
        """The speed, which the header has, last."""
        super().take(state, objective, growing=growing)
        self.panels.sort(key=_is_speed)

    def places(self, width: int, height: int) -> list[Place]:
        """The last line says how they are looked at. Where no chart has its lines, below an error say, one takes those that there are.

        The speed takes no room from what the script trains for: it has a chart here where it is the only number.
        """
        panels = [panel for panel in self.panels if not _is_speed(panel)] or self.panels
        return side_by_side(panels, 0, 0, width, height - 1, small=max(1, min(SMALL, height - 1)))


def _is_speed(panel: ChartPanel) -> bool:
    return any(name == SPEED.name for name, _ in panel.scalars)


def side_by_side(panels: Sequence[ChartPanel], x: int, y: int, width: int, height: int, small: int = SMALL) -> list[Place]:
    """As many charts as have room, of no fewer lines than `small`: of equal size, but for what is left over, which the first ones have."""
    columns = min(2 if width >= PAIR else 1, max(1, len(panels)))
    rows = min(height // small, -(-len(panels) // columns))
    if rows < 1 or width < 1:
        return []
    shown = panels[: rows * columns]
    ahead = rows * columns - len(shown)
    found = []
    for index, panel in enumerate(shown):
        row, column = divmod(index + ahead * (index > 0), columns)
        end = column + 1 + ahead * (index == 0)
        left, right = column * (width + 2) // columns, end * (width + 2) // columns - 2
        top, bottom = -(-row * height // rows), -(-(row + 1) * height // rows)
        found.append(Place(panel, x + left, y + top, right - left, bottom - top))
    return found
