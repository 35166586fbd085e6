"""Grey images as ASCII art.

A terminal cell is about twice as high as it is wide, so every cell covers two square patches of the image,
one above the other. The sign is chosen by the darkness of both: a plain ramp (" .:-=+*#%@") sees only
their mean, and at 14 x 7 cells a stroke that passes through the upper half of a cell (") looks like one through the lower
half (,). With the pair, MNIST digits can be read down to 10 x 5 cells, in seven-bit ASCII.
"""

from gan_tui.render.resample import grey_averages
from gan_tui.run.images import Images

RAMP = (" .,a", "':-o", '"=+#', "^*#@")
"""`RAMP[upper][lower]`, each 0 (empty) to 3 (full)."""
GAIN, GAMMA = 1.3, 0.8
"""The same for every pixel of every image, so that a picture that stands still never flickers.
Area averages of a thin stroke are pale: they are raised until its middle is `@`."""

_LEVEL = bytes(min(3, int(min(1.0, value / 255 * GAIN) ** GAMMA * 4)) for value in range(256))


def ascii_image(images: Images, index: int, columns: int, rows: int) -> list[str]:
    """One image as `rows` lines of `columns` signs."""
    halves = [line.translate(_LEVEL) for line in grey_averages(images, index, columns, rows * 2)]
    return [
        "".join([RAMP[a][b] for a, b in zip(upper, lower, strict=True)]) for upper, lower in zip(halves[::2], halves[1::2], strict=True)
    ]
