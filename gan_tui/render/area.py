"""A course of shares (0 to 1) on a fixed scale, its newest value at the right edge: what fills and empties, in one line or in many."""

import math
from collections.abc import Sequence

from gan_tui.render.glyphs import Glyphs


def area(shares: Sequence[float | None], width: int, height: int, glyphs: Glyphs) -> list[str]:
    """`height` lines of `width` cells, filled from below; one cell a value. None and NaN are gaps, 0 still shows as the lowest bar."""
    if width < 1 or height < 1:
        return []
    newest = list(shares)[-width:]
    levels = [_level(share, height * len(glyphs.spark)) for share in newest]
    return ["".join(_sign(level, row, glyphs) for level in levels).rjust(width) for row in reversed(range(height))]


def _level(share: float | None, top: int) -> int:
    """Eighths of a cell that are filled; 0 is a gap."""
    if share is None or math.isnan(share):
        return 0
    return max(1, round(min(1.0, max(0.0, share)) * top))


def _sign(level: int, row: int, glyphs: Glyphs) -> str:
    """What stands in row number `row`, counted from below."""
    filled = level - row * len(glyphs.spark)
    return " " if filled <= 0 else glyphs.spark[min(filled, len(glyphs.spark)) - 1]
