"""What a search is about: pictures from files or held-out images, fitted to the generator, and what is hidden of them."""

import math
from pathlib import Path
from typing import NamedTuple

import torch
from PIL import Image, ImageChops
from torch import Tensor
from torch.nn import functional

from gan_tui.byte_paths import to_path
from gan_tui.config import InversionConfig
from gan_tui.config.inversion import MOST_PICTURES
from gan_tui.data.dataset import Dataset
from gan_tui.data.single_picture import Picture, Size, read_picture
from gan_tui.errors import SettingsError, UserError, reason_of
from gan_tui.inversion.views import Masked, Shape, Small, View, Whole
from gan_tui.pixel_range import from_bytes, to_unit
from gan_tui.printable import printable
from gan_tui.run.images import Images, read_npy

SMALLEST_SHARE = 4
"""A picture whose side is so many times smaller than the generator's is not enlarged: hardly anything of it is known."""
WHITE = 128
"""Of a mask: from here on a pixel is hidden."""
LITTLE = 0.05
"""Share of the pixels up to which a hole leaves hardly anything to go by."""
FAINT = 0.3
"""Mean brightness of pictures that are light on dark; of dark on light ones it is 1 less that."""
HOLE = 0.5
"""How bright a hole is shown."""
TINGE = 16
"""Differences of red, green and blue up to this are what JPEG makes of grey."""
SAID = 3
"""Files that are left out and named."""
HEADER = 1 << 10
"""Bytes that a .npy file has before its pixels, and more."""


class Targets(NamedTuple):
    """The pictures that are looked for."""

    pictures: Tensor
    """uint8 (N, C, H, W): whole ones in the generator's size, or small ones."""
    names: tuple[str, ...]
    sizes: frozenset[Size]
    """(width, height) as they came."""
    notes: tuple[str, ...] = ()


def held_out(data: Dataset, count: int, seed: int) -> tuple[Targets, Tensor]:
    """`count` images that were not learned from, drawn by a seed, and their places among these."""
    there, (_, height, width) = len(data.test), data.shape
    order = torch.randperm(there, generator=torch.Generator().manual_seed(seed))[:count]
    notes = (f"there are {there:,} held-out images of {data.name}: all are taken",) if count > there else ()
    return Targets(data.test[order], tuple(f"held-out {index}" for index in order.tolist()), frozenset({(width, height)}), notes), order


def read_saved(path: Path, shape: Shape) -> Images | None:
    """The copies of as many pictures as a search takes, none larger than `shape`; None where there is no such file."""
    return read_npy(path, MOST_PICTURES * math.prod(shape) + HEADER)


def read_files(settings: InversionConfig, shape: Shape) -> Targets:
    """The pictures that were named, and those in the folders that were. Raises SettingsError."""
    pictures: list[Tensor] = []
    names: list[str] = []
    notes: list[str] = []
    left_out: list[str] = []
    sizes: set[Size] = set()
    for said in settings.pictures.files:
        path = to_path(said)
        for one in _listed(path):
            try:
                read = read_picture(one)
                sizes.add(read.image.size)
                pictures.append(_fitted(read, one.name, settings, shape, notes))
            except UserError as error:
                if not path.is_dir():
                    raise SettingsError(str(error)) from None
                left_out.append(str(error))
                continue
            names.append(printable(one.name))
            notes += read.notes
            if len(pictures) > MOST_PICTURES:
                raise SettingsError(f"there are more than {MOST_PICTURES:,} pictures: take a part of them")
    notes += [*left_out[:SAID], *([f"{len(left_out) - SAID} more files are left out"] if len(left_out) > SAID else [])]
    if not pictures:
        why = left_out[0] if left_out else f"{printable(settings.pictures.files[0])} is empty"
        raise SettingsError(f"there is no picture to {settings.pictures.purpose}: {why}")
    if len({picture.shape for picture in pictures}) > 1:
        raise SettingsError("the small pictures are of different sizes: sharpen them one size at a time")
    return Targets(torch.stack(pictures), tuple(names), frozenset(sizes), tuple(notes))


