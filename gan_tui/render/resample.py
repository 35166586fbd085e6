"""Images in other sizes: area averages in whole numbers, the same on every machine."""

from functools import lru_cache

from gan_tui.run.images import Images

Weights = tuple[tuple[tuple[int, int], ...], ...]
ONE = 1 << 10
"""Weights are integers in 1/1024: their sums are exact."""
ENOUGH = 4
"""Pixels across each pixel of the result, and down, that are looked at: of a larger image no more, so that none takes long."""


def margin(images: Images) -> int:
    """Pixels to leave out on each side. MNIST draws its digits into the central 20 x 20 of 28 x 28."""
    return 2 if (images.height, images.width, images.channels) == (28, 28, 1) else 0


def averages(images: Images, index: int, columns: int, rows: int) -> list[list[bytes]]:
    """One image in another size, as planes of `rows` lines: red, green and blue, or the one grey plane there is."""
    pixels, step = images.image(index), images.channels
    planes = [pixels[channel::step] for channel in (range(3) if step >= 3 else range(1))]
    return [area_average(plane, images.height, images.width, columns, rows, margin(images)) for plane in planes]


def grey_averages(images: Images, index: int, columns: int, rows: int) -> list[bytes]:
    """`averages` as one plane: Rec. 601 luma of three channels."""
    planes = averages(images, index, columns, rows)
    if len(planes) == 1:
        return planes[0]
    return [
        bytes([(299 * red + 587 * green + 114 * blue) // 1000 for red, green, blue in zip(*lines, strict=True)])
        for lines in zip(*planes, strict=True)
    ]


def area_average(plane: bytes, height: int, width: int, columns: int, rows: int, crop: int = 0) -> list[bytes]:
    """`rows` lines of `columns` averages of one channel (`height * width` bytes), without `crop` pixels on each side.

    Where a pixel of the result is smaller than one of the image, it takes the value of what it lies on.
    """
    if (columns, rows) == (width - 2 * crop, height - 2 * crop):
        return [plane[y * width + crop : y * width + crop + columns] for y in range(crop, crop + rows)]
    wide, high = min(width, columns * ENOUGH), min(height, rows * ENOUGH)
    if not crop and (wide < width or high < height):
        across_it = [(2 * x + 1) * width // (2 * wide) for x in range(wide)]
        starts = [(2 * y + 1) * height // (2 * high) * width for y in range(high)]
        plane = bytes([plane[start + x] for start in starts for x in across_it])
        width, height = wide, high
    across = _weights(width, crop, columns)
    found: dict[tuple[tuple[int, int], ...], bytes] = {}
    for bands in (down := _weights(height, crop, rows)):
        if bands not in found:  # an image that is enlarged repeats its lines
            found[bands] = _line(plane, width, bands, across)
    return [found[bands] for bands in down]


def _line(plane: bytes, width: int, bands: tuple[tuple[int, int], ...], across: Weights) -> bytes:
    (first, weight), *others = bands
    line = [value * weight for value in plane[first * width : (first + 1) * width]]
    for y, weight in others:
        line = [value + more * weight for value, more in zip(line, plane[y * width : (y + 1) * width], strict=True)]
    return bytes([sum([line[x] * weight for x, weight in shares]) >> 20 for shares in across])


@lru_cache(maxsize=64)
def _weights(side: int, crop: int, parts: int) -> Weights:
    """For each of `parts` equal parts of the pixels `crop .. side - crop`: (pixel, weight), weights adding up to `ONE`."""
    length = side - 2 * crop
    found = []
    for part in range(parts):
        start, end = crop + part * length / parts, crop + (part + 1) * length / parts
        shares = [(pixel, min(end, pixel + 1) - max(start, pixel)) for pixel in range(int(start), min(side, int(end) + 1))]
        total = sum(share for _, share in shares)
        weights = [(pixel, round(share / total * ONE)) for pixel, share in shares if share > 1e-9]
        heaviest = max(range(len(weights)), key=lambda index: weights[index][1])
        pixel, weight = weights[heaviest]
        weights[heaviest] = (pixel, weight + ONE - sum(weight for _, weight in weights))
        found.append(tuple(weights))
    return tuple(found)
