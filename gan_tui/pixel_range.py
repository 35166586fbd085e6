"""The three ranges of a pixel, and the one way between them: 0..255 in files, [-1, 1] in networks, [0, 1] in pictures."""

import torch
from torch import Tensor


def from_uint8(images: Tensor) -> Tensor:
    """uint8 images of any shape, 0..255, to float32 in [-1, 1]: the tutorial's ToTensor and Normalize(0.5, 0.5).

    Raises ValueError for any other type.
    """
    if images.dtype != torch.uint8:
        raise ValueError(f"uint8 images are needed, these are {images.dtype}")
    return scale_bytes_(images.float())


def scale_bytes_(values: Tensor) -> Tensor:
    """The same in place, of bytes that already lie in a tensor of floats: for buffers that are filled again every step."""
    return values.div_(127.5).sub_(1)


def to_unit(images: Tensor) -> Tensor:
    """uint8 images of any shape to float32 in [0, 1]."""
    return images.float() / 255


def denorm(images: Tensor) -> Tensor:
    """Images in [-1, 1] to [0, 1]; the clamp takes off what rounding or a network puts outside."""
    return ((images + 1) / 2).clamp(0, 1)


def to_uint8(images: Tensor) -> Tensor:
    """Float images in [0, 1] to uint8, rounded as torchvision's save_image rounds."""
    return images.mul(255).add(0.5).clamp(0, 255).to(torch.uint8)


def from_bytes(content: bytes, height: int, width: int, channels: int) -> Tensor:
    """uint8 (N, C, H, W), of as many images as there are, from bytes in which channels lie last, as Pillow and files have them."""
    pixels = torch.frombuffer(bytearray(content), dtype=torch.uint8)
    return pixels.view(-1, height, width, channels).permute(0, 3, 1, 2).contiguous()
