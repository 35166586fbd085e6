"""One picture that a person names, whatever its size and kind, as eight bits of red, green and blue. No torch in here.

What a folder's images go through (formats.py, pixels.py) it goes through as well; here every trouble is an error, for there is no other.
"""

import io
import warnings
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageOps, UnidentifiedImageError

from gan_tui import file_kinds
from gan_tui.data import formats, pixels
from gan_tui.errors import UserError, reason_of
from gan_tui.files import read_at_most
from gan_tui.printable import printable

LARGEST_FILE = 1 << 28
"""Bytes."""
LARGEST_PIXELS = 64_000_000
"""A file of some kilobytes can claim to be a picture of gigabytes."""
Size = tuple[int, int]
"""Width and height."""


class Picture(NamedTuple):
    """A picture that was read."""

    image: Image.Image
    """Mode RGB, upright."""
    notes: tuple[str, ...]
    """What was made of it that its owner may not expect, a line each."""


def read_picture(path: Path, smallest: int = 1) -> Picture:
    """Raises UserError: one line that says what is wrong with it, and what would help. `smallest`: pixels of its shorter side."""
    name = printable(str(path))
    try:
        content = read_at_most(path, LARGEST_FILE)
    except OSError as error:
        raise UserError(f"cannot read the picture {name}: {reason_of(error)}") from None
    except ValueError as error:
        raise UserError(f"cannot read the picture {name}: {error}") from None
    kind = file_kinds.kind_of(content[: file_kinds.HEAD])
    if kind not in formats.READABLE:
        what = "is empty" if not content else f"is of a kind that cannot be read, {kind}" if kind else _unknown(path)
        raise UserError(f"{name} {what}: PNG, JPEG, WebP, BMP, GIF and TIFF can be read")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Pillow, for what is said here in a line
            return _read(content, kind, name, smallest)
    except UserError:
        raise
    except (Image.DecompressionBombError, MemoryError):
        raise UserError(f"{name} has too many pixels: make it smaller first") from None
    except UnidentifiedImageError:
        raise UserError(f"{name} is damaged: it is torn, or a {kind} of a kind that Pillow does not know") from None
    except Exception as error:  # a hostile or broken file makes Pillow's decoders raise anything
        reason = printable(" ".join((str(error) or type(error).__name__).split()))[:120]
        raise UserError(f"{name} is damaged: {reason}") from None


def _unknown(path: Path) -> str:
    """What a file is of which nothing is known, as of one in a folder of images (image_file.py)."""
    return "is damaged (it is none of the known kinds)" if path.name.lower().endswith(formats.ENDINGS) else "is not a picture"


def _read(content: bytes, kind: str, name: str, smallest: int) -> Picture:
    notes: list[str] = []
    with Image.open(io.BytesIO(content), formats=[kind]) as image:
        if image.width * image.height > LARGEST_PIXELS:
            raise UserError(
                f"{name} has {image.width:,} x {image.height:,} pixels, more than {LARGEST_PIXELS // 10**6} million: make it smaller first"
            )
        if min(image.size) < smallest:
            raise UserError(f"{name} has {image.width} x {image.height} pixels: both sides need {smallest} at least")
        if getattr(image, "n_frames", 1) > 1 and kind != "JPEG":
            notes.append(f"{name} has several images: the first is taken")
        image.load()
        found: Image.Image = image
        turned = image.getexif().get(0x0112, 1)
        if depth := pixels.depth_of(image):
            ends = pixels.range_of(pixels.values_of(image))
            if ends is None:
                raise UserError(f"{name} has no finite value in it")
            found = pixels.to_eight_bits(image, pixels.choose_scale(depth, *ends))
            found.getexif()[0x0112] = turned
        if pixels.transparent(found) is not None:
            notes.append(f"{name} is transparent in places: white is laid under it")
        with suppress(Exception):  # damaged EXIF turns nothing
            found = ImageOps.exif_transpose(found)
        return Picture(pixels.flat(found, "white").convert("RGB"), tuple(notes))


def fitted(size: Size, longer: int) -> Size:
    """A size of the same shape whose longer side has so many pixels."""
    share = longer / max(size)
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))
