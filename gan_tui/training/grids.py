"""Images as one picture, as a PNG, as bytes for the screen."""

import io
import math
from collections.abc import Mapping
from types import MappingProxyType

import torch
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from torch import Tensor

from gan_tui.pixel_range import to_uint8, to_unit
from gan_tui.run.images import GAP, Images

LEVEL = 3
"""Of zlib: its default of 6 makes files that are at most a tenth smaller, in twice the time. A grid is made between two steps."""


def grid_image(images: Tensor, columns: int) -> Image.Image:
    """Images (N, C, H, W) in [0, 1] as one picture, RGB or grey as they are, `columns` in a row."""
    grid = to_uint8(tiled(images.float(), columns)).permute(1, 2, 0).contiguous().cpu()
    height, width, channels = grid.shape
    return Image.frombytes("RGB" if channels == 3 else "L", (width, height), grid.numpy().tobytes())


def grid_png(images: Tensor, columns: int, said: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """The same as a PNG; `said`: its metadata."""
    return png_of(grid_image(images, columns), said)


def png_of(picture: Image.Image, said: Mapping[str, str] = MappingProxyType({})) -> bytes:
    """A picture as a PNG; `said`: its metadata."""
    text = PngInfo()
    for name, value in said.items():
        text.add_text(name, value)
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG", pnginfo=text, compress_level=LEVEL)
    return buffer.getvalue()


def tiled(images: Tensor, columns: int) -> Tensor:
    """Images (N, C, H, W) as one (C, H', W') with GAP black pixels around each; one alone stays as it is.

    That is torchvision's make_grid, without its import.
    """
    count, channels, height, width = images.shape
    if count == 1:
        return images[0]
    columns = min(columns, count)
    rows = math.ceil(count / columns)
    grid = images.new_zeros(channels, GAP + rows * (height + GAP), GAP + columns * (width + GAP))
    for index, image in enumerate(images):
        top, left = GAP + index // columns * (height + GAP), GAP + index % columns * (width + GAP)
        grid[:, top : top + height, left : left + width] = image
    return grid


def to_images(images: Tensor) -> Images:
    """Images (N, C, H, W) in [0, 1] as bytes for the screen."""
    pixels = to_uint8(images).permute(0, 2, 3, 1).contiguous().cpu()
    count, height, width, channels = pixels.shape
    return Images(count, height, width, channels, pixels.numpy().tobytes())


def beside_outlines(outlines: Tensor, drawn: Tensor, originals: Tensor) -> Tensor:
    """Side by side: outline, picture and original, (N, C, H, 3 W) in [0, 1].

    outlines: uint8 (N, H * W). drawn: (N, C, H, W) in [0, 1]. originals: uint8 (N, pixels).
    """
    count, channels, height, width = drawn.shape
    lines = outlines.view(count, 1, height, width).expand(-1, channels, -1, -1)
    return torch.cat([to_unit(lines), drawn, to_unit(originals.view(drawn.shape))], 3)
