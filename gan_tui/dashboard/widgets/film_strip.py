"""A film strip: the same latents at early epochs and now, side by side."""

import asyncio
import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from textual.geometry import Size
from textual.widget import Widget

from gan_tui.dashboard import timing
from gan_tui.dashboard.grids import Grids
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.widgets.image_art import ImageArt
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.styles import Role
from gan_tui.render.text import fit
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images

FRAMES = 4
"""The last of them is now."""
GAP = 2
"""Cells between two frames."""
SMALLEST, LARGEST = 4, 7
"""Lines of an image."""
FILM_SECONDS = 5.0
"""Between two looks at it: epochs may be shorter than a second, and each changes the frames in the middle."""
NOW_SECONDS = 15.0
"""Between two pictures of now within an epoch: the newest samples stand above it."""


class Frame(NamedTuple):
    """One moment."""

    caption: str
    images: Images


class FilmStrip(LineWidget):
    """Reads grids of earlier epochs in a thread. Empty (class `-empty`) while there is no earlier one."""

    def __init__(self, run: RunDirectory, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id, classes="-empty")
        self._grids = Grids(run)
        self._arts = [ImageArt(range(0), self) for _ in range(FRAMES)]
        self._frames: Sequence[Frame] = ()
        self._shown: tuple[object, ...] = ()
        self._shown_at = -math.inf

    def set_mode(self, mode: ImageMode) -> None:
        for art in self._arts:
            art.set_mode(mode)
        self.redraw()

    def show(self, snapshot: Snapshot) -> None:
        """Follow the run: another frame where an epoch has ended, now and then a newer picture of now."""
        state, newest = snapshot.state, snapshot.preview
        if snapshot.task.picture or newest.images is None or not self._has_room:
            return
        epochs = spread(epoch for epoch, grid in state.grids.items() if grid.step < newest.step)
        found, due = (tuple(epochs), id(state)), abs(timing.now() - self._shown_at) >= NOW_SECONDS
        if found == self._shown and not (due and newest.images is not self._frames[-1].images if self._frames else due):
            return
        self._shown, self._shown_at = found, timing.now()
        self.run_worker(self._read(snapshot, epochs), group="film", exclusive=True)

    @property
    def _has_room(self) -> bool:
        """Is there a place for it on a screen of this size? What is not seen is not read."""
        return all(widget.display for widget in self.ancestors_with_self if isinstance(widget, Widget))

    async def _read(self, snapshot: Snapshot, epochs: Sequence[int]) -> None:
        newest, frames = snapshot.preview.images, []
        for epoch in epochs:
            event = snapshot.state.grids.get(epoch)
            if event is None:
                continue
            grid = self._grids.known(event) or await asyncio.to_thread(self._grids.read, event, newest)
            if isinstance(grid, Images) and newest is not None and (grid.width, grid.height) == (newest.width, newest.height):
                frames.append(Frame(f"{snapshot.place_word} {snapshot.place_of(epoch):,}" if epoch else f"step {event.step:,}", grid))
        if frames and newest is not None:
            frames.append(Frame("now" if snapshot.alive else "at the end", newest))
        self._frames = frames
        self.set_class(not frames, "-empty")
        self.redraw()

    def draw(self, room: Size) -> list[Line]:
        """Images, and below them when that was."""
        if not self._frames:
            return []
        images = self._frames[-1].images
        frames, width, height = arranged(len(self._frames), images.width / images.height, room.width, room.height - 1)
        if not frames:
            return []
        chosen = [*self._frames[: frames - 1], self._frames[-1]]
        each = (room.width + GAP) // frames - GAP
        count = max(1, min(each // width, *(frame.images.count for frame in chosen)))
        left = " " * max(0, (room.width - frames * (count * width + GAP) + GAP) // 2)
        lines: list[Line] = [[(left, Role.TEXT)] for _ in range(height + 1)]
        for number, (frame, art) in enumerate(zip(chosen, self._arts, strict=False)):
            gap = " " * GAP if number else ""
            drawn = [art.lines(frame.images, index, width, height, slot=index) for index in range(count)]
            for y in range(height):
                between = self.glyphs.arrow.ljust(GAP) if number and y == height // 2 else gap
                lines[y] += [(between, Role.MUTED), *(piece for image in drawn for piece in image[y])]
            last = number == frames - 1
            caption = fit(frame.caption, count * width, self.glyphs).center(count * width)
            lines[height] += [(gap, Role.TEXT), (caption, Role.ACCENT if last else Role.MUTED)]
        return lines


def spread(epochs: Iterable[int]) -> list[int]:
    """Those that a strip shows before now: the first, and others at distances that grow, for what is learned early is seen best."""
    known = sorted(epochs)
    if len(known) < FRAMES:
        return known
    first, last = max(1, known[0]), max(1, known[-1])
    found: list[int] = []
    for place in range(FRAMES - 1):
        wanted = first * (last / first) ** (place / (FRAMES - 1))
        left = [epoch for epoch in known if not found or epoch > found[-1]]
        left = left[: len(left) - (FRAMES - 2 - place)] or left
        found.append(min(left, key=lambda epoch: abs(epoch - wanted)))
    return found


def arranged(count: int, aspect: float, width: int, height: int) -> tuple[int, int, int]:
    """How many of `count` frames fit, and the columns and lines of an image in them; none where even two do not.

    `aspect`: an image's width divided by its height.
    """
    for frames in range(min(count, FRAMES), 1, -1):
        each = (width + GAP) // frames - GAP
        for lines in range(min(height, LARGEST), SMALLEST - 1, -1):
            columns = max(1, round(2 * lines * aspect))
            if columns <= each:
                return frames, columns, lines
    return 0, 0, 0
