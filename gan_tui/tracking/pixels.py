"""Images as a script has them, as bytes: their layout and their range are found, or said."""

import math
from typing import Any

from gan_tui.errors import UserError
from gan_tui.run.images import Images
from gan_tui.tracking.devices import is_flat

MOST = 100
"""Images of a batch that are shown."""
LARGEST_BYTES = 16 << 20
LARGEST_SIDE = 1024
COLOURS = (1, 3, 4)
Range = tuple[float, float]
"""What is black, and what is white."""


def layout(array: Any) -> Any:
    """An array of images as (N, H, W, C) with 1 or 3 channels. Raises UserError that says which layouts there are.

    (N, C, H, W), (N, H, W, C), (N, H, W), flat ones (N, C * H * W) of square images, and a single one, (C, H, W), (H, W, C) or (H, W).
    """
    shape = array.shape
    check(shape)
    if array.ndim == 2:
        if not is_flat(*shape):
            return array[None, :, :, None]
        channels = 1 if math.isqrt(shape[1]) ** 2 == shape[1] else 3
        side = math.isqrt(shape[1] // channels)
        return array.reshape(len(array), channels, side, side).transpose(0, 2, 3, 1)
    if array.ndim == 3:
        if shape[0] in COLOURS and shape[2] not in COLOURS:
            return _colours(array.transpose(1, 2, 0)[None])
        return _colours(array[None]) if shape[2] in COLOURS else array[:, :, :, None]
    return _colours(array.transpose(0, 2, 3, 1) if shape[1] in COLOURS else array)


def check(shape: Any) -> None:
    """Can images of this shape be shown? Costs nothing. Raises UserError."""
    shape = tuple(shape)
    if 0 in shape or len(shape) not in (2, 3, 4) or (len(shape) == 4 and shape[1] not in COLOURS and shape[3] not in COLOURS):
        known = "(N, C, H, W) with 1 or 3 channels, (N, H, W, C) or (N, H, W)"
        raise UserError(f"images of the shape {shape} cannot be shown: {known} can")


def check_kind(dtype: Any) -> None:
    """Can numbers of this type be shown, of NumPy or, as far as is seen from here, of another library? Raises UserError."""
    if "complex" in str(dtype):
        raise UserError(f"images of {dtype} cannot be shown: real numbers can, such as their .real or their abs()")
    if getattr(dtype, "kind", "f") not in "buif":
        raise UserError(f"images of {dtype} cannot be shown: numbers can")


def _colours(array: Any) -> Any:
    """Without transparency."""
    return array[..., :3] if array.shape[3] == 4 else array


def found_range(array: Any) -> Range:
    """Of floats: what black and white are, by the least and the largest value. Bytes, and floats of 2 and more, go from 0 to 255."""
    import numpy

    if array.dtype.kind == "b":
        return 0.0, 1.0
    if array.dtype.kind in "ui":
        return 0.0, 255.0
    finite = array[numpy.isfinite(array)]
    least, largest = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    if least < -0.01:
        return -1.0, 1.0
    return (0.0, 255.0) if largest > 2 else (0.0, 1.0)


def checked(limits: Range | None) -> Range | None:
    """A range that was said. Raises UserError."""
    if limits is None:
        return None
    try:
        low, high = (float(limit) for limit in limits)
    except (TypeError, ValueError):
        low = high = math.nan
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise UserError(f"value_range={limits!r} is none: what is black and what is white, as in (-1, 1)")
    return low, high


def to_images(array: Any, limits: Range | None) -> Images:
    """Any array of images; `limits`: what is black and what is white, else it is found. NaN is black. Raises UserError."""
    import numpy

    array = numpy.asarray(array)
    if not array.ndim:
        raise UserError(f"images of type {type(array.item()).__name__} cannot be shown: arrays of numbers can")
    check_kind(array.dtype)
    array = layout(array)
    low, high = checked(limits) or found_range(array)
    each = max(array.shape[1:3])
    if each > LARGEST_SIDE:
        step = -(-each // LARGEST_SIDE)
        array = array[:, ::step, ::step]
    _, height, width, channels = array.shape
    array = array[: max(1, LARGEST_BYTES // (height * width * channels))]
    if array.dtype != numpy.uint8 or (low, high) != (0.0, 255.0):
        scaled = (array.astype(numpy.float32) - low) * (255.0 / (high - low))
        array = numpy.nan_to_num(scaled, nan=0.0, posinf=255.0, neginf=0.0).clip(0, 255).round().astype(numpy.uint8)
    return Images(len(array), height, width, channels, numpy.ascontiguousarray(array).tobytes())
