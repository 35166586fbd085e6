"""Images as braille: eight dots a cell, set where the image is bright."""

from itertools import groupby

from gan_tui.render.glyphs import BRAILLE, BRAILLE_DOTS
from gan_tui.render.picture import Colour, Picture, Run
from gan_tui.render.resample import averages, grey_averages
from gan_tui.run.images import Images

_BAYER = (0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5)
SPREAD = 96
"""How far the thresholds of neighbouring dots lie apart, in steps of 255: tones stay tones, and the edges of a stroke stay clean."""
MIDDLE = 104
"""Below the middle of 255: the averages of a thin stroke are pale."""
_THRESHOLDS = tuple(tuple(MIDDLE + (place - 8) * SPREAD // 16 for place in row) for row in _BAYER)


def braille_image(images: Images, index: int, columns: int, rows: int) -> Picture:
    """One image as `rows` lines of `columns` cells. The dots of a colour image have the colour of their cell."""
    dots = grey_averages(images, index, columns * 2, rows * 4)
    signs = [_line(dots[row * 4 : row * 4 + 4], columns) for row in range(rows)]
    if images.channels < 3:
        return [[Run(line)] for line in signs]
    red, green, blue = averages(images, index, columns, rows)
    return [
        _coloured(line, [_full(colour) for colour in zip(*channels, strict=True)])
        for line, *channels in zip(signs, red, green, blue, strict=True)
    ]


def _line(dots: list[bytes], columns: int) -> str:
    """Four lines of dots as one line of signs. An empty cell is a space, which every font draws alike."""
    cells = [0] * columns
    for line, bits, thresholds in zip(dots, BRAILLE_DOTS, _THRESHOLDS, strict=True):
        for x, value in enumerate(line):
            if value >= thresholds[x & 3]:
                cells[x >> 1] |= bits[x & 1]
    return "".join([chr(BRAILLE + bits) if bits else " " for bits in cells])


def _full(colour: tuple[int, ...]) -> Colour:
    """The hue at full brightness, in four steps a channel: how bright it is, the number of dots says."""
    top = max(*colour, 1)
    red, green, blue = ((value * 3 + top // 2) // top * 85 for value in colour)
    return red, green, blue


def _coloured(signs: str, colours: list[Colour]) -> list[Run]:
    """Neighbours of one colour as one run; what is empty has none."""
    inks = [None if sign == " " else colour for sign, colour in zip(signs, colours, strict=True)]
    return [Run("".join(sign for sign, _ in cells), ink) for ink, cells in groupby(zip(signs, inks, strict=True), key=lambda cell: cell[1])]
