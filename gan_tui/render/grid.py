"""How large to draw the sample images in the room there is, and how many of them."""

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

SMALLEST, LARGEST = 4, 14
"""Rows of an image. Below 4 nothing can be told apart; at 14 a row holds two pixels of 28: there is no more to see."""


ENOUGH = 6
"""Images that are shown at their native size rather than more of them smaller."""
CAPTION_WIDTH = 4
"""Cells of a caption: `0.93`."""
CAPTIONS_WORTH = 1.3
"""How much better a grid is for its captions: they may cost some images, but not half of them."""


class Grid(NamedTuple):
    """`columns` x `rows` images of `width` x `height` cells each, with gaps in between; a caption under each is part of the gap."""

    columns: int
    rows: int
    width: int
    height: int
    column_gap: int
    row_gap: int
    captions: bool = False

    @property
    def full_width(self) -> int:
        """Cells across all of it."""
        return self.columns * (self.width + self.column_gap) - self.column_gap

    @property
    def full_height(self) -> int:
        """Lines down all of it, the last captions included."""
        return self.rows * (self.height + self.row_gap) - (0 if self.captions else self.row_gap)


def choose_grid(
    width: int, height: int, count: int, crop_aspect: float = 1.0, captions: bool = False, native: int = 0, across: int = 0
) -> Grid | None:
    """The best grid of `count` images (at most) in `width` x `height` cells; None where not even one fits.

    It depends on nothing but its arguments, so it stands still while a run goes on. `crop_aspect` is an image's
    width divided by its height; `captions` are wanted, but not at any price. `native`: the rows at which each pixel is shown as it
    is, where that matters: between half of that size and all of it nothing is sharp. `across`: of a map, in which neighbours stay
    neighbours: so many in a row, and all `count` of them.
    """

    def grids(heights: Sequence[int], *, apart: bool) -> list[Grid]:
        each = product(heights, (False, True) if captions else (False,))
        found = [
            _grid(width, height, across or count, count, rows, max(1, round(rows * 2 * crop_aspect)), under, apart=apart)
            for rows, under in each
        ]
        return [grid for grid in found if grid is not None and (not across or (grid.columns, grid.rows) == (across, count // across))]

    whole = [grid for grid in grids([native], apart=False) if grid.columns * grid.rows >= min(count, ENOUGH)] if native else []
    if whole:
        return max(whole, key=lambda grid: (grid.columns * grid.rows, grid.captions))
    return max(grids(_heights(native), apart=bool(native)), key=lambda grid: _merit(grid, width, height), default=None)


def _heights(native: int) -> Sequence[int]:
    """Rows that an image may have."""
    if not native:
        return range(SMALLEST, LARGEST + 1)
    fewer = range(SMALLEST, min(LARGEST, native // 2) + 1)
    return [*fewer, *range(native, max(LARGEST, native) + 1, native)]


def _grid(
    width: int, height: int, widest: int, count: int, image_height: int, image_width: int, captions: bool, *, apart: bool
) -> Grid | None:
    """`widest`: columns at most. `apart`: rows touch only where no line would be left free.

    They may where that shows a row more of images as they are.
    """
    columns = min((width + 1) // (image_width + 1), widest)
    if columns < 1 or image_height + captions > height or (captions and image_width < CAPTION_WIDTH):
        return None
    column_gap = min(3, (width - columns * image_width) // (columns - 1)) if columns > 1 else 0
    most = -(-count // columns)
    if captions:
        return Grid(columns, min(height // (image_height + 1), most), image_width, image_height, column_gap, 1, captions)
    loose, tight = (height + 1) // (image_height + 1), height // image_height
    rows = min(loose if apart and tight * image_height < height else max(loose, tight), most)
    row_gap = min(1, (height - rows * image_height) // max(1, rows - 1)) if rows > 1 else 0
    return Grid(columns, rows, image_width, image_height, column_gap, row_gap)


def _merit(grid: Grid, width: int, height: int) -> float:
    """Legible images, many of them, little room wasted; the constants are chosen by looking."""
    legible = (grid.height / 7) ** 1.5 if grid.height < 7 else (grid.height / 7) ** 0.25
    shown = grid.columns * grid.rows
    variety = shown / (shown + 6)
    filled = shown * grid.width * grid.height / (width * height)
    touching = 1.0 if grid.row_gap or grid.rows == 1 else 0.9
    return float(legible * variety * filled**0.5 * touching * (CAPTIONS_WORTH if grid.captions else 1.0))