def _listed(path: Path) -> list[Path]:
    """A file, or the files of a folder in the order of their names. Raises SettingsError."""
    if not path.is_dir():
        return [path]
    try:
        files = sorted(one for one in path.iterdir() if one.is_file() and not one.name.startswith("."))
    except OSError as error:
        raise SettingsError(f"cannot read the folder {printable(str(path))}: {reason_of(error)}") from None
    if len(files) > MOST_PICTURES:
        raise SettingsError(f"{printable(str(path))} has {len(files):,} files, more than {MOST_PICTURES:,}: take a part of it")
    return files


def _fitted(read: Picture, name: str, settings: InversionConfig, shape: Shape, notes: list[str]) -> Tensor:
    """uint8 (C, H, W): in the generator's size, or small. What was done to it goes into `notes`. Raises SettingsError."""
    channels, height, width = shape
    image, name = read.image, printable(name)
    if channels == 1:
        if _is_coloured(image):
            notes.append(f"{name} is in colour, and G draws grey: its brightness is taken")
        image = image.convert("L")
    if settings.pictures.purpose == "sharpen" and image.size != (width, height):
        return _pixels(_checked_small(image, name, settings.pictures.factor, shape))
    if image.size == (width, height):
        return _pixels(image)
    if image.width * SMALLEST_SHARE < width or image.height * SMALLEST_SHARE < height:
        raise SettingsError(
            f"{name} has {image.width} x {image.height} pixels, too few for a generator of {width} x {height}: "
            "`gan-tui sharpen` takes small ones"
        )
    cut = _middle(image, width / height)
    notes.append(
        f"{name} has {image.width} x {image.height} pixels and G draws {width} x {height}: "
        f"{'it' if cut.size == image.size else f'its middle, {cut.width} x {cut.height},'} is scaled to that"
    )
    return _pixels(cut.resize((width, height), Image.Resampling.BICUBIC, reducing_gap=4.0))


def _is_coloured(image: Image.Image) -> bool:
    red, green, blue = image.split()
    return any(max(ImageChops.difference(one, green).tobytes()) > TINGE for one in (red, blue))


