"""What G makes, as a PNG grid for people and as a preview for the screen."""

import io
import math

import torch
from torch import Tensor, nn
from torchvision.utils import save_image

from gan_tui.pixel_range import denorm, to_uint8
from gan_tui.run.images import Images


def generate(generator: nn.Module, latents: Tensor, shape: tuple[int, int, int]) -> Tensor:
    """Images (N, C, H, W), float32 in [0, 1], from latents (N, latent_dim), or (N, latent_dim + 1) with a class behind each."""
    with torch.no_grad():
        return denorm(generator(latents)[:, : math.prod(shape)]).reshape(-1, *shape)


def grid_png(images: Tensor, columns: int) -> bytes:
    """Images (N, C, H, W) in [0, 1] as one PNG, `columns` in a row."""
    buffer = io.BytesIO()
    save_image(images, buffer, nrow=columns, format="png")
    return buffer.getvalue()


def to_images(images: Tensor) -> Images:
    """Images (N, C, H, W) in [0, 1] as bytes for the screen."""
    pixels = to_uint8(images).permute(0, 2, 3, 1).contiguous().cpu()
    count, height, width, channels = pixels.shape
    return Images(count, height, width, channels, pixels.numpy().tobytes())
