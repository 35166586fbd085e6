"""Images in rows and columns, as many and as large as there is room for."""

import math
from collections.abc import Sequence

from rich.cells import cell_len, set_cell_size
from textual.events import Click
from textual.geometry import Size
from textual.message import Message

from gan_tui.dashboard.widgets.image_art import ImageArt, cost, on_light
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.grid import CAPTION_WIDTH, Grid, choose_grid
from gan_tui.render.images import ImageMode, ascii_image
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, wrapped
from gan_tui.run.images import Images

BYTES_PER_SECOND = 3_500
"""What images may cost a slow line, whatever the mode and the size."""
SOONEST, LATEST = 0.5, 10.0
"""Seconds between two drawings of samples: small ones in ASCII, and large ones in colour (which may then cost more than that)."""
MARGIN = 1
"""Cells at either side of words that stand for images."""

OUTLINE, ORIGINAL = "outline", "original"
"""What stands beside a picture that was drawn from an outline."""
OUTLINED = f"{OUTLINE}, drawn, {ORIGINAL}"
"""What such samples are called in a title: below small ones is no room for it."""


class SampleGrid(LineWidget):
    """Images, each with D's score under it. The same latents stand in the same place throughout a run."""

    class Picked(Message):
        """An image was clicked; `again` says that it was the one that is selected."""

        def __init__(self, index: int, again: bool) -> None:
            self.index, self.again = index, again
            super().__init__()

    def __init__(
        self, glyphs: Glyphs, *, numbers: range = range(16, 80), selectable: bool = False, outlines: bool = False, id: str | None = None
    ) -> None:
        """`numbers`: see ImageArt; no two widgets on one screen share any. `outlines`: each image is a picture between two others."""
        super().__init__(glyphs, id=id)
        self._outlines = outlines
        self.art = ImageArt(numbers, self)
        self.selected: int | None = None
        self._selectable = selectable
        self._images: Images | None = None
        self._across = 0
        self._scores: Sequence[float] = ()
        self._below: Sequence[str] = ()
        self._waiting = "waiting for the first samples"
        self._cost = 0

    def show(self, images: Images, scores: Sequence[float] = (), names: Sequence[str] = (), *, across: int = 0) -> None:
        """Show other images; `scores` belong to them or are empty; `names` stand below them where no scores do.

        `across`: see choose_grid.
        """
        self._images, self._across = images, across
        self._below = names if len(names) >= images.count else ()
        self._scores = scores if len(scores) >= images.count else ()
        self.redraw()

    def show_sources(self, images: Images | None) -> None:
        """What the images are made from: of a picture only (picture_board.py)."""

    def show_names(self, names: Sequence[str]) -> None:
        """What each of the images is: of a picture only."""

    def is_low_in(self, room: Size) -> bool:
        """Would a third of the width stay empty because there are no more lines?"""
        del room
        return False

    def wait(self, words: str) -> None:
        """Say why there are no images yet."""
        if words != self._waiting:
            self._waiting = words
            if self._images is None:
                self.redraw()

    def clear(self, words: str) -> None:
        """Show words in place of images."""
        self._images = None
        self._waiting = words
        self.redraw()

    def set_mode(self, mode: ImageMode) -> None:
        self.art.set_mode(mode)
        self.redraw()

    def select(self, index: int | None) -> None:
        if index != self.selected:
            self.selected = index
            self.redraw()

    @property
    def grid(self) -> Grid | None:
        """How the images stand in the room there is; None where there are none, or no room."""
        if self._images is None:
            return None
        images = self._images
        width = self.size.width - (2 if self._selectable else 0)  # the marks of a selection at the edges
        native = -(-images.height // 2) if self.art.mode is ImageMode.HALF else 0
        captions = bool(self._scores or self._below)
        return choose_grid(width, self.size.height, images.count, images.width / images.height, captions, native, self._across)

    @property
    def images(self) -> Images | None:
        return self._images

    @property
    def scores(self) -> Sequence[float]:
        """D's scores of what is shown; empty where not known."""
        return self._scores

    @property
    def count(self) -> int:
        return self._images.count if self._images else 0

    @property
    def shown(self) -> int:
        """How many images there is room for."""
        grid = self.grid
        return min(grid.columns * grid.rows, self._images.count) if grid and self._images else 0

    @property
    def seconds(self) -> float:
        """Between two drawings: what the last one cost decides."""
        return min(LATEST, max(SOONEST, self._cost / BYTES_PER_SECOND))

    def draw(self, room: Size) -> list[Line]:
        """The grid in the middle of the room."""
        width, height = room
        if self._images is None:
            words = wrapped(self._waiting, max(1, width - 2 * MARGIN))[: max(1, height)]
            waiting: list[Line] = [[(fit(row, width, self.glyphs).center(width), Role.MUTED)] for row in words]
            return [[] for _ in range((height - len(words)) // 2)] + waiting
        grid = self.grid
        if grid is None:
            return []
        left = (width - grid.full_width) // 2
        lines: list[Line] = [[] for _ in range((height - grid.full_height) // 2)]
        for row in range(grid.rows):
            lines += self._row(self._images, grid, row, left)
        self._cost = cost(lines) + self.art.take_pixels_cost()
        return lines

    def _row(self, images: Images, grid: Grid, row: int, left: int) -> list[Line]:
        """The lines of one row of images, with captions or the gap below."""
        members = range(row * grid.columns, min((row + 1) * grid.columns, images.count))
        art = [self.art.lines(images, index, grid.width, grid.height, slot=index) for index in members]
        lines = []
        for y in range(grid.height):
            line: Line = []
            for index, image in zip(members, art, strict=True):
                line += [*self._gap(grid, index, left, members.start), *image[y]]
            lines.append([*line, *self._gap(grid, members.stop, left, members.start)])
        if grid.captions:
            caption: Line = []
            for index in members:
                space = " " * (left if index == members.start else grid.column_gap)
                caption += [(space, Role.TEXT), *self._caption(index, grid.width)]
            lines.append(caption)
        else:
            lines += [[] for _ in range(grid.row_gap)]
        return lines

    def _gap(self, grid: Grid, index: int, left: int, first: int) -> Line:
        """What stands before image `index`: a mark at the side of the one that is selected."""
        width = left if index == first else max(1, grid.column_gap)
        before, after = self.selected == index - 1 and index != first, self.selected == index
        bar = self.glyphs.vertical
        if not width or not (before or after):
            return [(" " * width, Role.TEXT)]
        if width == 1:
            return [(bar, Role.ACCENT)]
        space = " " * (width - 1)
        return [(bar + space if before else space + bar, Role.ACCENT)]

    def _caption(self, index: int, width: int) -> Line:
        """Its name, or what D says of it: in G's colour where it takes it for generated, in its own where for real."""
        if not self._scores:
            name = fit(self._below[index], width, self.glyphs)
            return [(set_cell_size(" " * ((width - cell_len(name)) // 2) + name, width), Role.MUTED)]
        score = self._scores[index]
        role, text = Role.ACCENT if index == self.selected else score_role(score), score_text(score, self.glyphs)
        if not self._outlines:
            named = f"D {text}" if width > CAPTION_WIDTH + len("D ") else text
            return [(named.center(CAPTION_WIDTH).center(width), role)]
        third, text = width // 3, f"D {text}"
        if third <= len(ORIGINAL):
            return [(text.center(width), role)]
        return [(OUTLINE.center(third), Role.FAINT), (text.center(width - 2 * third), role), (ORIGINAL.center(third), Role.FAINT)]

    def on_unmount(self) -> None:
        """Leave nothing in the terminal."""
        self.art.forget()

    def on_click(self, event: Click) -> None:
        index = self._index_at(event.x, event.y)
        if self._selectable and index is not None:
            self.post_message(self.Picked(index, again=index == self.selected))

    def _index_at(self, x: int, y: int) -> int | None:
        grid = self.grid
        if grid is None:
            return None
        left, top = (self.size.width - grid.full_width) // 2, (self.size.height - grid.full_height) // 2
        column, row = (x - left) // (grid.width + grid.column_gap), (y - top) // (grid.height + grid.row_gap)
        index = row * grid.columns + column
        return index if 0 <= column < grid.columns and 0 <= row < grid.rows and index < self.shown else None


def score_text(score: float, glyphs: Glyphs) -> str:
    """D(x) or D(G(z)) in two decimals; what is no probability is not made one."""
    return f"{score:.2f}" if math.isfinite(score) and 0 <= score <= 1 else glyphs.dash


def score_role(score: float) -> Role:
    """Orange, grey, blue or what the theme has: told apart by everybody."""
    if not math.isfinite(score):
        return Role.MUTED
    return Role.G if score < 1 / 3 else Role.D if score > 2 / 3 else Role.MUTED


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
        return thumbnails(self._images, self._words, room, self.glyphs, inked=on_light(self))


def thumbnails(images: Images | None, words: str, room: Size, glyphs: Glyphs, *, inked: bool = False) -> list[Line]:
    """The lines of a grid of samples, in the middle of `room`; `inked`: on a light ground."""
    width, height = room
    if images is None:
        return [[] for _ in range((height - 1) // 2)] + [[(fit(words, width, glyphs).center(width), Role.MUTED)]]
    grid = choose_grid(width, height, images.count, images.width / images.height)
    if grid is None:
        return []
    used = grid.columns * (grid.width + grid.column_gap) - grid.column_gap
    left = " " * ((width - used) // 2)
    lines: list[Line] = []
    for first in range(0, min(images.count, grid.rows * grid.columns), grid.columns):
        members = range(first, min(first + grid.columns, images.count))
        art = [ascii_image(images, index, grid.width, grid.height, inked=inked) for index in members]
        lines += [[(left + (" " * grid.column_gap).join(parts), Role.TEXT)] for parts in zip(*art, strict=True)]
        lines += [[] for _ in range(grid.row_gap)]
    lines = lines[: len(lines) - grid.row_gap]  # what stands below them is not pushed out by a gap
    return [[] for _ in range((height - len(lines)) // 2)] + lines
