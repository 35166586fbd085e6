"""Images in cells: ASCII, half blocks or braille. Pixels (kitty.py) are not made of characters; half blocks stand in for them.

Pillow makes the sizes (`_resized`): 1 ms for 64 images of 28 x 28.
"""

from enum import StrEnum
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

from gan_tui.render.glyphs import BRAILLE, BRAILLE_DOTS, Glyphs
from gan_tui.render.terminal import Colours, Terminal
from gan_tui.run.images import Images

if TYPE_CHECKING:
    from PIL.Image import Image

ENOUGH = 4.0
"""Pixels across each pixel of the result, and down, that are averaged with care: what a larger image has more is thinned out first."""

ASCII_RAMP = (" .,a", "':-o", '"=+#', "^*#@")
"""`ASCII_RAMP[upper][lower]`, each 0 (empty) to 3 (full).

A cell is about twice as high as it is wide, so it covers two square patches of the image, one above the other. A plain ramp (" .:-=+*#%@")
sees only their mean, and at 14 x 7 cells a stroke through the upper half of a cell (") looks like one through the lower half (,). With the
pair, MNIST digits can be read down to 10 x 5 cells.
"""
ASCII_GAIN, ASCII_GAMMA = 1.3, 0.8
"""The same for every pixel of every image, so that a picture that stands still never flickers.
Averages of a thin stroke are pale: they are raised until its middle is `@`."""
_ASCII_LEVEL = bytes(min(3, int(min(1.0, value / 255 * ASCII_GAIN) ** ASCII_GAMMA * 4)) for value in range(256))

_INVERTED = bytes(range(255, -1, -1))

