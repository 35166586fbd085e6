"""The field of `gan-tui play` as a PNG."""

import io
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from gan_tui.errors import reason_of
from gan_tui.files import write_new
from gan_tui.run.playing import GRID_POINTS, Picture, Point, unpacked

if TYPE_CHECKING:
    from PIL.Image import Image

SIDE = 800
"""Pixels."""
RADIUS = 5
STRONGEST = 0.62
"""Share of D's colour where D is sure that a point is real."""


class Palette(NamedTuple):
    """Colours as #rrggbb."""

    ground: str
    real: str
    surface: str
    generated: str
    arrows: str
    grid: str

    @classmethod
    def of(cls, theme: Mapping[str, str]) -> Self:
        """From a theme's variables."""
        names = ("background", "foreground", "discriminator", "generator", "success", "text-muted-role")
        return cls(*(theme[name] for name in names))


def save_field(folder: Path, picture: Picture, size: tuple[int, int], palette: Palette) -> str:
    """Write it under a name that no file in the folder has; what to say comes back. `size`: columns and rows of D's surface."""
    stem = f"play-{time.strftime('%Y%m%d-%H%M%S')}"
    buffer = io.BytesIO()
    draw(picture, size, palette).save(buffer, "PNG")
    number = 1
    try:
        while not write_new(target := folder / f"{stem}{f'-{number}' if number > 1 else ''}.png", buffer.getvalue()):
            number += 1
    except OSError as error:
        return f"cannot write {target}: {reason_of(error)}"
    return f"wrote {target.name}"


def draw(picture: Picture, size: tuple[int, int], palette: Palette) -> "Image":
    """SIDE x SIDE pixels, RGB."""
    from PIL import Image, ImageDraw  # 40 ms that only a save pays

    image = Image.new("RGB", (SIDE, SIDE), palette.ground)
    if len(picture.surface) == size[0] * size[1]:
        surface = Image.frombytes("L", size, picture.surface).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
        image.paste(palette.surface, mask=surface.point(lambda value: value * STRONGEST))
    canvas, grid, arrows = ImageDraw.Draw(image), unpacked(picture.grid), unpacked(picture.arrows)
    for first in range(0, len(grid), GRID_POINTS):
        canvas.line([_pixel(point) for point in grid[first : first + GRID_POINTS]], palette.grid, 1)
    for points, colour in ((picture.real, palette.real), (picture.generated, palette.generated)):
        for x, y in map(_pixel, unpacked(points)):
            canvas.ellipse((x - RADIUS, y - RADIUS, x + RADIUS, y + RADIUS), colour, palette.ground)
    for start, end in zip(arrows[::2], arrows[1::2], strict=False):
        canvas.line([_pixel(start), _pixel(end)], palette.arrows, 3)
        x, y = _pixel(end)
        canvas.ellipse((x - 4, y - 4, x + 4, y + 4), palette.arrows)
    return image


def _pixel(point: Point) -> tuple[float, float]:
    return (point[0] + 1) / 2 * SIDE, (1 - point[1]) / 2 * SIDE
