"""Which classes the samples are of: the histogram that shows which digits a collapsed G has forgotten."""

import math
from collections.abc import Callable

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import DataWidget, Line
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.ink import Ink
from gan_tui.run.state import RunState

LABEL = "drawn "
MOST = 2.0
"""Times the share of real images that fill a bar: one that is half full is as it should be."""
FEW, RARE = 0.5, 0.1
"""Times the share of real images below which a class is too rarely drawn, or all but forgotten."""


class ClassShares(DataWidget[RunState]):
    """One line: each class with a bar, and its percentage where there is room."""

    def __init__(self, glyphs: Glyphs, class_name: Callable[[int], str], *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._class_name = class_name

    def draw(self, room: Size) -> list[Line]:
        """`drawn 0▄10% 1▄11% 2▂4% ...`; the names and bars alone where that is too long, and nothing where even these are."""
        state = self.data
        if state is None or state.evaluation is None:
            return []
        shares, real = state.evaluation.shares, state.evaluation.real_shares
        if len(shares) != len(real) or not all(map(math.isfinite, (*shares, *real))):
            return []
        for percent, gap in ((True, " "), (False, " "), (False, "")):
            line = self._line(shares, real, gap, percent=percent)
            if sum(len(text) for text, _ in line) <= room.width:
                return [line]
        return []

    def _line(self, shares: tuple[float, ...], real: tuple[float, ...], gap: str, *, percent: bool) -> Line:
        line: Line = [(LABEL, Ink.MUTED)]
        top = len(self.glyphs.spark) - 1
        for index, (share, expected) in enumerate(zip(shares, real, strict=True)):
            times = share / expected if expected > 0 else MOST * (share > 0)
            sign = self.glyphs.spark[round(min(1.0, max(0.0, times / MOST)) * top)]
            ink = Ink.ERROR if times < RARE else Ink.WARNING if times < FEW or times >= MOST else Ink.GOOD
            line += [(self._class_name(index), Ink.STRONG), (sign, ink), (f"{share:.0%}{gap}" if percent else gap, Ink.MUTED)]
        return line
