"""How large to draw the sample images in the room there is, and how many of them."""

from typing import NamedTuple

SMALLEST, LARGEST = 4, 14
"""Rows of an image. Below 4 nothing can be told apart; at 14 a row holds two pixels of 28: there is no more to see."""


class Grid(NamedTuple):
    """`columns` x `rows` images of `width` x `height` cells each, with gaps in between."""

    columns: int
    rows: int
    width: int
    height: int
    column_gap: int
    row_gap: int


def choose_grid(width: int, height: int, count: int, crop_aspect: float = 1.0) -> Grid | None:
    """The best grid of `count` images (at most) in `width` x `height` cells; None where not even one fits.

    It depends on nothing but its arguments, so it stands still while a run goes on. `crop_aspect` is an image's
    width divided by its height.
    """
    best: tuple[float, Grid] | None = None
    for rows_each in range(SMALLEST, LARGEST + 1):
        grid = _grid(width, height, count, rows_each, max(1, round(rows_each * 2 * crop_aspect)))
        if grid is not None and (best is None or _merit(grid, width, height) > best[0]):
            best = (_merit(grid, width, height), grid)
    return best[1] if best else None


def _grid(width: int, height: int, count: int, image_height: int, image_width: int) -> Grid | None:
    columns = min((width + 1) // (image_width + 1), count)
    if columns < 1 or image_height > height:
        return None
    rows = min(max((height + 1) // (image_height + 1), height // image_height), -(-count // columns))
    row_gap = min(1, (height - rows * image_height) // max(1, rows - 1)) if rows > 1 else 0
    column_gap = min(3, (width - columns * image_width) // (columns - 1)) if columns > 1 else 0
    return Grid(columns, rows, image_width, image_height, column_gap, row_gap)


def _merit(grid: Grid, width: int, height: int) -> float:
    """Legible images, many of them, little room wasted; the constants are chosen by looking."""
    legible = (grid.height / 7) ** 1.5 if grid.height < 7 else (grid.height / 7) ** 0.25
    shown = grid.columns * grid.rows
    variety = shown / (shown + 6)
    filled = shown * grid.width * grid.height / (width * height)
    touching = 1.0 if grid.row_gap or grid.rows == 1 else 0.9
    return float(legible * variety * filled**0.5 * touching)
