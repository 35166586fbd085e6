"""Signs that a screen draws with, as shapes: blocks, dots, lines. Few fonts have all of them, and fewer join them without gaps."""

import math
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from gan_tui.render.glyphs import BRAILLE, BRAILLE_DOTS


class Shape(NamedTuple):
    """A polygon, in shares of a cell: (0, 0) is its upper left corner, (1, 1) the lower right one."""

    points: tuple[tuple[float, float], ...]
    opacity: float = 1.0


LIGHT, HEAVY = 0.1, 0.22
"""Thickness of a line that stands, in cell widths."""
ASPECT = 0.5
"""Width of a cell, of its height: what is round is round in a cell of that form."""
_QUADRANTS = {"▖": "c", "▗": "d", "▘": "a", "▝": "b", "▚": "ad", "▞": "bc", "▙": "acd", "▛": "abc", "▜": "abd", "▟": "bcd"}
_LINES = {
    # left, right, up, down: 0 nothing, 1 light, 2 heavy
    "─": "1100", "━": "2200", "│": "0011", "┃": "0022", "╴": "1000", "╶": "0100", "╵": "0010", "╷": "0001", "╸": "2000", "╺": "0200",
    "╹": "0020", "╻": "0002", "╼": "1200", "╾": "2100", "┌": "0101", "┐": "1001", "└": "0110", "┘": "1010", "╭": "0101", "╮": "1001",
    "╰": "0110", "╯": "1010", "├": "0111", "┤": "1011", "┬": "1101", "┴": "1110", "┼": "1111", "┿": "2211", "╋": "2222",
}  # fmt: skip
_DASHED = {"┄": (3, 0, 1), "┈": (4, 0, 1), "┅": (3, 0, 2), "┉": (4, 0, 2), "╌": (2, 0, 1), "╍": (2, 0, 2),
           "┆": (3, 1, 1), "┊": (4, 1, 1), "┇": (3, 1, 2), "┋": (4, 1, 2), "╎": (2, 1, 1), "╏": (2, 1, 2)}  # fmt: skip
"""Dashes, whether they stand, and how heavy they are."""
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
_FIGURES = {
    "■": ((0.1, 0.3), (0.9, 0.3), (0.9, 0.7), (0.1, 0.7)),
    "◆": ((0.5, 0.24), (1.0, 0.5), (0.5, 0.76), (0.0, 0.5)),
    "▲": ((0.5, 0.28), (1.0, 0.72), (0.0, 0.72)),
    "▼": ((0.0, 0.28), (1.0, 0.28), (0.5, 0.72)),
    "▶": ((0.05, 0.27), (0.95, 0.5), (0.05, 0.73)),
    "◀": ((0.95, 0.27), (0.05, 0.5), (0.95, 0.73)),
}
_OUTLINES = {"□": "■", "◇": "◆", "△": "▲"}
RING = 0.6
"""Of a figure that is drawn as a line: how large what is left out is."""


@lru_cache(maxsize=1024)
def shapes_of(sign: str) -> tuple[Shape, ...] | None:
    """What it is drawn as; None where a font draws it."""
    return tuple(_shapes(sign)) if _is_drawn(sign) else None


def _is_drawn(sign: str) -> bool:
    known = sign in _LINES or sign in _DASHED or sign in _FIGURES or sign in _OUTLINES or sign in "●○•"
    return known or "▀" <= sign <= "▟" or BRAILLE <= ord(sign) < BRAILLE + 256


def _shapes(sign: str) -> Iterator[Shape]:
    code = ord(sign)
    if BRAILLE <= code < BRAILLE + 256:
        for row, pair in enumerate(BRAILLE_DOTS):
            for column, dot in enumerate(pair):
                if code & dot:
                    yield _round(0.25 + 0.5 * column, 0.125 + 0.25 * row, 0.16)
    elif sign in _LINES:
        yield from _arms(*map(int, _LINES[sign]))
    elif sign in _DASHED:
        yield from _dashes(*_DASHED[sign])
    elif sign in "●○•":
        yield _round(0.5, 0.5, 0.42 if sign != "•" else 0.22, ring=sign == "○")
    elif sign in _FIGURES:
        yield Shape(_FIGURES[sign])
    elif sign in _OUTLINES:
        yield _hollow(_FIGURES[_OUTLINES[sign]])
    else:
        yield from _block(sign)


def _block(sign: str) -> Iterator[Shape]:
    """Of the block elements, U+2580 to U+259F."""
    number = ord(sign) - 0x2580
    if sign in _SHADES:
        yield _box(0, 0, 1, 1)._replace(opacity=_SHADES[sign])
    elif sign in _QUADRANTS:
        for part in _QUADRANTS[sign]:
            left, top = 0.5 * (part in "bd"), 0.5 * (part in "cd")
            yield _box(left, top, left + 0.5, top + 0.5)
    elif sign == "▀":
        yield _box(0, 0, 1, 0.5)
    elif number <= 8:  # eighths from below
        yield _box(0, 1 - number / 8, 1, 1)
    elif number <= 15:  # eighths from the left, seven to one
        yield _box(0, 0, (16 - number) / 8, 1)
    elif sign == "▐":
        yield _box(0.5, 0, 1, 1)
    elif sign == "▔":
        yield _box(0, 0, 1, 1 / 8)
    else:
        yield _box(7 / 8, 0, 1, 1)


def _arms(left: int, right: int, up: int, down: int) -> Iterator[Shape]:
    """Lines from the middle of a cell to its edges; each reaches over the middle by half of the thickness of those across."""
    thick = (0.0, LIGHT, HEAVY)
    across, along = thick[max(up, down)] / 2, thick[max(left, right)] / 2 * ASPECT
    for weight, start, end in ((left, 0.0, 0.5 + across), (right, 0.5 - across, 1.0)):
        if weight:
            half = thick[weight] / 2 * ASPECT
            yield _box(start, 0.5 - half, end, 0.5 + half)
    for weight, start, end in ((up, 0.0, 0.5 + along), (down, 0.5 - along, 1.0)):
        if weight:
            half = thick[weight] / 2
            yield _box(0.5 - half, start, 0.5 + half, end)


def _dashes(count: int, stands: int, weight: int) -> Iterator[Shape]:
    half = (0.0, LIGHT, HEAVY)[weight] / 2
    for number in range(count):
        start, end = (number + 0.2) / count, (number + 0.8) / count
        yield _box(0.5 - half, start, 0.5 + half, end) if stands else _box(start, 0.5 - half * ASPECT, end, 0.5 + half * ASPECT)


def _box(left: float, top: float, right: float, bottom: float) -> Shape:
    return Shape(((left, top), (right, top), (right, bottom), (left, bottom)))


def _round(x: float, y: float, radius: float, *, ring: bool = False) -> Shape:
    """A circle of eight or sixteen corners, its radius in cell widths."""
    corners = _CIRCLE[:: 2 if radius < 0.3 else 1]
    points = tuple((x + radius * cosine, y + radius * ASPECT * sine) for cosine, sine in corners)
    return _hollow(points) if ring else Shape(points)


def _hollow(points: tuple[tuple[float, float], ...]) -> Shape:
    """Its edge only: round it, then round a smaller one the other way."""
    x, y = (sum(values) / len(points) for values in zip(*points, strict=True))
    inner = tuple((x + RING * (left - x), y + RING * (top - y)) for left, top in points)
    return Shape((*points, points[0], inner[0], *reversed(inner)))


_CIRCLE = tuple((math.cos(math.pi * number / 8), math.sin(math.pi * number / 8)) for number in range(16))
