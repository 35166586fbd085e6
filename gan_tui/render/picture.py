"""What the ways to draw an image in cells have in common."""

from enum import StrEnum
from typing import NamedTuple


class ImageMode(StrEnum):
    """How images are drawn; a person's word for it is the value."""

    ASCII = "ascii"
    """Seven-bit signs: works everywhere, and costs least."""
    HALF = "half"
    """Half blocks: two pixels a cell, in their colours or greys."""
    BRAILLE = "braille"
    """Eight dots a cell: the finest shapes that signs can show."""
    PIXELS = "pixels"
    """The image itself, through the terminal's graphics protocol."""


Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


class Run(NamedTuple):
    """Signs of one look. Without an ink they have the theme's, without a ground the screen's."""

    text: str
    ink: Colour | None = None
    ground: Colour | None = None


Picture = list[list[Run]]
"""Line by line."""
