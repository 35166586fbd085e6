"""Grey images as ASCII art.

A terminal cell is about twice as high as it is wide, so every cell covers two square patches of the image,
one above the other. The sign is chosen by the darkness of both: a plain ramp (" .:-=+*#%@") sees only
their mean, and at 14 x 7 cells a stroke that passes through the upper half of a cell (") looks like one through the lower
half (,). With the pair, MNIST digits can be read down to 10 x 5 cells, in seven-bit ASCII.
"""

from functools import lru_cache

from gan_tui.run.images import Images

RAMP = (" .,a", "':-o", '"=+#', "^*#@")
"""`RAMP[upper][lower]`, each 0 (empty) to 3 (full)."""
GAIN, GAMMA = 1.3, 0.8
"""The same for every pixel of every image, so that a picture that stands still never flickers.
Area averages of a thin stroke are pale: they are raised until its middle is `@`."""

_LEVEL = bytes(min(3, int(min(1.0, value / 255 * GAIN) ** GAMMA * 4)) for value in range(256))

Weights = tuple[tuple[tuple[int, int], ...], ...]
_ONE = 1 << 10
"""Weights are integers in 1/1024: their sums are exact, and the same on every machine."""


def margin(images: Images) -> int:
    """Pixels to leave out on each side. MNIST draws its digits into the central 20 x 20 of 28 x 28."""
    return 2 if (images.height, images.width, images.channels) == (28, 28, 1) else 0


def luma(images: Images, index: int) -> bytes:
    """One image as `height * width` grey bytes: Rec. 601 luma of three channels, else the first channel."""
    pixels = images.image(index)
    step = images.channels
    if step < 3:
        return pixels[::step]
    channels = zip(pixels[0::step], pixels[1::step], pixels[2::step], strict=True)
    return bytes((299 * red + 587 * green + 114 * blue) // 1000 for red, green, blue in channels)


def ascii_image(grey: bytes, height: int, width: int, columns: int, rows: int, crop: int = 0) -> list[str]:
    """`rows` lines of `columns` signs: area averages of a grey image, without `crop` pixels on each side."""
    across = _weights(width, crop, columns)
    down = _weights(height, crop, rows * 2)
    level = _LEVEL
    halves = []
    for bands in down:
        line = [0] * width
        for y, weight in bands:
            start = y * width
            for x, value in enumerate(grey[start : start + width]):
                line[x] += value * weight
        halves.append([level[min(255, sum(line[x] * weight for x, weight in bands) >> 20)] for bands in across])
    return ["".join(RAMP[a][b] for a, b in zip(upper, lower, strict=True)) for upper, lower in zip(halves[::2], halves[1::2], strict=True)]


@lru_cache(maxsize=64)
def _weights(side: int, crop: int, parts: int) -> Weights:
    """For each of `parts` equal parts of the pixels `crop .. side - crop`: (pixel, weight), weights adding up to `_ONE`."""
    length = side - 2 * crop
    found = []
    for part in range(parts):
        start, end = crop + part * length / parts, crop + (part + 1) * length / parts
        shares = [(pixel, min(end, pixel + 1) - max(start, pixel)) for pixel in range(int(start), min(side, int(end) + 1))]
        total = sum(share for _, share in shares)
        weights = [(pixel, round(share / total * _ONE)) for pixel, share in shares if share > 1e-9]
        heaviest = max(range(len(weights)), key=lambda index: weights[index][1])
        pixel, weight = weights[heaviest]
        weights[heaviest] = (pixel, weight + _ONE - sum(weight for _, weight in weights))
        found.append(tuple(weights))
    return tuple(found)
