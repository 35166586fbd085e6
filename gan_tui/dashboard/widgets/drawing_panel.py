"""The drawing and the picture of it, side by side or one over the other; the mouse draws on the left one."""

from typing import NamedTuple

from textual import events
from textual.geometry import Size
from textual.message import Message

from gan_tui.dashboard.canvas import Canvas, Pixel
from gan_tui.dashboard.widgets.image_art import ImageArt
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.styles import Role
from gan_tui.run.images import Images

FRAME = 2
"""Cells that a frame takes, across and down."""
ERASER = 1
"""Pixels around the one that is erased: where two lie in a cell, the mouse knows only one of them."""
RIGHT = 3
"""The mouse button that erases."""
UNICODE_INK, ASCII_INK = " ▀▄█", " ',#"
"""A cell without ink, with ink in its upper half, its lower half, in both."""
UNICODE_FRAME, ASCII_FRAME = tuple("┌─┐│└┘"), tuple("+-+|++")


class Layout(NamedTuple):
    """Where drawing and picture stand."""

    columns: int
    rows: int
    """Of each, in cells."""
    below: bool
    """The picture stands below the drawing, not beside it."""
    left: int
    """Blank cells before them."""

    @property
    def fits(self) -> bool:
        return self.columns > 0 and self.rows > 0


def layout(width: int, height: int, room: Size) -> Layout:
    """For pixels of `width` x `height`, twice, each in a frame: as large as there is room for, in whole cells for a pixel if possible."""
    choices = []
    for below in (False, True):
        across = (room.width if below else room.width // 2) - FRAME
        down = (room.height // 2 if below else room.height) - FRAME
        share = min(across / width, 2 * down / height)
        choices.append((float(int(share)) if share >= 1 else max(0.0, share), below))
    share, below = max(choices, key=lambda choice: (choice[0], not choice[1]))
    columns, rows = int(width * share), -(-int(height * share) // 2)
    used = (columns + FRAME) * (1 if below else 2)
    return Layout(columns, rows, below, max(0, (room.width - used) // 2))


class DrawingPanel(LineWidget):
    """A canvas that is drawn on, and beside it an image of the same size."""

    class Drawn(Message):
        """The drawing is another."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self.art = ImageArt(range(250, 251), self)
        self.canvas: Canvas | None = None
        self.erases = False
        """Does the left button erase as well?"""
        self.cursor: Pixel | None = None
        """Where the arrows are; None while the mouse draws."""
        self._picture: Images | None = None
        self._ink = True
        self._last: Pixel | None = None
        """Of a stroke that is being drawn."""

    def show_picture(self, picture: Images | None) -> None:
        self._picture = picture
        self.redraw()

    def set_mode(self, mode: ImageMode) -> None:
        self.art.set_mode(mode)
        self.redraw()

    def on_unmount(self) -> None:
        """Leave nothing in the terminal."""
        self.art.forget()

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A stroke begins."""
        pixel = self._pixel_at(event)
        if self.canvas is None or pixel is None or not self.canvas.holds(pixel):
            return
        self.capture_mouse()
        self.canvas.begin()
        self.cursor, self._last = None, pixel
        self._ink = event.button != RIGHT and not self.erases
        self._draw_to(pixel)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """It goes on."""
        pixel = self._pixel_at(event)
        if self._last is not None and pixel is not None and pixel != self._last:
            self._draw_to(pixel)

    def on_mouse_up(self) -> None:
        """It ends."""
        self._last = None
        self.release_mouse()

    def _draw_to(self, pixel: Pixel) -> None:
        if self.canvas is None or self._last is None:
            return
        self.canvas.line(self._last, pixel, ink=self._ink, radius=0 if self._ink else ERASER)
        self._last = pixel
        self.redraw()
        self.post_message(self.Drawn())

    def _pixel_at(self, event: events.MouseEvent) -> Pixel | None:
        """The pixel under the mouse, beside the canvas too; None where there is no room for one."""
        if self.canvas is None or not (place := layout(self.canvas.width, self.canvas.height, self.size)).fits:
            return None
        x, y = event.pointer_x - place.left - FRAME // 2, event.pointer_y - FRAME // 2
        return int(x * self.canvas.width // place.columns), int(y * self.canvas.height // place.rows)

    # What is seen

    def draw(self, room: Size) -> list[Line]:
        """Both in their frames."""
        canvas = self.canvas
        if canvas is None:
            return []
        place = layout(canvas.width, canvas.height, room)
        if not place.fits:
            return [[("this window is too small to draw in", Role.MUTED)]]
        drawing = self._framed("outline", self._drawing(canvas, place), place)
        picture = self._framed("picture", self._image(place), place)
        left: Line = [(" " * place.left, Role.TEXT)]
        if place.below:
            return [[*left, *line] for line in (*drawing, *picture)]
        return [[*left, *a, *b] for a, b in zip(drawing, picture, strict=True)]

    def _image(self, place: Layout) -> list[Line]:
        if self._picture is None:
            return [[(" " * place.columns, Role.TEXT)] for _ in range(place.rows)]
        return self.art.lines(self._picture, 0, place.columns, place.rows)

    def _framed(self, title: str, lines: list[Line], place: Layout) -> list[Line]:
        corner, across, other, upright, low, last = UNICODE_FRAME if self.glyphs.unicode else ASCII_FRAME
        words = f" {title} " if place.columns > len(title) + 2 else ""
        above: Line = [(corner + across, Role.FAINT), (words, Role.MUTED), (across * (place.columns - len(words) - 1) + other, Role.FAINT)]
        body: list[Line] = [[(upright, Role.FAINT), *line, (upright, Role.FAINT)] for line in lines]
        return [above, *body, [(low + across * place.columns + last, Role.FAINT)]]

    def _drawing(self, canvas: Canvas, place: Layout) -> list[Line]:
        """Half blocks in the colour of text, which no terminal lacks: a pixel, or what lies in one half of a cell."""
        signs = UNICODE_INK if self.glyphs.unicode else ASCII_INK
        columns = [(x * canvas.width // place.columns, -(-(x + 1) * canvas.width // place.columns)) for x in range(place.columns)]
        halves = [(y * canvas.height // (2 * place.rows), -(-(y + 1) * canvas.height // (2 * place.rows))) for y in range(2 * place.rows)]
        lines: list[Line] = []
        for upper, lower in zip(halves[::2], halves[1::2], strict=True):
            cells = [
                signs[canvas.inked(left, upper[0], right, upper[1]) + 2 * canvas.inked(left, lower[0], right, lower[1])]
                for left, right in columns
            ]
            line: Line = [("".join(cells), Role.TEXT)]
            if self.cursor is not None and upper[0] <= self.cursor[1] < max(upper[1], lower[1]):
                line = self._with_cursor(cells, columns, upper)
            lines.append(line)
        return lines

    def _with_cursor(self, cells: list[str], columns: list[tuple[int, int]], upper: tuple[int, int]) -> Line:
        """`+` where the cell is one pixel, else an arrow to its upper or lower half."""
        assert self.cursor is not None
        x, y = self.cursor
        at = [index for index, (left, right) in enumerate(columns) if left <= x < right]
        place = at[len(at) // 2]
        sign = "+" if len(at) > 1 else "^" if y < upper[1] else "v"
        return [("".join(cells[:place]), Role.TEXT), (sign, Role.ACCENT), ("".join(cells[place + 1 :]), Role.TEXT)]
