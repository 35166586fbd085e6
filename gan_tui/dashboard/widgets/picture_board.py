"""One picture as large as there is room for, and beside it what it is made from."""

import math
from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.widgets.image_art import cost
from gan_tui.dashboard.widgets.line_widget import Line
from gan_tui.dashboard.widgets.sample_grid import SampleGrid
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.grid import Grid
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, plain
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images

GAP = 2
"""Cells between the picture and its sources."""
NARROWEST, LOWEST = 10, 4
"""Cells and lines of a source: below, nothing can be told."""
ENLARGED = 4
"""Cells across a pixel of a very small picture, at most."""


class Shown(NamedTuple):
    """One of several pictures."""

    images: Images
    place: int
    name: str


class Layout(NamedTuple):
    """How pictures stand beside the large one: in columns, each over its name."""

    columns: int
    each: int
    """Cells of a picture."""
    lines: int
    """Of a picture."""
    shown: int
    """Pictures that there is room for."""


class PictureBoard(SampleGrid):
    """The picture at the left; at the right what it is made from, and what else is known of it, where they cost the picture nothing."""

    def __init__(self, glyphs: Glyphs, *, numbers: range = range(16, 80), id: str | None = None) -> None:
        super().__init__(glyphs, numbers=numbers, id=id)
        self._sources: Images | None = None
        self._captions: Sequence[str] = ()
        self._waiting = "waiting for the picture"

    def show_sources(self, images: Images | None) -> None:
        """What the picture is made from: the content, then the styles."""
        if images is not self._sources:
            self._sources = images
            self.redraw()

    def show_names(self, names: Sequence[str]) -> None:
        """What each of the images is; the first is the large one. Empty: the picture alone."""
        self._captions = [plain(name, self.glyphs) for name in names]

    @property
    def grid(self) -> Grid | None:
        """There is but one picture, and nothing to be selected."""
        return None

    def is_low_in(self, room: Size) -> bool:
        """Of a picture beside which nothing stands."""
        if self._images is None or self._others() or room.height < LOWEST:
            return False
        return 3 * _fit(self._images, room.width, room.height - bool(self._captions))[0] < 2 * room.width

    def draw(self, room: Size) -> list[Line]:
        """In the middle of the room."""
        if self._images is None:
            return super().draw(room)
        width, height = room
        named = self._captions[0] if self._captions and height > LOWEST and cell_len(self._captions[0]) <= width else ""
        columns, rows = _fit(self._images, width, height - bool(named))
        if not rows:
            return []
        others = self._others()
        layout = arranged(others, width - columns - GAP, rows)
        picture = self.art.lines(self._images, 0, columns, rows, slot=0)
        beside = self._beside(others, layout, rows) if layout else []
        used = columns + (GAP + layout.columns * (layout.each + GAP) - GAP if layout else 0)
        left = " " * ((width - used) // 2)
        lines: list[Line] = [[] for _ in range((height - rows - bool(named)) // 2)]
        for number, line in enumerate(picture):
            gap: Line = [(" " * GAP, Role.TEXT), *beside[number]] if beside else []
            lines.append([(left, Role.TEXT), *line, *gap])
        if named and cell_len(named) <= (columns if layout else width):
            lines.append([(" " * max(0, len(left) + (columns - cell_len(named)) // 2) + named, Role.MUTED)])
        self._cost = cost(lines) + self.art.take_pixels_cost()
        return lines

    def _others(self) -> list[Shown]:
        """What stands beside the picture, what matters most first."""
        found = []
        if self._sources is not None:
            count = self._sources.count
            found += [Shown(self._sources, index, name_of(index, count)) for index in range(count)]
        if self._images is not None:
            found += [Shown(self._images, index, name) for index, name in enumerate(self._captions[: self._images.count]) if index]
        return found

    def _beside(self, others: Sequence[Shown], layout: Layout, height: int) -> list[Line]:
        """Exactly `height` lines: column by column, each picture over its name."""
        lines: list[Line] = [[] for _ in range(height)]
        in_column = math.ceil(layout.shown / layout.columns)
        for place, (images, index, name) in enumerate(others[: layout.shown]):
            column, row = divmod(place, in_column)
            top = row * (layout.lines + 1)
            caption: Line = [(fit(name, layout.each, self.glyphs).center(layout.each), Role.MUTED)]
            for number, line in enumerate([*self.art.lines(images, index, layout.each, layout.lines, slot=1 + place), caption], top):
                missing = column * (layout.each + GAP) - sum(cell_len(text) for text, _ in lines[number])
                lines[number] += [(" " * missing, Role.TEXT), *line] if missing > 0 else line
        return lines


def arranged(others: Sequence[Shown], width: int, height: int) -> Layout | None:
    """As many of them as there is room for, as large as can be; None where there is none for any."""
    for count in range(len(others), 0, -1):
        found = None
        for columns in range(1, count + 1):
            in_column = math.ceil(count / columns)
            room = (width - GAP * (columns - 1)) // columns, height // in_column - 1
            sizes = [_fit(images, *room) for images, _, _ in others[:count]]
            each, lines = min(sizes)
            if each >= NARROWEST and lines >= LOWEST and (found is None or each > found.each):
                found = Layout(columns, each, lines, count)
        if found:
            return found
    return None


def gallery(run: RunDirectory, glyphs: Glyphs, numbers: range, *, selectable: bool = False, id: str) -> SampleGrid:
    """What shows the images of a run; `numbers`: see ImageArt."""
    if run.task.picture:
        return PictureBoard(glyphs, numbers=numbers, id=id)
    return SampleGrid(glyphs, numbers=numbers, selectable=selectable, outlines=run.outlines, id=id)


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
