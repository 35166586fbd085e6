"""What G makes, as a PNG grid for people and as a preview for the screen."""

import io
import math

import torch
from PIL import Image
from torch import Tensor, nn

from gan_tui.pixel_range import denorm, to_uint8
from gan_tui.run.images import Images

GAP = 2
"""Pixels between two images of a grid, as torchvision has them."""


def generate(generator: nn.Module, latents: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Images (N, C, H, W), float32 in [0, 1], from latents (N, latent_dim), or (N, latent_dim + 1) with a class behind each."""
    with torch.no_grad():
        return denorm(generator(latents)[:, : math.prod(shape)]).reshape(-1, *shape)


def grid_png(images: Tensor, columns: int) -> bytes:
    """Images (N, C, H, W) in [0, 1] as one PNG, `columns` in a row."""
    buffer = io.BytesIO()
    grid = to_uint8(tiled(images.float(), columns)).permute(1, 2, 0).contiguous().cpu()
    height, width, channels = grid.shape
    Image.frombytes("RGB" if channels == 3 else "L", (width, height), grid.numpy().tobytes()).convert("RGB").save(buffer, format="PNG")
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
