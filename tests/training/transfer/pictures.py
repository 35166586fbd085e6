"""Small pictures on disk, for commands that read some."""

from pathlib import Path

from PIL import Image

from gan_tui.training.grids import grid_png
from tests.style import gatys


def saved(folder: Path, height: int = 48, width: int = 64) -> tuple[Path, Path]:
    """A content and a style."""
    paths = folder / "disc.png", folder / "stripes.png"
    for path, picture in zip(paths, gatys.pictures(height, width), strict=True):
        path.write_bytes(grid_png(picture, 1))
    return paths


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size
