"""One picture as large as there is room for, and beside it what it is made from."""

from textual.geometry import Size

from gan_tui.dashboard.widgets.image_art import cost
from gan_tui.dashboard.widgets.line_widget import Line
from gan_tui.dashboard.widgets.sample_grid import SampleGrid
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.grid import Grid
from gan_tui.render.styles import Role
from gan_tui.render.text import fit
from gan_tui.run.images import Images
from gan_tui.spec.tasks import Task

GAP = 2
"""Cells between the picture and its sources."""
NARROWEST, LOWEST = 10, 4
"""Cells and lines of a source: below, nothing can be told."""
ENLARGED = 4
"""Cells across a pixel of a very small picture, at most."""


class PictureBoard(SampleGrid):
    """The picture at the left; content and styles below each other at the right, where they cost the picture nothing."""

    def __init__(self, glyphs: Glyphs, *, numbers: range = range(16, 80), id: str | None = None) -> None:
        super().__init__(glyphs, numbers=numbers, id=id)
        self._sources: Images | None = None
        self._waiting = "waiting for the picture"

    def show_sources(self, images: Images | None) -> None:
        """What the picture is made from: the content, then the styles."""
        if images is not self._sources:
            self._sources = images
            self.redraw()

    @property
    def grid(self) -> Grid | None:
        """There is but one picture, and nothing to be selected."""
        return None

    def draw(self, room: Size) -> list[Line]:
        """In the middle of the room."""
        if self._images is None:
            return super().draw(room)
        width, height = room
        columns, rows = _fit(self._images, width, height)
        if not rows:
            return []
        each, below = self._source_room(width - columns - GAP, rows)
        picture = self.art.lines(self._images, 0, columns, rows, slot=0)
        beside = self._beside(each, below, rows) if each else []
        used = columns + (GAP + each if each else 0)
        left = " " * ((width - used) // 2)
        lines: list[Line] = [[] for _ in range((height - rows) // 2)]
        for number, line in enumerate(picture):
            gap: Line = [(" " * GAP, Role.TEXT), *beside[number]] if beside else []
            lines.append([(left, Role.TEXT), *line, *gap])
        self._cost = cost(lines) + self.art.take_pixels_cost()
        return lines

    def _source_room(self, width: int, height: int) -> tuple[int, int]:
        """Cells and lines of each source; none where there is no room."""
        if self._sources is None or width < NARROWEST:
            return 0, 0
        columns, rows = _fit(self._sources, width, height // min(2, self._sources.count) - 1)
        return (columns, rows) if columns >= NARROWEST and rows >= LOWEST else (0, 0)

    def _beside(self, columns: int, rows: int, height: int) -> list[Line]:
        """Exactly `height` lines: each source over its name."""
        assert self._sources is not None
        lines: list[Line] = []
        for index in range(self._sources.count):
            if len(lines) + rows + 1 > height:
                break
            lines += self.art.lines(self._sources, index, columns, rows, slot=1 + index)
            lines.append([(fit(name_of(index, self._sources.count), columns, self.glyphs).center(columns), Role.MUTED)])
        return lines + [[] for _ in range(height - len(lines))]


def gallery(task: Task, glyphs: Glyphs, numbers: range, *, selectable: bool = False, id: str) -> SampleGrid:
    """What shows the images of a run that is about `task`; `numbers`: see ImageArt."""
    if task.picture:
        return PictureBoard(glyphs, numbers=numbers, id=id)
    return SampleGrid(glyphs, numbers=numbers, selectable=selectable, id=id)


def name_of(index: int, count: int) -> str:
    """What a source is, by its place."""
    if index == 0:
        return "content"
    return "style" if count == 2 else f"style {index}"


def _fit(images: Images, width: int, height: int) -> tuple[int, int]:
    """Columns and lines of an image in that room; a cell is twice as high as it is wide."""
    if width < 1 or height < 1:
        return 0, 0
    share = min(width / images.width, 2 * height / images.height, ENLARGED)
    return max(1, int(images.width * share)), max(1, int(images.height * share / 2))
