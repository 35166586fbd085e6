"""Images as lines of a `LineWidget`, in the mode that the person has chosen."""

from collections.abc import Callable
from functools import lru_cache

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.style import Style
from textual._context import NoActiveAppError
from textual.widget import Widget

from gan_tui.dashboard.widgets.line_widget import CellStyle, Line
from gan_tui.render import kitty
from gan_tui.render.images import Colour, ImageMode, draw_image
from gan_tui.render.styles import Role
from gan_tui.run.images import Images

STYLED_BYTES = 28
"""What a change of colours costs, foreground and ground together."""


class ImageArt:
    """Draws images and remembers what it drew, so that a selection that moves costs nothing.

    `numbers` are those under which a terminal that shows pixels keeps the images; `widget` is the one in which they stand.
    """

    def __init__(self, numbers: range, widget: Widget) -> None:
        self.mode = ImageMode.ASCII
        self._numbers = numbers
        self._widget, self._write = widget, write_to(widget)
        self._drawn: dict[tuple[int, int, int, int], list[Line]] = {}
        self._drawn_from: tuple[Images | None, ImageMode, bool] = (None, self.mode, False)
        self._sent: set[int] = set()
        self._pixels_cost = 0

    def set_mode(self, mode: ImageMode) -> None:
        """Draw in another way from now on."""
        if mode is not self.mode:
            self.forget()
            self.mode = mode

    def lines(self, images: Images, index: int, columns: int, rows: int, slot: int = 0) -> list[Line]:
        """One image as `rows` lines of `columns` cells. `slot` tells apart what stands on the screen at the same time."""
        inked = on_light(self._widget)
        if self._drawn_from[0] is not images or self._drawn_from[1:] != (self.mode, inked):
            self._drawn.clear()
            self._drawn_from = (images, self.mode, inked)
        key = (index, columns, rows, slot)
        if key not in self._drawn:
            self._drawn[key] = self._draw(images, index, columns, rows, slot)
        return self._drawn[key]

    def _draw(self, images: Images, index: int, columns: int, rows: int, slot: int) -> list[Line]:
        if self.mode is ImageMode.PIXELS and slot < len(self._numbers) and max(columns, rows) <= kitty.LARGEST_SIDE:
            number = self._numbers[slot]
            request = kitty.transmit(images, index, number, columns, rows)
            self._pixels_cost += len(request)
            self._sent.add(number)
            self._write(request)
            return [[(line, _style((number, None)))] for line in kitty.placeholders(columns, rows)]
        picture = draw_image(images, index, self.mode, columns, rows, inked=self._drawn_from[2])
        return [[(run.text, _look(run.foreground, run.ground)) for run in line] for line in picture]

    def take_pixels_cost(self) -> int:
        """Bytes of images that were sent since this was asked last."""
        cost, self._pixels_cost = self._pixels_cost, 0
        return cost

    def forget(self) -> None:
        for number in self._sent:
            self._write(kitty.forget(number))
        self._sent.clear()
        self._drawn.clear()


def on_light(widget: Widget) -> bool:
    """Is what it draws dark on a light ground?"""
    try:
        return not widget.app.current_theme.dark
    except NoActiveAppError:
        return False


def write_to(widget: Widget) -> Callable[[str], None]:
    """A way for escape sequences past Textual, which has none of its own for them."""

    def write(sequence: str) -> None:
        if (driver := widget.app._driver) is not None:
            driver.write(sequence)

    return write


def cost(lines: list[Line]) -> int:
    """About how many bytes it takes to send these lines."""
    return sum(_piece_cost(text, look) for line in lines for text, look in line)


def _piece_cost(text: str, look: CellStyle) -> int:
    styling = STYLED_BYTES if isinstance(look, Style) else 0
    return styling + (len(text) if text.isascii() else 3 * len(text))


@lru_cache(maxsize=8192)
def _look(foreground: Colour | None, ground: Colour | None) -> CellStyle:
    return Role.TEXT if foreground is None and ground is None else _style((foreground, ground))


@lru_cache(maxsize=8192)
def _style(colours: tuple[Colour | int | None, Colour | None]) -> Style:
    """The style of a foreground, or of an image's number, and a ground."""
    foreground, ground = colours if colours[0] is not None else (colours[1], colours[1])  # a space has any foreground: the shortest to say
    return Style(color=None if foreground is None else _colour(foreground), bgcolor=None if ground is None else _colour(ground))


def _colour(colour: Colour | int) -> Color:
    """Greys as one of the 256 colours, which is half as long to say as three channels.

    Textual turns colours that have no triplet into three channels; these have one, so that they stay as they are.
    """
    if isinstance(colour, int):
        return Color(f"color({colour})", ColorType.EIGHT_BIT, colour, ColorTriplet(colour, colour, colour))
    red, green, blue = colour
    if not red == green == blue:
        return Color.from_rgb(red, green, blue)
    number = 16 if red < 4 else 231 if red > 246 else min(255, 232 + max(0, red - 8 + 5) // 10)
    return Color(f"color({number})", ColorType.EIGHT_BIT, number, ColorTriplet(red, red, red))
