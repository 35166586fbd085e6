"""The plane of a two-dimensional GAN as cells: points, arrows and lines over D's surface.

Dots are braille, eight to a cell, where the terminal has it and colours to tell them apart; else each kind of point has its character. The
surface is the ground of the cells, or, where there are too few colours for shades, characters.
"""

from collections.abc import Sequence
from enum import IntEnum
from itertools import pairwise
from typing import NamedTuple

from gan_tui.render.glyphs import BRAILLE, BRAILLE_DOTS
from gan_tui.run.playing import GRID_POINTS, Picture, Point, unpacked

LEVELS = 8
"""Shades of D's surface."""
RELUCTANCE = 0.65
"""Shades that D must be off before a cell changes its own: on the border of two it would change with every step."""
SHADES = " .:-="
"""Of a terminal without shades of colour: none of them could be taken for a point."""


class Ink(IntEnum):
    """What stands in a cell; where there are several the highest, but for the heads of arrows, which lie over all."""

    NONE = 0
    GRID = 1
    ARROW = 2
    REAL = 3
    GENERATED = 4


CHARACTERS = {Ink.GRID: ",", Ink.REAL: "o", Ink.GENERATED: "x", Ink.ARROW: "*"}
"""Where there are no dots."""
HEADS, ASCII_HEADS = "→↗↑↖←↙↓↘", ">/^\\</v\\"
"""Of arrows, by eighths of a turn from the right, counter-clockwise."""
LARGE = 26
"""Rows from which on a point is four dots: one would be lost in so large a field."""
HEAD_FROM = 1.6
"""Dots from which an arrow has a head: a shorter one says that next to nothing moves."""


class Cell(NamedTuple):
    """One cell."""

    sign: str
    ink: Ink
    level: int
    """Of D's surface, below LEVELS: the highest is real."""


class FieldLook(NamedTuple):
    """With what it is drawn."""

    dots: bool
    """Braille."""
    unicode: bool
    shaded: bool
    """Has a cell's ground the colour of its level? Else its character says it, where it has no other."""


class Layer:
    """Dots of one kind in a field of so many cells."""

    def __init__(self, columns: int, rows: int, look: FieldLook) -> None:
        self._columns, self._rows = columns, rows
        self.across, self.down = (2, 4) if look.dots else (1, 1)
        self.cells: dict[int, int] = {}
        """The dots of each cell that has some."""

    def place(self, point: Point) -> tuple[float, float]:
        """In dots, from the upper left corner."""
        return (point[0] + 1) / 2 * self._columns * self.across, (1 - point[1]) / 2 * self._rows * self.down

    def dot(self, x: float, y: float) -> int:
        """Set one; the number of its cell comes back."""
        column = min(self._columns * self.across - 1, max(0, int(x)))
        row = min(self._rows * self.down - 1, max(0, int(y)))
        cell = row // self.down * self._columns + column // self.across
        self.cells[cell] = self.cells.get(cell, 0) | BRAILLE_DOTS[row % self.down][column % self.across]
        return cell

    def point(self, at: Point, size: int) -> None:
        """As many dots wide and high, where there are dots."""
        x, y = self.place(at)
        for across in range(size if self.across > 1 else 1):
            for down in range(size if self.down > 1 else 1):
                self.dot(x + across, y + down)

    def line(self, start: Point, end: Point) -> int:
        """From one point to another; the number of the last cell comes back."""
        (x, y), (to_x, to_y) = self.place(start), self.place(end)
        steps = max(1, int(max(abs(to_x - x), abs(to_y - y))))
        for step in range(steps):
            self.dot(x + (to_x - x) * step / steps, y + (to_y - y) * step / steps)
        return self.dot(to_x, to_y)


def draw_field(picture: Picture, levels: Sequence[int], columns: int, rows: int, look: FieldLook) -> list[Cell]:
    """`rows * columns` cells, row by row. `levels`: D's, likewise (see `new_levels`)."""
    arrows, heads = _arrows(picture, columns, rows, look)
    layers = {Ink.GRID: _lines(picture, columns, rows, look), Ink.ARROW: arrows}
    for ink, points in ((Ink.REAL, picture.real), (Ink.GENERATED, picture.generated)):
        layers[ink] = Layer(columns, rows, look)
        for point in unpacked(points):
            layers[ink].point(point, 2 if rows >= LARGE else 1)
    inks = dict.fromkeys(range(columns * rows), Ink.NONE)
    signs: dict[int, str] = {}
    for ink, layer in layers.items():
        for cell, bits in layer.cells.items():
            inks[cell] = ink
            signs[cell] = chr(BRAILLE + bits) if look.dots else CHARACTERS[ink]
    for cell, head in heads.items():
        inks[cell], signs[cell] = Ink.ARROW, head
    bare = " " * LEVELS if look.shaded else [SHADES[level * len(SHADES) // LEVELS] for level in range(LEVELS)]
    return [Cell(signs.get(cell) or bare[level], inks[cell], level) for cell, level in enumerate(levels)]


def new_levels(surface: bytes, before: Sequence[int]) -> list[int]:
    """The level of each cell. One that has a level `before` keeps it as long as D is nearly there."""
    scale = (LEVELS - 1) / 255
    if len(before) != len(surface):
        return [round(value * scale) for value in surface]
    return [
        level if -RELUCTANCE < value * scale - level < RELUCTANCE else round(value * scale)
        for value, level in zip(surface, before, strict=True)
    ]


def _lines(picture: Picture, columns: int, rows: int, look: FieldLook) -> Layer:
    layer, points = Layer(columns, rows, look), unpacked(picture.grid)
    for first in range(0, len(points), GRID_POINTS):
        line = points[first : first + GRID_POINTS]
        for start, end in pairwise(line):
            layer.line(start, end)
    return layer


def _arrows(picture: Picture, columns: int, rows: int, look: FieldLook) -> tuple[Layer, dict[int, str]]:
    """Shafts, and the heads of those that are long enough to have one."""
    layer, ends, heads = Layer(columns, rows, look), unpacked(picture.arrows), dict[int, str]()
    for start, end in zip(ends[::2], ends[1::2], strict=False):
        (x, y), (to_x, to_y) = layer.place(start), layer.place(end)
        if max(abs(to_x - x), abs(to_y - y)) < (HEAD_FROM if look.dots else 1):
            continue
        heads[layer.line(start, end)] = (HEADS if look.unicode else ASCII_HEADS)[_eighth(end[0] - start[0], end[1] - start[1])]
    return layer, heads


def _eighth(x: float, y: float) -> int:
    """Of a turn, counter-clockwise from the right, the nearest one."""
    steep = abs(y) > 2.414 * abs(x)
    flat = abs(x) > 2.414 * abs(y)
    if flat:
        return 0 if x > 0 else 4
    if steep:
        return 2 if y > 0 else 6
    return (1 if y > 0 else 7) if x > 0 else (3 if y > 0 else 5)