def _checked_small(image: Image.Image, name: str, factor: int, shape: Shape) -> Image.Image:
    _, height, width = shape
    fits = [one for one in range(2, min(height, width) // 2 + 1) if height % one == 0 and width % one == 0]
    found = [one for one in fits if image.size == (width // one, height // one)]
    if not found or factor not in (0, *found):
        sizes = ", ".join(f"{width // one} x {height // one}" for one in fits)
        asked = f", and --factor {factor} was said" if found else ""
        raise SettingsError(
            f"{name} has {image.width} x {image.height} pixels{asked}: a generator of {width} x {height} sharpens pictures of {sizes}, "
            "or makes a small version of one of its own size with --factor"
        )
    return image


def middle(size: Size, ratio: float) -> Size:
    """Of the largest part in the middle of that width over height."""
    width, height = size
    return max(1, min(width, round(height * ratio))), max(1, min(height, round(width / ratio)))


def _middle(image: Image.Image, ratio: float) -> Image.Image:
    width, height = middle(image.size, ratio)
    left, top = (image.width - width) // 2, (image.height - height) // 2
    return image.crop((left, top, left + width, top + height))


def _pixels(image: Image.Image) -> Tensor:
    return from_bytes(image.tobytes(), image.height, image.width, len(image.getbands()))[0]


def hole_of(settings: InversionConfig, shape: Shape, sizes: frozenset[Size]) -> Tensor:
    """bool (H, W): what a mask and rectangles cover of pictures that came in these sizes. Raises SettingsError."""
    _, height, width = shape
    hole = torch.zeros(height, width, dtype=torch.bool)
    for left, top, across, down in settings.pictures.holes:
        if not across or not down or left + across > width or top + down > height:
            raise SettingsError(
                f"the hole {left},{top},{across},{down} (left, top, width, height) is not inside of the {width} x {height} pixels "
                "that G draws"
            )
        hole[top : top + down, left : left + across] = True
    if settings.pictures.mask:
        hole |= _mask(to_path(settings.pictures.mask), shape, sizes)
    if hole.all():
        raise SettingsError("the mask covers everything, and nothing is left to go by: `gan-tui sample` draws without")
    if not hole.any():
        seen = "white is what is missing; of a picture that is not square G sees the middle"
        raise SettingsError(f"the mask covers nothing that G sees ({seen}): `gan-tui project` looks for a whole picture")
    return hole


def hole_notes(hole: Tensor) -> tuple[str, ...]:
    """What to say of a hole, bool (H, W), that leaves hardly anything."""
    seen = int((~hole).sum())
    if seen > LITTLE * hole.numel():
        return ()
    return (f"of {hole.numel():,} pixels {seen:,} {'is' if seen == 1 else 'are'} seen: what G draws there is hardly more than a sample",)


def inverted_notes(targets: Targets, images: Tensor) -> tuple[str, ...]:
    """Which of the pictures are light where grey training images, uint8 (M, 1, H, W), are dark, or the other way round."""
    usual = images.float().mean().item() / 255
    dark = usual < FAINT
    if images.shape[1] != 1 or not (dark or usual > 1 - FAINT):
        return ()
    shades = (targets.pictures.float().mean((1, 2, 3)) / 255).tolist()
    found = [name for name, shade in zip(targets.names, shades, strict=True) if (shade > 1 - FAINT if dark else shade < FAINT)]
    if not found:
        return ()
    names = ", ".join(found[:SAID]) + (f" and {len(found) - SAID} more" if len(found) > SAID else "")
    ground, ink = ("white", "black") if dark else ("black", "white")
    return (f"{names}: inverted? G draws {ground} on {ink}, and this is {ink} on {ground}: invert it first",)


def _mask(path: Path, shape: Shape, sizes: frozenset[Size]) -> Tensor:
    """A mask goes through what the picture went through, so it must have its size."""
    _, height, width = shape
    try:
        image = read_picture(path).image.convert("L")
    except UserError as error:
        raise SettingsError(str(error)) from None
    if image.size not in ((width, height), *(sizes if len(sizes) == 1 else ())):
        theirs = " or ".join(f"{across} x {down}" for across, down in dict.fromkeys([*(sizes if len(sizes) == 1 else ()), (width, height)]))
        raise SettingsError(f"the mask has {image.width} x {image.height} pixels: it needs the size of the picture, {theirs}")
    image = _middle(image, width / height)
    if image.size != (width, height):
        image = image.resize((width, height), Image.Resampling.BOX, reducing_gap=4.0)
    return _pixels(image)[0] >= WHITE


def view_of(settings: InversionConfig, shape: Shape, targets: Tensor, hole: Tensor | None) -> tuple[View, Tensor, Tensor | None]:
    """What is seen of uint8 (N, C, H, W): the view, what it shows of each, float (N, values), and where it is known the truth, (N, pixels).

    Raises SettingsError.
    """
    pictures = to_unit(targets.flatten(1))
    whole = tuple(targets.shape[1:]) == shape
    if hole is not None:
        masked = Masked(hole, shape)
        return masked, masked.see(pictures), pictures
    if settings.pictures.purpose != "sharpen":
        return Whole(shape), pictures, pictures
    if not whole:
        return Small(shape[1] // targets.shape[2], shape), pictures, None
    if not settings.pictures.factor:
        raise SettingsError(
            f"the picture is as large as G draws, {shape[2]} x {shape[1]}: say with --factor how much smaller it shall be taken"
        )
    try:
        small = Small(settings.pictures.factor, shape)
    except ValueError as error:
        raise SettingsError(f"--factor {settings.pictures.factor}: {error}") from None
    return small, small.see(pictures), pictures


def shown_as(view: View, seen: Tensor, shape: Shape) -> Tensor:
    """What is seen, as a picture in the generator's size, (N, pixels): a hole is grey, a small picture has large pixels."""
    if isinstance(view, Small):
        factor = (shape[1] * shape[2] * shape[0] // seen.shape[1]) ** 0.5
        small = seen.view(-1, shape[0], round(shape[1] / factor), round(shape[2] / factor))
        return functional.interpolate(small, shape[1:], mode="nearest").flatten(1)
    if isinstance(view, Masked):
        return view.put(seen, torch.full((len(seen), len(view.hidden)), HOLE))
    return seen
