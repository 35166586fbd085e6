"""The one form in which images are looked at: float32 (N, C, H, W) in [-1, 1]."""

import torch
from torch import Tensor


def from_uint8(images: Tensor) -> Tensor:
    """uint8 images of any shape, 0..255, to float32 in [-1, 1]. Raises ValueError for any other type."""
    if images.dtype != torch.uint8:
        raise ValueError(f"uint8 images are needed, these are {images.dtype}")
    return images.float().div_(127.5).sub_(1)


def as_images(images: Tensor, image_shape: tuple[int, int, int]) -> Tensor:
    """Images as they come, uint8 or float in [-1, 1], (N, C, H, W) or (N, C*H*W), in the one form.

    Raises ValueError where they are not of `image_shape`, (C, H, W).
    """
    channels, height, width = image_shape
    if tuple(images.shape[1:]) not in (image_shape, (channels * height * width,)):
        raise ValueError(f"images of {channels} x {height} x {width} are needed, these are {tuple(images.shape)}")
    shaped = images.reshape(-1, *image_shape)
    return from_uint8(shaped) if shaped.dtype == torch.uint8 else shaped.float()
