"""One sample as large as there is room for, what D says of it, and the training image nearest to it."""

from collections.abc import Sequence
from typing import NamedTuple

from textual.geometry import Size

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.image_art import ImageArt, cost
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.dashboard.widgets.sample_grid import BYTES_PER_SECOND, LATEST, SOONEST, score_role, score_text
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.styles import Role
from gan_tui.render.text import fit, plain
from gan_tui.run.images import Images
from gan_tui.run.preview import Pair

CAPTIONS = 2
"""Lines under each image."""
GAP = 4
"""Cells between the two images."""


class Side(NamedTuple):
    """One of the two images. Without images, the first line of its captions stands in its place."""

    images: Images | None
    number: int
    captions: Sequence[tuple[str, Role]]


class SampleDetail(LineWidget):
    """Sample left, training image right; in a high and narrow room one over the other, in a small one the sample alone."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        # A number each: what a terminal keeps under it is replaced when another image is drawn.
        self.arts = (ImageArt(range(250, 251), self), ImageArt(range(251, 252), self))
        self._sides: tuple[Side, ...] = ()
        self._cost = 0

    def show(self, *sides: Side) -> None:
        """Show these, the sample first."""
        self._sides = sides
        self.redraw()

    def set_mode(self, mode: ImageMode) -> None:
        for art in self.arts:
            art.set_mode(mode)
        self.redraw()

    @property
    def seconds(self) -> float:
        """Between two drawings: what the last one cost decides."""
        return min(LATEST, max(SOONEST, self._cost / BYTES_PER_SECOND))

    def on_unmount(self) -> None:
        """Leave nothing in the terminal."""
        for art in self.arts:
            art.forget()

    def draw(self, room: Size) -> list[Line]:
        """In the middle of the room."""
        sides, (width, height) = self._sides, room
        if not sides:
            return []
        beside, over = Size((width - GAP) // 2, height), Size(width, (height - 1) // 2)
        if len(sides) == 1 or max(_rows(sides[0], beside), _rows(sides[0], over)) < 4:
            lines = self._side(0, room)
        elif _rows(sides[0], beside) >= _rows(sides[0], over):
            left, right = self._side(0, beside), self._side(1, beside)
            gap: Line = [(" " * (width - 2 * beside.width), Role.TEXT)]
            lines = [[*a, *gap, *b] for a, b in zip(left, right, strict=True)]
        else:
            lines = [*self._side(0, over), [], *self._side(1, over)]
        self._cost = cost(lines) + sum(art.take_pixels_cost() for art in self.arts)
        return lines

    def _side(self, number: int, room: Size) -> list[Line]:
        """Exactly `room.height` lines of `room.width` cells: the image over its captions, in the middle."""
        side = self._sides[number]
        words: list[Line] = [self._words(text, role, room.width) for text, role in side.captions[:CAPTIONS]]
        rows = _rows(side, room)
        if side.images is None or rows < 1:
            body = words
        else:
            columns = _columns(side.images, rows)
            left = " " * ((room.width - columns) // 2)
            right = " " * (room.width - columns - len(left))
            art = self.arts[number].lines(side.images, side.number, columns, rows)
            body = [[(left, Role.TEXT), *line, (right, Role.TEXT)] for line in art] + words
        blank: Line = [(" " * room.width, Role.TEXT)]
        above = max(0, room.height - len(body)) // 2
        lines = [blank] * above + body
        return (lines + [blank] * (room.height - len(lines)))[: room.height]

    def _words(self, text: str, role: Role, width: int) -> Line:
        return [(fit(plain(text, self.glyphs), width, self.glyphs).center(width), role)]


def _rows(side: Side, room: Size) -> int:
    """Lines of its image in that room, no more than it has lines of pixels: beyond that there is nothing more to see."""
    height = room.height - min(CAPTIONS, len(side.captions))
    if side.images is None or height < 1 or room.width < 1:
        return 0
    rows = min(height, max(14, side.images.height))
    while rows > 0 and _columns(side.images, rows) > room.width:
        rows -= 1
    return rows


def _columns(images: Images, rows: int) -> int:
    """A cell is twice as high as it is wide."""
    return max(1, round(rows * 2 * images.width / images.height))


def alone(images: Images | None, number: int, scores: Sequence[float], name: str, glyphs: Glyphs) -> tuple[Side, ...]:
    """An image of which no neighbour can be known."""
    return (_sample(images, number, scores, name, "", glyphs),)


def waiting(snapshot: Snapshot, number: int, name: str, words: str, glyphs: Glyphs) -> tuple[Side, ...]:
    """A sample, and words in place of its neighbour."""
    sample = _sample(snapshot.preview.images, number, snapshot.preview.scores, name, "", glyphs)
    return sample, Side(None, 0, [("nearest training image", Role.TEXT), (words, Role.MUTED)])


def beside_neighbour(snapshot: Snapshot, pair: Pair, number: int, name: str, glyphs: Glyphs) -> tuple[Side, ...]:
    """A sample of the step for which neighbours were looked up, if it was seen; else as it is now, which is then said."""
    when = f"step {pair.step:,}"
    distance = f"distance {pair.distances[number]:.3f}" if number < len(pair.distances) else "distance not known"
    if pair.samples is not None and number < pair.samples.count:
        sample = _sample(pair.samples, number, pair.scores, name, when, glyphs)
    else:
        sample = _sample(snapshot.preview.images, number, snapshot.preview.scores, name, "now", glyphs)
        distance = f"as of {when} {glyphs.middot} {distance}"
    return sample, Side(pair.neighbours, number, [("nearest training image", Role.TEXT), (distance, Role.MUTED)])


def _sample(images: Images | None, number: int, scores: Sequence[float], name: str, when: str, glyphs: Glyphs) -> Side:
    """Which one it is and of when; what D says of it."""
    title = f"{name} {number + 1}" + (f" {glyphs.middot} {when}" if when else "")
    if number >= len(scores):
        return Side(images, number, [(title, Role.TEXT), ("", Role.MUTED)])
    score = scores[number]
    return Side(images, number, [(title, Role.TEXT), (f"D takes it for real: {score_text(score, glyphs)}", score_role(score))])
