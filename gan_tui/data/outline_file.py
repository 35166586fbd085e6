"""An outline that a person gives as a file: which of it is line, and how it comes to the size of a run. No torch in here."""

from pathlib import Path
from typing import Literal, NamedTuple

from PIL import Image

from gan_tui.data.single_picture import fitted, read_picture
from gan_tui.errors import UserError
from gan_tui.printable import printable

Lines = Literal["auto", "dark", "light"]
"""Which of a picture is line: the dark of it, the light of it, or what the ground along its border is not."""
SMALLEST = 8
"""Pixels of a side, at least."""
FAINTEST = 32
"""Grey levels between line and ground, at least."""
SHARE = 0.4
"""Of the usual ink, from which on a pixel of the small picture is line: a thin line falls onto two pixels."""
PALE = 6
"""Grey levels of ink that do not count."""
MOST = 0.6
"""Share of all pixels that lines may have: beyond, it is no outline."""


SHADE, SHADED = 0.2, 0.25
"""A picture in which so large a share is neither near black nor near white, by so much, is no drawing."""


class OutlineFile(NamedTuple):
    """What was read."""

    outline: bytes
    """uint8 (height * width): 255 where there is a line, else 0."""
    notes: tuple[str, ...]
    """What was made of the file, a line each."""


def read_outline(path: Path, height: int, width: int, lines: Lines = "auto") -> OutlineFile:
    """The outline in a picture file, in the size (height, width): as a whole, its shape kept, in the middle.

    Raises UserError: one line that says what is wrong with the file.
    """
    name = printable(str(path))
    picture = read_picture(path, SMALLEST)
    grey = picture.image.convert("L")
    dark = _ground(grey) > 127 if lines == "auto" else lines == "dark"
    ink = Image.eval(grey, lambda value: 255 - value) if dark else grey
    low, high = (float(end) for end in ink.getextrema())  # type: ignore[arg-type]
    if high - low < FAINTEST:
        raise UserError(f"{name} has no lines: everywhere it is of about the same brightness")
    small = _resized(ink.point([round(min(255.0, max(0.0, (value - low) * 255 / (high - low)))) for value in range(256)]), height, width)
    usual = _usual(small)
    outline = small.point([255 if value >= SHARE * usual else 0 for value in range(256)]).tobytes()
    if outline.count(255) > MOST * len(outline):
        other = "--lines light" if dark else "--lines dark"
        raise UserError(
            f"{name} is mostly lines, which is no outline: say {other} if they are the rest, or --trace for a picture's own outline"
        )
    said = f"{name}: {'dark' if dark else 'light'} lines{' (as it seems: --lines says otherwise)' if lines == 'auto' else ''}"
    size = "" if grey.size == (width, height) else f", {grey.width} x {grey.height} pixels made {width} x {height}"
    notes = (*picture.notes, said + size)
    between = sum(ink.histogram()[round(low + SHADE * (high - low)) : round(high - SHADE * (high - low))])
    if between > SHADED * ink.width * ink.height:
        notes += (f"{name} looks like a photograph, which has no lines of its own: --trace takes its outline",)
    return OutlineFile(outline, notes)


def read_to_trace(path: Path, height: int, width: int, channels: int) -> tuple[bytes, tuple[str, ...]]:
    """The pixels, uint8 (height, width, channels), of a picture whose outline is to be taken, and notes. Raises UserError."""
    picture = read_picture(path, SMALLEST)
    share = max(width / picture.image.width, height / picture.image.height)
    size = max(width, round(picture.image.width * share)), max(height, round(picture.image.height * share))
    resized = picture.image.resize(size, Image.Resampling.LANCZOS, reducing_gap=4.0)
    left, top = (size[0] - width) // 2, (size[1] - height) // 2
    cut = resized.crop((left, top, left + width, top + height))
    return cut.convert("L" if channels == 1 else "RGB").tobytes(), picture.notes


def _usual(ink: Image.Image) -> int:
    """Of the pixels with ink the upper quartile: where lines meet there is more of it."""
    levels = sorted(value for value in ink.tobytes() if value > PALE)
    return levels[len(levels) * 3 // 4] if levels else 255


def _ground(grey: Image.Image) -> int:
    """The middle brightness along the border."""
    width, height = grey.size
    border = sorted(
        grey.crop((0, 0, width, 1)).tobytes()
        + grey.crop((0, height - 1, width, height)).tobytes()
        + grey.crop((0, 0, 1, height)).tobytes()
        + grey.crop((width - 1, 0, width, height)).tobytes()
    )
    return border[len(border) // 2]


def _resized(ink: Image.Image, height: int, width: int) -> Image.Image:
    """Into the middle of (width, height), of the same shape, the rest without ink."""
    if ink.size == (width, height):
        return ink
    size = fitted(ink.size, width if ink.width * height >= ink.height * width else max(1, round(height * max(ink.size) / ink.height)))
    size = min(size[0], width), min(size[1], height)
    method = Image.Resampling.BOX if max(ink.size) > max(size) else Image.Resampling.NEAREST
    whole = Image.new("L", (width, height))
    whole.paste(ink.resize(size, method), ((width - size[0]) // 2, (height - size[1]) // 2))
    return whole
