"""The frames of a film: pictures with what is written below them."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from PIL import Image, ImageDraw, ImageFont

from gan_tui.spec import transfer

BACKGROUND, TEXT = (16, 18, 24), (222, 226, 236)
LINE = 0.045
"""Height of a letter, as a share of the picture's longer side."""
SMALLEST_LETTER, LARGEST_LETTER = 11, 28
HOLD_SECONDS, HOLD_SHARE = 1.5, 0.25
"""For which the last picture stands, so that a film which begins anew is seen to; of a short film, a share of it."""
FASTEST = 25.0
"""Frames a second; browsers slow down what is much faster."""

MOST_PIXELS = 100_000_000
"""Of all frames of a film together: what is kept of them until the file is written."""
MOST_FRAMES = transfer.MOST_FRAMES

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture of a film."""

    picture: Image.Image
    caption: str
    seconds: float


def evenly(items: Sequence[T], most: int) -> list[T]:
    """At most `most` of them at equal distances, the first and the last always among them."""
    if len(items) <= most:
        return list(items)
    if most == 1:
        return [items[-1]]
    return [items[round(place * (len(items) - 1) / (most - 1))] for place in range(most)]


def affordable(count: float, longer: int) -> int:
    """At most so many frames of this size, two at least."""
    return max(2, int(min(MOST_FRAMES, count, MOST_PIXELS / longer**2)))


def durations(count: int, seconds: float) -> list[float]:
    """How long each of `count` frames stands in a film of `seconds`, the last no shorter than the others."""
    last = max(seconds / count, min(HOLD_SECONDS, seconds * HOLD_SHARE))
    return [(seconds - last) / max(1, count - 1)] * (count - 1) + [last]


def scaled(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """RGB of `size`. Small pictures keep their pixels sharp: digits are looked at as what they are."""
    picture = picture.convert("RGB")
    if picture.size == size:
        return picture
    enlarged = size[0] >= 2 * picture.width and max(picture.size) < 512
    return picture.resize(size, Image.Resampling.NEAREST if enlarged else Image.Resampling.LANCZOS)


def size_for(picture: Image.Image, longer: int) -> tuple[int, int]:
    """Width and height in which its longer side has about `longer` pixels; of one that is enlarged a whole multiple."""
    factor = longer / max(picture.size)
    if factor >= 2:
        factor = int(factor)
    return max(1, round(picture.width * factor)), max(1, round(picture.height * factor))


def captioned(frame: Frame) -> Image.Image:
    """The picture with its caption below, both sides even: films want that."""
    picture = frame.picture
    letter = max(SMALLEST_LETTER, min(LARGEST_LETTER, round(LINE * max(picture.size))))
    band = 2 * letter if frame.caption else 0
    width, height = picture.width + picture.width % 2, picture.height + band
    canvas = Image.new("RGB", (width, height + height % 2), BACKGROUND)
    canvas.paste(picture, (0, 0))
    if frame.caption:
        write(canvas, (letter // 2, picture.height + band // 2), frame.caption, letter, "lm")
    return canvas


def write(canvas: Image.Image, place: tuple[int, int], text: str, letter: int, anchor: str) -> None:
    """Text whose letters are made smaller until it fits."""
    font = _font(letter)
    room = canvas.width - (2 * place[0] if anchor == "lm" else 0)
    while letter > SMALLEST_LETTER - 3 and font.getlength(text) > room:
        letter -= 1
        font = _font(letter)
    ImageDraw.Draw(canvas).text(place, text, TEXT, font, anchor)


def width_of(text: str, letter: int) -> int:
    """Pixels of a line of text."""
    return math.ceil(_font(letter).getlength(text))


def strip(columns: Sequence[tuple[Sequence[Image.Image], str]], side: int) -> Image.Image:
    """One picture of several moments: in each column the images of one moment below each other, and its caption on top.

    `side`: pixels of the longer side of an image. Every column has as many images.
    """
    gap = max(2, side // 14)
    width, height = size_for(columns[0][0][0], side)
    letter = max(SMALLEST_LETTER, min(LARGEST_LETTER, side // 6))
    rows = len(columns[0][0])
    canvas = Image.new("RGB", (gap + len(columns) * (width + gap), 2 * letter + rows * (height + gap)), BACKGROUND)
    for column, (images, caption) in enumerate(columns):
        left = gap + column * (width + gap)
        title = Image.new("RGB", (width, 2 * letter), BACKGROUND)
        write(title, (width // 2, letter), caption, letter, "mm")
        canvas.paste(title, (left, 0))
        for row, image in enumerate(images):
            canvas.paste(scaled(image, (width, height)), (left, 2 * letter + row * (height + gap)))
    return canvas


def cells(grid: Image.Image, shape: tuple[int, int], gap: int) -> Iterator[Image.Image]:
    """The images, each of `shape` (width, height), of a grid with `gap` pixels around each, row by row."""
    width, height = shape
    for top in range(gap, grid.height - height + 1, height + gap):
        for left in range(gap, grid.width - width + 1, width + gap):
            yield grid.crop((left, top, left + width, top + height))


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
