"""What a chart for a page is made of: lines, areas, dots and words in colours named by what they are for.

What draws them: `svg.py`, `pdf.py`, `png.py`. Places are in pixels of 1/96 inch, from the upper left corner.
"""

from collections.abc import Sequence
from typing import Literal, NamedTuple

WIDTH = 640
INKS = {
    "ink": "#1c2128", "muted": "#5b6472", "line": "#d5dae1", "page": "#ffffff",
    "discriminator": "#0b72b5", "generator": "#c65d00", "accent": "#0f7f66", "good": "#0f7f66",
}  # fmt: skip
"""Colours by what they are for, on white paper."""


class Rule(NamedTuple):
    """A straight line."""

    x: float
    y: float
    to_x: float
    to_y: float
    colour: str
    width: float = 1.0
    dashes: tuple[float, float] | None = None
    opacity: float = 1.0


class Stroke(NamedTuple):
    """A line through points."""

    points: Sequence[tuple[float, float]]
    colour: str
    width: float = 1.6


class Area(NamedTuple):
    """What lies within."""

    points: Sequence[tuple[float, float]]
    colour: str
    opacity: float = 0.18


class Dot(NamedTuple):
    """A point alone."""

    x: float
    y: float
    colour: str
    radius: float = 2.5


class Words(NamedTuple):
    """Text on one line; `y` is its baseline. `upright`: turned to the left about its place."""

    x: float
    y: float
    text: str
    colour: str = "muted"
    anchor: Literal["start", "middle", "end"] = "start"
    title: bool = False
    upright: bool = False


Shape = Rule | Stroke | Area | Dot | Words


class Chart(NamedTuple):
    """Shapes on a page of this size."""

    title: str
    height: float
    shapes: Sequence[Shape]
