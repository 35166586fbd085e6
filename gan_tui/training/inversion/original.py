"""A picture to repair that has another size than G draws: a copy is kept, and in the end what G drew is pasted over what is covered."""

import io
from typing import NamedTuple

from PIL import Image
from torch import Tensor

from gan_tui.byte_paths import to_path
from gan_tui.config import InversionConfig
from gan_tui.data.single_picture import read_picture
from gan_tui.errors import UserError
from gan_tui.files import write_atomic
from gan_tui.inversion.views import Shape
from gan_tui.run.directory import RunDirectory
from gan_tui.training.grids import to_images
from gan_tui.training.inversion.sources import WHITE, middle


class Box(NamedTuple):
    """What G sees of a picture: its middle."""

    left: int
    top: int
    width: int
    height: int


def box_of(image: Image.Image, shape: Shape) -> Box:
    """The part that is scaled to G's size."""
    width, height = middle(image.size, shape[2] / shape[1])
    return Box((image.width - width) // 2, (image.height - height) // 2, width, height)


def keep(run: RunDirectory, settings: InversionConfig, shape: Shape) -> tuple[str, ...]:
    """Copy the one picture that is repaired, and its mask, where its size is not G's; what to say of that. Raises UserError and OSError."""
    said = settings.pictures
    path = to_path(said.files[0]) if len(said.files) == 1 else None
    if said.purpose != "repair" or path is None or path.is_dir():
        return ()
    image = read_picture(path).image
    if image.size == (shape[2], shape[1]):
        return ()
    box, covered = box_of(image, shape), _covered(settings, image, shape)
    write_atomic(run.original_mask, _png(covered))
    write_atomic(run.original, _png(image))
    across, down = box.width / shape[2], box.height / shape[1]
    notes = [
        f"what is covered is drawn over in the whole picture too ({run.whole.name}, -o): there G's pixels are {across:.3g} x {down:.3g}"
    ]
    outside = _white(covered) - _white(covered.crop((box.left, box.top, box.left + box.width, box.top + box.height)))
    if outside:
        notes.append(f"{outside / _white(covered):.0%} of what is covered lies outside of the middle that G sees, and stays as it is")
    return tuple(notes)


def _covered(settings: InversionConfig, image: Image.Image, shape: Shape) -> Image.Image:
    """Mode L, as large as the picture: 255 where it is covered."""
    _, height, width = shape
    box, covered = box_of(image, shape), Image.new("L", image.size)
    if settings.pictures.mask:
        mask = read_picture(to_path(settings.pictures.mask)).image.convert("L")
        if mask.size == image.size:
            covered.paste(mask)
        else:  # of G's size: what it says of the middle
            covered.paste(mask.resize((box.width, box.height), Image.Resampling.NEAREST), (box.left, box.top))
        covered = covered.point([255 * (value >= WHITE) for value in range(256)])
    for left, top, across, down in settings.pictures.holes:
        x, y = (
            (round(place * box.width / width) for place in (left, left + across)),
            (round(place * box.height / height) for place in (top, top + down)),
        )
        (x0, x1), (y0, y1) = x, y
        covered.paste(255, (box.left + x0, box.top + y0, box.left + x1, box.top + y1))
    return covered


def paste(run: RunDirectory, drawn: Tensor, shape: Shape) -> bool:
    """Write the kept picture with what G drew, (pixels,) in [0, 1], where it is covered; False where none was kept, or it is gone.

    Raises OSError.
    """
    try:
        image, covered = (read_picture(path).image for path in (run.original, run.original_mask))
    except UserError:
        return False
    box, found = box_of(image, shape), to_images(drawn.view(1, *shape).cpu())
    small = Image.frombytes("L" if shape[0] == 1 else "RGB", (shape[2], shape[1]), found.image(0)).convert("RGB")
    large = Image.new("RGB", image.size)
    large.paste(small.resize((box.width, box.height), Image.Resampling.BICUBIC), (box.left, box.top))
    seen = Image.new("L", image.size)
    seen.paste(255, (box.left, box.top, box.left + box.width, box.top + box.height))
    seen.paste(0, mask=covered.convert("L").point([255 * (value < WHITE) for value in range(256)]))
    image.paste(large, mask=seen)
    write_atomic(run.whole, _png(image))
    return True


def _white(mask: Image.Image) -> int:
    return mask.histogram()[255]


def _png(image: Image.Image) -> bytes:
    made = io.BytesIO()
    image.save(made, "PNG")
    return made.getvalue()
