"""Images in .npy files, read without NumPy."""

import io

import numpy as np
import pytest

from gan_tui.command.arrays import read_array


def saved(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


RAMP = np.linspace(0, 1, 2 * 3 * 8 * 10).reshape(2, 3, 8, 10)
BYTES = np.rint(RAMP * 255).astype(np.uint8)


@pytest.mark.parametrize(
    "array",
    [
        BYTES,
        BYTES.transpose(0, 2, 3, 1).copy(),
        RAMP.astype(np.float32),
        RAMP * 2 - 1,
        RAMP.astype(np.float64) * 255,
    ],
)
def test_layouts_and_ranges_are_found(array: np.ndarray) -> None:
    found = read_array(saved(array))
    assert (found.count, found.height, found.width, found.channels) == (2, 8, 10, 3)
    pixels = np.frombuffer(found.pixels, np.uint8).reshape(2, 8, 10, 3)
    assert abs(pixels.astype(int) - BYTES.transpose(0, 2, 3, 1)).max() <= 1


def test_grey_images_and_half_floats() -> None:
    found = read_array(saved(np.full((4, 28, 28), np.nan, np.float16)))
    assert (found.count, found.channels, set(found.pixels)) == (4, 1, {0})
    assert read_array(saved(np.zeros((28, 28, 1), np.uint8))).count == 1
    assert read_array(saved(np.zeros((3, 28, 30), np.uint8))).channels == 3


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x93NUMPY",
        saved(np.zeros((100, 64), np.float32)),
        saved(np.zeros((2, 5, 28, 28))),
        saved(np.zeros((4, 4, 4, 4))),
        saved(np.zeros((0, 1, 28, 28))),
        saved(np.zeros((1, 28, 28), np.int64)),
        saved(np.zeros((1, 28, 28)))[:-8],
        saved(np.asfortranarray(np.zeros((2, 28, 28)))),
    ],
)
def test_what_is_no_set_of_images_is_refused(data: bytes) -> None:
    with pytest.raises((ValueError, IndexError, OSError)) as caught:
        read_array(data)
    del caught
