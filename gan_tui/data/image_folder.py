"""Any folder of images: `folder:PATH`."""

import os
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy
import torch
from PIL import Image, ImageOps
from torch import Tensor

from gan_tui.config import Data
from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
"""What Pillow may take a file for. It knows more, some of which start other programs (EPS: Ghostscript)."""
ENDINGS = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm", ".pgm")
LARGEST_PIXELS = 64_000_000
"""Of one image: a file of some kilobytes can claim to be a picture of gigabytes."""
LEAST_IMAGES = 60
"""So that six are held out, which is what density and coverage need."""
HELD_OUT = 10
"""One image in so many is never trained on."""
SEED = 10
THREADS = 4
"""Pillow decodes outside of Python's lock."""


def load(data: Data, path: str, size: int, channels: int) -> Dataset:
    """Every image below `path`, in the middle cut to a square and resized to `size` x `size`, with 1 (grey) or 3 channels.

    They are taken in the order of their paths, shuffled by a fixed seed; the first tenth is held out. What cannot be read is skipped and
    counted in `notes`. Hidden files and folders, links to folders, and files of other endings are passed over. Raises SettingsError.
    """
    root = Path(path)
    names = _image_files(root)
    _refuse_what_does_not_fit(root, len(names) * channels * size * size)
    with warnings.catch_warnings(), ThreadPoolExecutor(THREADS) as pool:
        warnings.simplefilter("ignore")  # what is wrong with a file is counted below
        read = list(pool.map(lambda name: read_image(root / name, size, channels), names))
    images = [image for image in read if isinstance(image, Tensor)]
    reasons = [f"{name}: {reason}" for name, reason in zip(names, read, strict=True) if isinstance(reason, str)]
    note = _note(root, reasons)
    if len(images) < LEAST_IMAGES:
        there = "no images" if not images else f"only {len(images)} image{'s' * (len(images) != 1)}"
        raise SettingsError(
            f"there are {there} below {root} that can be read, and {LEAST_IMAGES} are the least{'; ' + note if note else ''}"
        )
    order = torch.randperm(len(images), generator=torch.Generator().manual_seed(SEED))
    stacked = torch.stack(images)[order]
    held_out = len(images) // HELD_OUT
    return Dataset(data.dataset, stacked[held_out:], stacked[:held_out], notes=(note,) if note else ())


def _image_files(root: Path) -> list[str]:
    """Their paths below `root`, sorted. Raises SettingsError where there is no such folder."""
    if not root.is_dir():
        raise SettingsError(f"there is no folder {root}: put it back, or begin a run with another, --dataset folder:PATH")
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(folder, name) for name in names if name.lower().endswith(ENDINGS) and not name.startswith(".")]
        found += [str(path.relative_to(root)) for path in paths if path.is_file()]
    return sorted(found)


def _refuse_what_does_not_fit(root: Path, size: int) -> None:
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if size > there / 2:
        raise SettingsError(
            f"the images below {root} need {size / 1e9:.0f} GB of memory, half of the {there / 1e9:.0f} at most: take a part of them"
        )


def _note(root: Path, reasons: Sequence[str]) -> str:
    if not reasons:
        return ""
    count = f"{len(reasons)} file{'s' * (len(reasons) != 1)} below {root} cannot be read as images"
    first = "".join(sign if sign.isprintable() else "?" for sign in reasons[0])
    return f"{count}, the first {first[:160]}"


def read_image(path: Path, size: int, channels: int) -> Tensor | str:
    """One image, uint8 (channels, size, size); the reason, in a few words, where it cannot be read."""
    try:
        with Image.open(path, formats=FORMATS) as image:
            if image.width * image.height > LARGEST_PIXELS:
                return f"{image.width} x {image.height} pixels are too many"
            image.draft("L" if channels == 1 else "RGB", (2 * size, 2 * size))  # a JPEG is decoded no larger than needed
            upright = ImageOps.exif_transpose(image)
            square = ImageOps.fit(_flat(upright), (size, size), Image.Resampling.LANCZOS)
            pixels = numpy.asarray(square.convert("L" if channels == 1 else "RGB"))
    except Image.DecompressionBombError:
        return "too many pixels"
    except Exception as error:  # a hostile or broken file makes Pillow's decoders raise anything
        return " ".join((str(error) or type(error).__name__).split())[:80]
    return torch.from_numpy(pixels.copy()).view(size, size, channels).permute(2, 0, 1).contiguous()


def _flat(image: Image.Image) -> Image.Image:
    """Eight bits a channel, and white where it is transparent."""
    if image.mode.startswith("I"):  # sixteen bits, of which Pillow's own conversion would clip the upper half
        return Image.fromarray((numpy.asarray(image).astype(numpy.int64).clip(0, 65535) // 257).astype(numpy.uint8))
    if image.has_transparency_data:
        coloured = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", coloured.size, "white"), coloured).convert("RGB")
    return image.convert("L") if image.mode in ("1", "L") else image.convert("RGB")
