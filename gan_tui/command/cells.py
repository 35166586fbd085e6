"""A picture of many images, as torchvision's `save_image` writes it, cut into its images: where the padding is, is found."""

from typing import TYPE_CHECKING

from gan_tui.run.images import Images

if TYPE_CHECKING:
    from PIL.Image import Image

WIDEST = 8
"""Pixels of padding, at most."""
SMALLEST = 8
"""Pixels of a side of an image, at least."""
LARGEST_BYTES = 16 << 20
"""Of all images together; a larger picture is made smaller."""
LONGEST_SIDE = 1024
JPEG_NOISE = 48
"""By how much padding in a JPEG may differ from its colour."""


def cut(picture: "Image", *, exact: bool = True) -> Images:
    """The images in a picture; of one that is no grid, itself. `exact`: its padding has one colour, as in a PNG.

    (count, height, width, channels), uint8; grey where red, green and blue are the same.
    """
    picture = _plain(picture)
    found = _grid(picture, exact=exact)
    if found is None:
        picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        return Images(1, picture.height, picture.width, len(picture.getbands()), picture.tobytes())
    across, down, padding = found
    width, height = (picture.width - padding) // across - padding, (picture.height - padding) // down - padding
    background = picture.getpixel((0, 0))
    cells = []
    for index in range(across * down):
        left = padding + index % across * (width + padding)
        top = padding + index // across * (height + padding)
        cells.append(picture.crop((left, top, left + width, top + height)))
    while len(cells) > 1 and cells[-1].getcolors(1) == [(width * height, background)]:
        cells.pop()  # the rest of the last row
    channels = len(picture.getbands())
    del cells[max(1, LARGEST_BYTES // (width * height * channels)) :]
    return Images(len(cells), height, width, channels, b"".join(cell.tobytes() for cell in cells))


def _plain(picture: "Image") -> "Image":
    """Grey or RGB."""
    from PIL import ImageChops

    if picture.mode in ("I;16", "I"):  # of a PNG they are 16 bits, and Pillow would cut off what is above 255
        return picture.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if picture.mode in ("1", "L"):
        return picture.convert("L")
    picture = picture.convert("RGB")
    red, green, blue = picture.split()
    same = ImageChops.difference(red, green).getbbox() is None and ImageChops.difference(red, blue).getbbox() is None
    return red if same else picture


def _grid(picture: "Image", *, exact: bool) -> tuple[int, int, int] | None:
    """(images across, images down, pixels of padding) of a grid of two images and more; None where it is none.

    Of all grids whose padding has the corner's colour everywhere, the one with the most images: dark pictures have dark rows inside too.
    """
    from PIL import Image, ImageChops

    background = picture.getpixel((0, 0))
    difference = ImageChops.difference(picture, Image.new(picture.mode, picture.size, background))
    bands = difference.split()
    loudest = bands[0]
    for band in bands[1:]:
        loudest = ImageChops.lighter(loudest, band)
    noise = 0 if exact else JPEG_NOISE
    columns, rows = loudest.point([255 * (value > noise) for value in range(256)]).getprojection()
    if not any(columns):
        return None
    found: list[tuple[bool, int, int, int, int]] = []
    for padding in range(1, WIDEST + 1):
        across, down = _counts(columns, padding), _counts(rows, padding)
        for x in across:
            for y in down:
                square = (picture.width - padding) // x == (picture.height - padding) // y
                if x * y > 1:
                    found.append((square, x * y, padding == 2, x, padding))
    if not found:
        return None
    _, count, _, x, padding = max(found)
    return x, count // x, padding


def _counts(filled: list[int], padding: int) -> list[int]:
    """Into how many images this side can be cut, its padding being empty."""
    room = len(filled) - padding
    found = []
    for count in range(1, room // (SMALLEST + padding) + 1):
        each = room // count
        if room % count == 0 and not any(filled[k * each + n] for k in range(count + 1) for n in range(padding)):
            found.append(count)
    return found