UPPER_HALF = "▀"
_HALF_STEP = bytes((value * 15 + 127) // 255 * 17 for value in range(256))
"""16 steps a channel: more cannot be told apart at this size, and equal neighbours, which are sent as one, become rare."""

_BAYER = (0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5)
FULL_STEP, INK_STEP = 85, 51
"""Of a channel of a dot: three make the brightest, on a dark ground and on a light one."""
DITHER_RANGE = 96
"""How far the thresholds of neighbouring dots lie apart, in steps of 255: tones stay tones, and the edges of a stroke stay clean."""
DITHER_MIDDLE = 104
"""Below the middle of 255: the averages of a thin stroke are pale."""
_THRESHOLDS = tuple(tuple(DITHER_MIDDLE + (place - 8) * DITHER_RANGE // 16 for place in row) for row in _BAYER)


class ImageMode(StrEnum):
    """How images are drawn; a person's word for it is the value."""

    ASCII = "ascii"
    """Seven-bit characters: works everywhere, and costs least."""
    HALF = "half"
    """Half blocks: two pixels a cell, in their colours or greys."""
    BRAILLE = "braille"
    """Eight dots a cell: the finest shapes that characters can show."""
    PIXELS = "pixels"
    """The image itself, through the terminal's graphics protocol."""


MODE_NAMES = {
    ImageMode.ASCII: "ASCII",
    ImageMode.HALF: "half blocks",
    ImageMode.BRAILLE: "braille",
    ImageMode.PIXELS: "pixels",
}
Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


class ImageSpan(NamedTuple):
    """Characters of one style. Without a foreground they have the theme's, without a ground the screen's."""

    text: str
    foreground: Colour | None = None
    ground: Colour | None = None


Picture = list[list[ImageSpan]]
"""Line by line."""


def draw_image(images: Images, index: int, mode: ImageMode, columns: int, rows: int, *, inked: bool = False) -> Picture:
    """One image as `rows` lines of `columns` cells, neighbours of one style as one span. `inked`: see `ascii_image`."""
    match mode:
        case ImageMode.ASCII:
            return [[ImageSpan(line)] for line in ascii_image(images, index, columns, rows, inked=inked)]
        case ImageMode.BRAILLE:
            return _braille(images, index, columns, rows, inked=inked)
        case ImageMode.HALF | ImageMode.PIXELS:
            return _half_blocks(images, index, columns, rows)


def ascii_image(images: Images, index: int, columns: int, rows: int, *, inked: bool = False) -> list[str]:
    """One image as `rows` lines of `columns` seven-bit characters.

    `inked`: these are dark on a light ground. Then the dark parts of a colour picture are drawn, which else were its negative; what is
    bright in a grey one, as a digit is, is written as ever.
    """
    levels = _INVERTED.translate(_ASCII_LEVEL) if inked and images.channels >= 3 else _ASCII_LEVEL
    halves = [line.translate(levels) for line in _lines(_resized(images, index, columns, rows * 2, grey=True))]
    return [
        "".join([ASCII_RAMP[a][b] for a, b in zip(upper, lower, strict=True)])
        for upper, lower in zip(halves[::2], halves[1::2], strict=True)
    ]


def _half_blocks(images: Images, index: int, columns: int, rows: int) -> Picture:
    """Every cell shows two pixels, one above the other."""
    native = (columns, rows * 2) == (images.width, images.height)
    pixels = _resized(images, index, columns, rows * 2, whole=native).convert("RGB")
    lines = [_colours(line.translate(_HALF_STEP)) for line in _lines(pixels)]
    return [
        [_half_block_span(above, below, sum(1 for _ in cells)) for (above, below), cells in groupby(zip(upper, lower, strict=True))]
        for upper, lower in zip(lines[::2], lines[1::2], strict=True)
    ]


def _half_block_span(above: Colour, below: Colour, width: int) -> ImageSpan:
    return ImageSpan(" " * width, None, below) if above == below else ImageSpan(UPPER_HALF * width, above, below)


def _braille(images: Images, index: int, columns: int, rows: int, *, inked: bool) -> Picture:
    """Dots are set where the image is bright; those of a colour image have the colour of their cell."""
    inked = inked and images.channels >= 3
    dots = _lines(_resized(images, index, columns * 2, rows * 4, grey=True))
    dots = [line.translate(_INVERTED) for line in dots] if inked else dots
    lines = [_braille_line(dots[row * 4 : row * 4 + 4], columns) for row in range(rows)]
    if images.channels < 3:
        return [[ImageSpan(line)] for line in lines]
    colours = [_colours(line) for line in _lines(_resized(images, index, columns, rows))]
    step = INK_STEP if inked else FULL_STEP
    return [_coloured(line, [_hue(colour, step) for colour in across]) for line, across in zip(lines, colours, strict=True)]


def _braille_line(dots: list[bytes], columns: int) -> str:
    """Four lines of dots as one line of characters. An empty cell is a space, which every font draws alike."""
    cells = [0] * columns
    for line, bits, thresholds in zip(dots, BRAILLE_DOTS, _THRESHOLDS, strict=True):
        for x, value in enumerate(line):
            if value >= thresholds[x & 3]:
                cells[x >> 1] |= bits[x & 1]
    return "".join([chr(BRAILLE + bits) if bits else " " for bits in cells])


def _hue(colour: Colour, step: int) -> Colour:
    """At one brightness, in four steps a channel: how bright it is, the number of dots says."""
    top = max(*colour, 1)
    red, green, blue = ((value * 3 + top // 2) // top * step for value in colour)
    return red, green, blue


def _coloured(characters: str, colours: list[Colour]) -> list[ImageSpan]:
    """Neighbours of one colour as one span; what is empty has none."""
    foregrounds = [None if character == " " else colour for character, colour in zip(characters, colours, strict=True)]
    return [
        ImageSpan("".join(character for character, _ in cells), foreground)
        for foreground, cells in groupby(zip(characters, foregrounds, strict=True), key=lambda cell: cell[1])
    ]


def _resized(images: Images, index: int, columns: int, rows: int, *, grey: bool = False, whole: bool = False) -> "Image":
    """One image in another size, without its margin unless `whole`: "RGB" of three channels and more, else "L".

    It is averaged, or its pixels are repeated.
    MNIST draws its digits into the central 20 x 20 of 28 x 28.
    """
    from PIL import Image  # 30 ms, which the first screen does without

    data, size, step = images.image(index), (images.width, images.height), images.channels
    if step >= 3:
        planes = [Image.frombytes("L", size, data[channel::step]) for channel in range(3)]
        image = Image.merge("RGB", planes).convert("L" if grey else "RGB")
    else:
        image = Image.frombytes("L", size, data[::step])
    if (*size, step) == (28, 28, 1) and not whole:
        image = image.crop((2, 2, 26, 26))
    smaller = columns < image.width or rows < image.height
    method = Image.Resampling.HAMMING if smaller else Image.Resampling.BOX
    return image.resize((columns, rows), method, reducing_gap=ENOUGH)


def _lines(image: "Image") -> list[bytes]:
    """Line by line, a byte each channel."""
    data, line = image.tobytes(), image.width * len(image.getbands())
    return [data[start : start + line] for start in range(0, len(data), line)]


def _colours(line: bytes) -> list[Colour]:
    return list(zip(line[::3], line[1::3], line[2::3], strict=True))


def why_missing(mode: ImageMode, glyphs: Glyphs, terminal: Terminal) -> str | None:
    """Why a mode is not to be had, as far as is known of the terminal; None: it is."""
    if mode is ImageMode.ASCII:
        return None
    if not glyphs.unicode:
        return "this terminal shows ASCII only"
    if mode is not ImageMode.BRAILLE and terminal.colours is Colours.NONE:
        return "it is made of colours, and there are none"
    return why_no_pixels(terminal) if mode is ImageMode.PIXELS else None


def why_no_pixels(terminal: Terminal) -> str | None:
    """Why a terminal does not show images themselves. What it has not said it cannot: where it could not, there would be empty boxes."""
    if not terminal.has_placeholders:
        said = f"this one is {terminal.called}" if terminal.name else "this one has not said what it is"
        return f"kitty from 0.28 on and Ghostty have it, {said}"
    return "it needs 256 colours" if terminal.colours is Colours.SIXTEEN else None


def nearest(mode: ImageMode, glyphs: Glyphs, terminal: Terminal) -> tuple[ImageMode, str | None]:
    """The mode, where it is to be had; else half blocks or ASCII, and why."""
    why = why_missing(mode, glyphs, terminal)
    if why is None:
        return mode, None
    return (ImageMode.HALF if why_missing(ImageMode.HALF, glyphs, terminal) is None else ImageMode.ASCII), why


def next_mode(mode: ImageMode, glyphs: Glyphs, terminal: Terminal) -> tuple[ImageMode, str]:
    """The next mode that is to be had, and what to say: its name, and why those in between were left out."""
    modes = list(ImageMode)
    skipped: list[str] = []
    while True:
        mode = modes[(modes.index(mode) + 1) % len(modes)]
        why = why_missing(mode, glyphs, terminal)
        if why is None:
            return mode, f"images: {MODE_NAMES[mode]}" + "".join(f" (no {reason})" for reason in skipped)
        if not skipped or not skipped[-1].endswith(why):
            skipped.append(f"{MODE_NAMES[mode]}: {why}")
