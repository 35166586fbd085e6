"""Images in a file of NumPy's, read without NumPy: bytes or floats, in any of the usual layouts.

Format: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html (versions 1 to 3).
"""

import math
import re
import struct
from array import array
from collections.abc import Sequence

from gan_tui.run.images import MAGIC, Images

MOST = 100
"""Images that are shown."""
LARGEST = 4 << 20
"""Numbers of all of them together."""
SMALLEST = 8
"""Pixels a side: a table of numbers is no picture."""
KINDS = {"|u1": "B", "|b1": "B", "<f4": "f", "<f8": "d", "<f2": "e"}
_HEADER = re.compile(r"\{'descr': '([|<]\w\d)', 'fortran_order': False, 'shape': \(([\d, ]+)\), *\}")


def read_array(data: bytes) -> Images:
    """(N, C, H, W), (N, H, W, C), (N, H, W), (C, H, W) or (H, W, C). Raises ValueError for what is no set of images."""
    if not data.startswith(MAGIC):
        raise ValueError("it is no array")
    long = data[6] > 1
    (length,) = struct.unpack_from("<I" if long else "<H", data, 8)
    begin = (12 if long else 10) + length
    header = _HEADER.match(data[12 if long else 10 : begin].decode("latin-1"))
    if header is None or header[1] not in KINDS:
        raise ValueError("it holds neither bytes nor floats in C order")
    count, channels, height, width, last = _layout([int(side) for side in header[2].replace(",", " ").split()])
    each = channels * height * width
    count = min(count, MOST, max(1, LARGEST // each))
    kind = KINDS[header[1]]
    size = struct.calcsize(kind)
    raw = data[begin : begin + count * each * size]
    if len(raw) != count * each * size:
        raise ValueError("it is shorter than it says")
    numbers = struct.unpack(f"<{count * each}e", raw) if kind == "e" else array(kind, raw)
    pixels = bytes(raw) if header[1] == "|u1" else _scaled(numbers)
    planes = count * channels
    if not last and channels > 1:
        area = height * width
        mixed = bytearray(len(pixels))
        for plane in range(planes):
            image, channel = divmod(plane, channels)
            mixed[image * each + channel : (image + 1) * each : channels] = pixels[plane * area : (plane + 1) * area]
        pixels = bytes(mixed)
    return Images(count, height, width, channels, pixels)


def _layout(shape: Sequence[int]) -> tuple[int, int, int, int, bool]:
    """(count, channels, height, width, whether channels are last). Raises ValueError."""
    if len(shape) == 3:
        shape = (1, *shape) if shape[0] in (1, 3) or shape[2] in (1, 3) else (shape[0], 1, *shape[1:])
    if len(shape) == 4 and shape[0] >= 1:
        count, *rest = shape
        for channels, height, width, last in ((rest[0], rest[1], rest[2], False), (rest[2], rest[0], rest[1], True)):
            if channels in (1, 3) and min(height, width) >= SMALLEST and max(height, width) <= 1024:
                return count, channels, height, width, last
    raise ValueError(f"an array of the shape {tuple(shape)} is no set of images")


def _scaled(numbers: Sequence[float]) -> bytes:
    """Bytes, of floats in [-1, 1], [0, 1] or [0, 255], whichever they are; NaN is black."""
    finite = [value for value in numbers if math.isfinite(value)]
    least, largest = (min(finite), max(finite)) if finite else (0.0, 1.0)
    low, high = (-1.0, 1.0) if least < -0.01 else (0.0, 255.0) if largest > 2 else (0.0, 1.0)
    scale = 255.0 / (high - low)
    return bytes(min(255, max(0, round((value - low) * scale))) if math.isfinite(value) else 0 for value in numbers)
