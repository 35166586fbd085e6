"""Images as half blocks: every cell shows two pixels, one above the other, in their own greys or colours."""

from itertools import groupby

from gan_tui.render.picture import Colour, Picture, Run
from gan_tui.render.resample import averages
from gan_tui.run.images import Images

UPPER_HALF = "▀"
_STEP = bytes((value * 15 + 127) // 255 * 17 for value in range(256))
"""16 steps a channel: more cannot be told apart at this size, and equal neighbours, which are sent as one, become rare."""


def half_blocks(images: Images, index: int, columns: int, rows: int) -> Picture:
    """One image as `rows` lines that are `columns` cells wide, neighbours of equal colours being one run."""
    planes = [[line.translate(_STEP) for line in plane] for plane in averages(images, index, columns, rows * 2)]
    red, green, blue = planes if len(planes) == 3 else planes * 3
    lines: list[list[Colour]] = [list(zip(*channels, strict=True)) for channels in zip(red, green, blue, strict=True)]
    return [_runs(upper, lower) for upper, lower in zip(lines[::2], lines[1::2], strict=True)]


def _runs(upper: list[Colour], lower: list[Colour]) -> list[Run]:
    found = []
    for (above, below), cells in groupby(zip(upper, lower, strict=True)):
        width = sum(1 for _ in cells)
        found.append(Run(" " * width, None, below) if above == below else Run(UPPER_HALF * width, above, below))
    return found
