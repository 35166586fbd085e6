"""Some samples of a run beside other things: ASCII, no scores, nothing to choose."""

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.grid import choose_grid
from gan_tui.render.images import ascii_image
from gan_tui.render.ink import Ink
from gan_tui.render.text import fit
from gan_tui.run.images import Images


class Thumbnails(LineWidget):
    """As many samples as there is room for, or why there are none."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._images: Images | None = None
        self._words = ""

    def show(self, images: Images | None, words: str = "no samples") -> None:
        """Show these; `words` where there are none."""
        self._images, self._words = images, words
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The grid in the middle of the room."""
        return thumbnails(self._images, self._words, room, self.glyphs)


def thumbnails(images: Images | None, words: str, room: Size, glyphs: Glyphs) -> list[Line]:
    """The lines of a grid of samples, in the middle of `room`."""
    width, height = room
    if images is None:
        return [[] for _ in range((height - 1) // 2)] + [[(fit(words, width, glyphs).center(width), Ink.MUTED)]]
    grid = choose_grid(width, height, images.count, images.width / images.height)
    if grid is None:
        return []
    used = grid.columns * (grid.width + grid.column_gap) - grid.column_gap
    left = " " * ((width - used) // 2)
    lines: list[Line] = []
    for first in range(0, min(images.count, grid.rows * grid.columns), grid.columns):
        art = [ascii_image(images, index, grid.width, grid.height) for index in range(first, min(first + grid.columns, images.count))]
        lines += [[(left + (" " * grid.column_gap).join(parts), Ink.TEXT)] for parts in zip(*art, strict=True)]
        lines += [[] for _ in range(grid.row_gap)]
    return [[] for _ in range((height - len(lines) + grid.row_gap) // 2)] + lines
