"""The newest samples, as many and as large as there is room for."""

from textual.geometry import Size

from gan_tui.dashboard.widgets.line_widget import Ink, Line, LineWidget
from gan_tui.render.ascii_image import ascii_image, luma, margin
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.grid import Grid, choose_grid
from gan_tui.render.text import fit
from gan_tui.run.images import Images


class Digits(LineWidget):
    """Sample images in ASCII. The same latents stand in the same place throughout a run."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._images: Images | None = None
        self._waiting = "waiting for the first samples"

    def show(self, images: Images) -> None:
        """Show newer images."""
        self._images = images
        self.redraw()

    def wait(self, words: str) -> None:
        """Say why there are no images yet."""
        if self._images is None and words != self._waiting:
            self._waiting = words
            self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """The grid in the middle of the room."""
        width, height = room
        if self._images is None:
            return [[] for _ in range((height - 1) // 2)] + [[(fit(self._waiting, width, self.glyphs).center(width), Ink.MUTED)]]
        images = self._images
        grid = choose_grid(width, height, images.count, images.width / images.height)
        if grid is None:
            return []
        used_height = grid.rows * (grid.height + grid.row_gap) - grid.row_gap
        used_width = grid.columns * (grid.width + grid.column_gap) - grid.column_gap
        left = " " * ((width - used_width) // 2)
        lines: list[Line] = [[] for _ in range((height - used_height) // 2)]
        for row in range(grid.rows):
            lines += [[(left + text, Ink.TEXT)] for text in _row(images, grid, row)]
            lines += [[] for _ in range(grid.row_gap)]
        return lines

    @property
    def cells(self) -> int:
        """How large it is: what one redraw costs."""
        return self.size.width * self.size.height


def _row(images: Images, grid: Grid, row: int) -> list[str]:
    """The lines of one row of images."""
    first = row * grid.columns
    crop = margin(images)
    art = [
        ascii_image(luma(images, index), images.height, images.width, grid.width, grid.height, crop)
        for index in range(first, min(first + grid.columns, images.count))
    ]
    gap = " " * grid.column_gap
    return [gap.join(lines) for lines in zip(*art, strict=True)]
