"""One file of a folder of images: what it is, and its pixels."""

import os
from collections.abc import Mapping
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import IO, NamedTuple

import numpy
import torch
from PIL import Image, ImageOps, UnidentifiedImageError
from torch import Tensor

from gan_tui import file_kinds
from gan_tui.config import Fit
from gan_tui.data import formats, pixels
from gan_tui.errors import reason_of

LARGEST_PIXELS = 64_000_000
"""Of one image: a file of some kilobytes can claim to be a picture of gigabytes."""
HASHED_WHOLE = 1 << 26
"""Bytes of a file up to which all of them are in its digest; of a larger one the first, the middle and the last PIECE are."""
PIECE = 1 << 20
ORIENTATION = 0x0112
"""The number of the EXIF entry that says how the camera was held."""
MANY_FRAMES = ("GIF", "PNG", "WEBP", "TIFF", "AVIF")
"""Formats whose files may hold more than one image (a JPEG's second one is its own thumbnail, or another exposure)."""


class Drawing(NamedTuple):
    """How images are drawn."""

    size: int
    """Height and width."""
    channels: int
    """1 or 3."""
    fit: Fit = "crop"
    """How an image that is not square becomes so."""
    padding: str = "white"
    """With `pad`, what lies beside it: a name or #rrggbb."""
    scales: Mapping[str, pixels.Scale] = MappingProxyType({})
    """Of deep images, by their kind. One whose kind is not there waits until all are known."""
    background: str = ""
    """A name or #rrggbb; empty: an image with something transparent waits likewise."""


class Picture(NamedTuple):
    """An image that can be drawn."""

    image: Tensor | None
    """uint8 (channels, size, size); None where it waits for the rules that only all images together can give."""
    kind: str
    """As Pillow calls the format."""
    width: int
    height: int
    length: int
    """Bytes of the file."""
    digest: bytes
    frames: int = 1
    depth: str = ""
    """The kind of a deep image."""
    range: tuple[float, float] = (0.0, 0.0)
    """The smallest and the largest value of a deep image."""
    transparent: bool = False
    contrasts: tuple[float, float, float] | None = None
    """To each background, where it waits for one; None where nothing of it is visible."""


class LeftOut(NamedTuple):
    """A file that is not taken."""

    reason: str
    """The same for all of a kind."""
    detail: str = ""


def read_image(path: Path, drawing: Drawing) -> Picture | LeftOut:
    """One file, by its content and whatever it is called. Never raises for what a file may hold."""
    try:
        with open(path, "rb") as file:
            return read_open(file, os.fstat(file.fileno()).st_size, path.name.lower(), drawing)
    except OSError as error:
        return LeftOut(reason_of(error))


def read_open(file: IO[bytes], size: int, name: str, drawing: Drawing) -> Picture | LeftOut:
    """The same of an open file of `size` bytes, that can be sought in. `name`: in small letters. Raises OSError."""
    head = file.read(file_kinds.HEAD)
    kind = file_kinds.kind_of(head)
    if not head:
        return LeftOut("empty")
    if kind == "TIFF" and name.endswith(formats.RAW_ENDINGS):
        kind = "camera raw"
    if kind not in formats.READABLE:
        if kind:
            return LeftOut(f"of a kind that cannot be read, {kind}")
        return LeftOut("damaged", "it is none of the known kinds") if name.endswith(formats.ENDINGS) else LeftOut("no images")
    digest = _digest(file, size)
    file.seek(0)
    try:
        with Image.open(file, formats=[kind]) as image:
            if image.width * image.height > LARGEST_PIXELS:
                return LeftOut("too large", f"{image.width} x {image.height} pixels")
            picture = Picture(None, _format(image), image.width, image.height, size, digest, _frames(image, kind))
            image.draft("L" if drawing.channels == 1 else "RGB", (2 * drawing.size, 2 * drawing.size))  # a JPEG no larger than needed
            return _drawn(image, picture, drawing)
    except (Image.DecompressionBombError, MemoryError):
        return LeftOut("too large")
    except UnidentifiedImageError:
        return LeftOut("damaged", f"it is torn, or a {kind} of a kind that Pillow does not know")
    except Exception as error:  # a hostile or broken file makes Pillow's decoders raise anything
        if isinstance(error, OSError) and error.errno:
            return LeftOut(reason_of(error))
        return LeftOut("damaged", " ".join((str(error) or type(error).__name__).split()))


def _drawn(image: Image.Image, picture: Picture, drawing: Drawing) -> Picture | LeftOut:
    """The picture with its pixels, or with what must be known of it before it can have some."""
    image.load()  # a torn file says so once: asked again, Pillow gives what it has
    if depth := pixels.depth_of(image):
        if depth not in drawing.scales:
            ends = pixels.range_of(pixels.values_of(image))
            if ends is None:
                return LeftOut("without a finite value")
            return picture._replace(depth=depth, range=ends, transparent="transparency" in image.info)
        turned = image.getexif().get(ORIENTATION, 1)
        image = pixels.to_eight_bits(image, drawing.scales[depth])
        image.getexif()[ORIENTATION] = turned
        picture = picture._replace(depth=depth)
    coloured = pixels.transparent(image)
    if coloured is not None:
        picture = picture._replace(transparent=True)
        if not drawing.background:
            return picture._replace(contrasts=pixels.contrasts_of(coloured))
    upright = image
    with suppress(Exception):  # damaged EXIF turns nothing; what is wrong with the image itself comes up below
        upright = ImageOps.exif_transpose(image)
    square = _square(pixels.flat(upright, drawing.background or "white"), drawing)
    values = numpy.asarray(square.convert("L" if drawing.channels == 1 else "RGB"))
    shape = (drawing.size, drawing.size, drawing.channels)
    return picture._replace(image=torch.from_numpy(values.copy()).view(shape).permute(2, 0, 1).contiguous())


def _square(image: Image.Image, drawing: Drawing) -> Image.Image:
    size = (drawing.size, drawing.size)
    match drawing.fit:
        case "crop":
            return ImageOps.fit(image, size, Image.Resampling.LANCZOS)
        case "pad":
            return ImageOps.pad(image, size, Image.Resampling.LANCZOS, color=drawing.padding)
        case "stretch":
            return image.resize(size, Image.Resampling.LANCZOS)


def _format(image: Image.Image) -> str:
    return "JPEG" if image.format == "MPO" else image.format or ""


def _frames(image: Image.Image, kind: str) -> int:
    if kind not in MANY_FRAMES:
        return 1
    try:
        return max(1, int(getattr(image, "n_frames", 1)))
    except Exception:  # the first may be whole where a later one is not
        return 1
    finally:
        image.seek(0)


def _digest(file: IO[bytes], size: int) -> bytes:
    """Of the content; of a very large file, of its first, middle and last PIECE."""
    whole = blake2b(digest_size=16)
    file.seek(0)
    if size <= HASHED_WHOLE:
        while piece := file.read(PIECE):
            whole.update(piece)
    else:
        for place in (0, size // 2, size - PIECE):
            file.seek(place)
            whole.update(file.read(PIECE))
    return whole.digest()
