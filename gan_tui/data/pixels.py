"""From whatever Pillow opens to eight bits a channel: one rule for the scale, and one for what is transparent.

The scale. Eight bits are taken as they are: 0 is black, 255 white. Deeper images (16-bit, 32-bit and float) do not say which
value is white, so it is read off the values of *all* images of that kind in the folder, never of one image alone: a dark image among
bright ones stays dark. `choose_scale` is the rule; what it came to is said in a note.

The background. `data.background` is laid under what is transparent. `auto` is white, or black where white would swallow what
is to be seen (white icons), or grey where either of them would.
"""

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy
from PIL import Image, ImageCms, ImageColor

DEEP = {"F": "float", "I": "32-bit", "I;16": "16-bit", "I;16B": "16-bit", "I;16L": "16-bit", "I;16N": "16-bit"}
"""Modes of Pillow that have more than eight bits a pixel."""
OVERSHOOT = 0.1
"""Share of the range by which filters overshoot it: so far, 0 to 1 is still 0 to 1, and what is beyond is clipped."""
TOPS = (1, 255, 4095, 65_535, 2**31 - 1, 2**32 - 1)
"""What white may be, as numbers are stored: floats, or bits 0 and 1; 8, 12, 16 bits; 31 and 32 bits, of integers only."""
REACHED = 0.25
"""Share of such a white that some value must reach: else the numbers are of another kind, metres or counts."""
CONTRAST = 32
"""Grey levels by which the visible part of an image must differ from its background on the average, or it has vanished."""
COMPARED = 256
"""Pixels on the longer side of an image whose contrast is taken."""
ROWS = 256
"""Converted at a time."""
FEW = 0.01
"""Share of the images that may vanish before another background is taken."""
BACKGROUNDS = {"white": 255, "black": 0, "grey": 128}
"""In the order in which `auto` tries them."""


class Scale(NamedTuple):
    """Which values are black and white."""

    black: float
    white: float


def depth_of(image: Image.Image) -> str:
    """Of an image with more than eight bits, its kind: images of one kind share a scale. Empty of any other."""
    return f"{DEEP[image.mode]} {image.format}" if image.mode in DEEP else ""


def values_of(image: Image.Image) -> "numpy.typing.NDArray[Any]":
    """The numbers in a deep image, (H, W), in the type they have; what is no number stays NaN or infinite."""
    found = numpy.asarray(image)
    # Pillow has no unsigned 32 bits: what the file calls so comes as if it were signed.
    return found.view(numpy.uint32) if image.mode == "I" and image.format == "TIFF" and _unsigned(image) else found


def _unsigned(image: Image.Image) -> bool:
    tags = getattr(image, "tag_v2", {})
    return tuple(tags.get(339, (1,)))[:1] == (1,) and tuple(tags.get(258, ()))[:1] == (32,)


def range_of(values: "numpy.typing.NDArray[Any]") -> tuple[float, float] | None:
    """The smallest and the largest finite number; None where there is none."""
    finite = values[numpy.isfinite(values)] if values.dtype.kind == "f" else values
    return (float(finite.min()), float(finite.max())) if finite.size else None


def choose_scale(depth: str, low: float, high: float) -> Scale:
    """What is black and white among deep images whose values reach from `low` to `high`.

    Without negative values (but for an overshoot) 0 is black, and white is the smallest of TOPS that is not exceeded, where REACHED
    of it is reached. Floats from -1 to 1 are black to white. Whatever else there is reaches from black at `low` to white at `high`.
    Of the PGM format, whose header says what is white, Pillow gives 0 to 65,535.
    """
    if depth == "32-bit PPM":
        return Scale(0, 65_535)
    overshoot = OVERSHOOT if depth.startswith("float") else 0.0
    top = next((top for top in (TOPS[:4] if overshoot else TOPS) if high <= top * (1 + overshoot)), math.inf)
    if low >= -overshoot * max(high, 0) and high >= REACHED * top:
        return Scale(0, top)
    if overshoot and -1 - overshoot <= low <= -REACHED and high <= 1 + overshoot:
        return Scale(-1, 1)
    if low < high:
        return Scale(low, high)
    return Scale(0, high or 1) if high >= 0 else Scale(low, low + 1)


def to_eight_bits(image: Image.Image, scale: Scale) -> Image.Image:
    """A deep image in grey, mode L: rounded, and clipped where it goes beyond. NaN is black."""
    values = values_of(image)
    grey = numpy.empty(values.shape, numpy.uint8)
    for start in range(0, len(values), ROWS):  # float64 of a whole image may be half a gigabyte
        rows = values[start : start + ROWS].astype(numpy.float64)
        shares = (rows.clip(scale.black, scale.white) - scale.black) / (scale.white - scale.black)
        grey[start : start + ROWS] = numpy.nan_to_num(shares) * 255 + 0.5
    drawn = Image.fromarray(grey)
    if isinstance(key := image.info.get("transparency"), int):
        drawn.putalpha(Image.fromarray(numpy.where(values == key, 0, 255).astype(numpy.uint8)))
    return drawn


def transparent(image: Image.Image) -> Image.Image | None:
    """The image as RGBA where anything of it can be seen through; else None."""
    if not image.has_transparency_data:
        return None
    coloured = image.convert("RGBA")
    lowest, _ = coloured.getchannel("A").getextrema()
    return coloured if isinstance(lowest, int | float) and lowest < 255 else None


def contrasts_of(image: Image.Image) -> "tuple[float, float, float] | None":
    """How much the visible part of an RGBA image differs from each of BACKGROUNDS, in grey levels; None where nothing is visible."""
    small = image.copy()
    small.thumbnail((COMPARED, COMPARED))
    alpha = numpy.asarray(small.getchannel("A"), dtype=numpy.float64)
    if not alpha.any():
        return None
    grey = numpy.asarray(small.convert("RGB").convert("L"), dtype=numpy.float64)
    white, black, middle = (float((abs(grey - level) * alpha).sum() / alpha.sum()) for level in BACKGROUNDS.values())
    return white, black, middle


def choose_background(contrasts: Iterable[tuple[float, float, float]]) -> tuple[str, int]:
    """The first of BACKGROUNDS on which (almost) no image vanishes, else the one with the fewest; and how many do on it."""
    known = list(contrasts)
    vanished = {name: sum(each[index] < CONTRAST for each in known) for index, name in enumerate(BACKGROUNDS)}
    good = next((name for name, count in vanished.items() if count <= FEW * len(known)), min(vanished, key=lambda name: vanished[name]))
    return good, vanished[good]


def flat(image: Image.Image, background: str) -> Image.Image:
    """Eight bits a channel, L or RGB, on `background`: a name or #rrggbb."""
    coloured = transparent(image)
    if coloured is not None:
        level = BACKGROUNDS.get(background)
        colour = ImageColor.getrgb(background) if level is None else (level, level, level)
        return Image.alpha_composite(Image.new("RGBA", coloured.size, (*colour[:3], 255)), coloured).convert("RGB")
    if image.mode == "LAB":  # Pillow's own conversion does not know it
        return ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), ImageCms.createProfile("sRGB"), outputMode="RGB") or image
    return image.convert("L") if image.mode in ("1", "L", "LA", "La") else image.convert("RGB")
