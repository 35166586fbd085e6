"""A contact sheet: a row for each content, a column for each style, and what was made of the two where they meet."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from PIL import Image

from gan_tui.film.frames import BACKGROUND, width_of, write

GAP = 6
LETTER = 12
LABEL = 2 * LETTER
"""Height of the line with a name."""
BLACK = (0, 0, 0)
"""Between the images of a grid."""
WIDEST_NAME = 160
"""Pixels of a name before a row, whose letters are made smaller before it is cut."""


class Header(NamedTuple):
    """What stands at the beginning of a row or a column."""

    name: str
    picture: Image.Image | None = None
    """Of a style that is known by its name only there is none."""


def draw(contents: Sequence[Header], styles: Sequence[Header], cells: Mapping[tuple[int, int], Image.Image], side: int) -> Image.Image:
    """The sheet, with every picture as large as it fits into `side` pixels a side.

    `cells`: by row and column; those that are not there yet stay empty.
    """
    top = max((fitted(style.picture, side).height for style in styles if style.picture), default=0) + LABEL
    heights = [fitted(content.picture, side).height if content.picture else side for content in contents]
    size = GAP + (1 + len(styles)) * (side + GAP), GAP + top + GAP + sum(height + LABEL + GAP for height in heights)
    canvas = Image.new("RGB", size, BACKGROUND)
    lefts = [GAP + (1 + column) * (side + GAP) for column in range(len(styles))]
    for left, style in zip(lefts, styles, strict=True):
        _place(canvas, style.picture, style.name, (left, GAP, side, top - LABEL))
    upper = GAP + top + GAP
    for row, (content, height) in enumerate(zip(contents, heights, strict=True)):
        _place(canvas, content.picture, content.name, (GAP, upper, side, height))
        for column, left in enumerate(lefts):
            _place(canvas, cells.get((row, column)), "", (left, upper, side, height))
        upper += height + LABEL + GAP
    return canvas


def named_rows(grid: Image.Image, names: Sequence[str], height: int, gap: int) -> Image.Image:
    """A grid of images `height` pixels high, with `gap` pixels around each, and the name of each row at its left.

    Rows that are lower than a letter are named as often as there is room.
    """
    width = LETTER + min(WIDEST_NAME, max(width_of(name, LETTER) for name in names))
    canvas = Image.new("RGB", (width + grid.width, grid.height), BLACK)
    canvas.paste(grid, (width, 0))
    every = -(-LETTER // (height + gap))
    for row in range(0, len(names), every):
        line = Image.new("RGB", (width, LETTER + 2), BLACK)
        write(line, (LETTER // 2, LETTER // 2 + 1), names[row], LETTER, "lm")
        canvas.paste(line, (0, max(0, gap + row * (height + gap) + (height - line.height) // 2)))
    return canvas


def fitted(picture: Image.Image, side: int) -> Image.Image:
    """Its longer side has `side` pixels."""
    factor = side / max(picture.size)
    return picture.convert("RGB").resize((max(1, round(picture.width * factor)), max(1, round(picture.height * factor))), reducing_gap=4.0)


def _place(canvas: Image.Image, picture: Image.Image | None, name: str, box: tuple[int, int, int, int]) -> None:
    """In the middle of a box (left, top, width, height), and its name below it."""
    left, top, width, height = box
    if picture is not None:
        small = fitted(picture, width)
        if small.height > height:
            small = fitted(picture, max(1, round(width * height / small.height)))
        canvas.paste(small, (left + (width - small.width) // 2, top + (height - small.height) // 2))
    if name:
        line = Image.new("RGB", (width, LABEL), BACKGROUND)
        write(line, (width // 2, LETTER), name, LETTER, "mm")
        canvas.paste(line, (left, top + height))
