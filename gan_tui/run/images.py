"""Images as bytes, and files of them in NumPy's format, read and written without NumPy.

The screen's process stays small and starts fast because it needs neither NumPy nor torch for this.
Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html (version 1.0).
"""

import re
import struct
from dataclasses import dataclass
from pathlib import Path

from gan_tui.files import read_at_most

MAGIC = b"\x93NUMPY"
LARGEST = 64 << 20
"""Bytes: a preview is some hundred kilobytes, and 4096 colour images of 64 x 64 have 50 million; a file beyond this is not one of ours."""
GAP = 2
"""Pixels between two images of a saved grid, and around them, as torchvision has them."""
_SIDE = r"([1-9][0-9]{0,8})"
_HEADER = re.compile(rf"\{{'descr': '\|u1', 'fortran_order': False, 'shape': \({_SIDE}, {_SIDE}, {_SIDE}, {_SIDE}\), ?\}} *\n?")


@dataclass(frozen=True, slots=True)
class Images:
    """`count` images of `height` x `width` pixels with `channels` bytes each, in C order, 0 black, 255 white."""

    count: int
    height: int
    width: int
    channels: int
    pixels: bytes

    def __post_init__(self) -> None:
        """Raises ValueError where there are no images, or other bytes than these sides say."""
        if min(self.count, self.height, self.width, self.channels) < 1:
            raise ValueError("images have a count and sides of 1 and more")
        if len(self.pixels) != self.count * self.height * self.width * self.channels:
            raise ValueError(f"{len(self.pixels)} bytes are not {self.count} images of {self.height} x {self.width} x {self.channels}")

    def image(self, index: int) -> bytes:
        """The `height * width * channels` bytes of one image."""
        size = self.height * self.width * self.channels
        return self.pixels[index * size : (index + 1) * size]


def sheet(images: Images) -> Images:
    """The images as one grid, with the padding that the screen knows: 2 pixels, 8 across, as torchvision lays them out."""
    if images.count == 1:
        return images
    padding, across = 2, min(8, images.count)
    down = -(-images.count // across)
    width, height = across * (images.width + padding) + padding, down * (images.height + padding) + padding
    row, channels = images.width * images.channels, images.channels
    sheet = bytearray(width * height * channels)
    for index in range(images.count):
        left = padding + index % across * (images.width + padding)
        top = padding + index // across * (images.height + padding)
        pixels = images.image(index)
        for y in range(images.height):
            start = ((top + y) * width + left) * channels
            sheet[start : start + row] = pixels[y * row : (y + 1) * row]
    return Images(1, height, width, channels, bytes(sheet))


def encode_npy(images: Images) -> bytes:
    """The bytes of a .npy file with a uint8 array of shape (count, height, width, channels)."""
    shape = (images.count, images.height, images.width, images.channels)
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}"
    padding = -(len(MAGIC) + 4 + len(header) + 1) % 64
    header += " " * padding + "\n"
    return MAGIC + b"\x01\x00" + struct.pack("<H", len(header)) + header.encode("ascii") + images.pixels


def read_npy(path: Path, limit: int = LARGEST) -> Images | None:
    """The images in a .npy file of uint8 with shape (N, H, W, C) and at most `limit` bytes; None where there is no such file."""
    try:
        data = read_at_most(path, limit)
        if not data.startswith(MAGIC + b"\x01\x00"):
            return None
        (length,) = struct.unpack_from("<H", data, 8)
        header = _HEADER.fullmatch(data[10 : 10 + length].decode("ascii"))
        if header is None:
            return None
        count, height, width, channels = map(int, header.groups())
        return Images(count, height, width, channels, data[10 + length :])
    except (OSError, ValueError, struct.error):
        return None
