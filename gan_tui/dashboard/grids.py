"""The grids of earlier epochs: PNG files, read in a thread and remembered."""

import io
from collections import OrderedDict
from pathlib import Path
from typing import TYPE_CHECKING

from gan_tui.errors import UserError, reason_of
from gan_tui.files import read_at_most
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Samples
from gan_tui.run.images import Images

if TYPE_CHECKING:
    from PIL.Image import Image

PADDING = 2
"""Pixels that torchvision leaves around every image of a grid."""
LARGEST_FILE = 64 << 20
"""Bytes of a PNG."""
LARGEST_PICTURE = 40_000_000
"""Pixels: a hundred images of 512 x 512 are 26 million. A file of some kilobytes may claim to hold any number."""
REMEMBERED = 32 << 20
"""Bytes of images that are kept, besides the newest."""

Grid = Images | str
"""The images, or why there are none."""


class Grids:
    """Reads grids of one run and keeps the last ones."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._kept: OrderedDict[tuple[str, float], Grid] = OrderedDict()
        try:
            samples = run.config().samples
            self._columns, self._count = samples.columns, samples.count
        except UserError:  # an external training loop
            self._columns, self._count = 0, 0

    def known(self, event: Samples) -> Grid | None:
        """What was read of it before."""
        return self._kept.get((event.path, event.t))

    def read(self, event: Samples, like: Images | None) -> Grid:
        """Read a grid whose images have the size of `like`, where that is known. Takes a while; may be called in any thread."""
        try:
            found: Grid = self._split(*_read_png(self._run.path, event.path), len(event.scores), like)
        # Whatever a file that came from anywhere makes of the decoder, it is no reason to end the screen.
        except Exception as error:
            found = f"cannot show {event.path}: {_reason(error)}"
        self._remember((event.path, event.t), found)
        return found

    def _remember(self, key: tuple[str, float], grid: Grid) -> None:
        self._kept[key] = grid
        while len(self._kept) > 1 and sum(len(kept.pixels) for kept in self._kept.values() if isinstance(kept, Images)) > REMEMBERED:
            self._kept.popitem(last=False)

    def _split(self, width: int, height: int, channels: int, pixels: bytes, scores: int, like: Images | None) -> Images:
        """The images of a grid; what is no grid of that kind is one image."""
        tile = (like.width, like.height) if like else None
        if tile is None and self._columns and (width - PADDING) % self._columns == 0:
            side = (width - PADDING) // self._columns - PADDING
            tile = (side, side)
        if tile is None or min(tile) < 1 or (width - PADDING) % (tile[0] + PADDING) or (height - PADDING) % (tile[1] + PADDING):
            return Images(1, height, width, channels, pixels)
        across, down = (width - PADDING) // (tile[0] + PADDING), (height - PADDING) // (tile[1] + PADDING)
        count = min(across * down, scores or (like.count if like else 0) or self._count or across * down)
        if count < 1:
            return Images(1, height, width, channels, pixels)
        return Images(count, tile[1], tile[0], channels, b"".join(_tile(pixels, width, channels, tile, across, n) for n in range(count)))


def _tile(pixels: bytes, width: int, channels: int, tile: tuple[int, int], across: int, number: int) -> bytes:
    row, column = divmod(number, across)
    left, top = PADDING + column * (tile[0] + PADDING), PADDING + row * (tile[1] + PADDING)
    starts = (((top + y) * width + left) * channels for y in range(tile[1]))
    return b"".join(pixels[start : start + tile[0] * channels] for start in starts)


def _read_png(root: Path, relative: str) -> tuple[int, int, int, bytes]:
    """(width, height, channels, pixels) of a PNG inside the run directory. Raises ValueError and whatever the decoder raises."""
    path = (root / relative).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ValueError("it lies outside of the run directory")
    try:
        content = read_at_most(path, LARGEST_FILE)
    except FileNotFoundError:
        raise ValueError("there is no such file any more") from None
    from PIL import Image  # 40 ms, only for who looks back

    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        if image.width * image.height > LARGEST_PICTURE:
            raise ValueError(f"{image.width} x {image.height} pixels are too many")
        return image.width, image.height, *_pixels(image)


def _pixels(image: "Image") -> tuple[int, bytes]:
    """(channels, pixels): one channel where red, green and blue are the same, as torchvision writes grey images."""
    if image.mode == "L":
        return 1, image.tobytes()
    colours = image.convert("RGB").tobytes()
    red = colours[::3]
    return (1, red) if red == colours[1::3] == colours[2::3] else (3, colours)


def _reason(error: Exception) -> str:
    name = type(error).__name__
    if name == "UnidentifiedImageError":
        return "it is no PNG"
    if name == "DecompressionBombError":
        return "it has too many pixels"
    return reason_of(error)
