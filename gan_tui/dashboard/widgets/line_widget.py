"""The base of all panels: lines of coloured text of which only the cells that changed are sent."""

from collections.abc import Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar

from rich.cells import cell_len, get_character_cell_size
from rich.color import Color as RichColour
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.theme import Theme
from textual.widget import Widget

from gan_tui.render.glyphs import UNICODE, Glyphs
from gan_tui.render.styles import PALE, Banded, Look, Role
from gan_tui.render.text import fit, fit_both_ends, plain, rows_of, wrapped

ROLE_CLASSES = {f"role--{role}" for role in Role}
"""The app's: Textual works out a widget's component classes anew at every change of size, which took 0.1 s while each widget had them."""
TOPIC, FIGURE = "topic", "figure"
"""Under which a style has what a number is about, and that it is the number's own and not that of what stands beside it."""


class Number(NamedTuple):
    """The look of a number that a card tells of (see `cards.py`)."""

    topic: str
    """The name of its metric, or what it is called on the screen."""
    look: Look = Role.STRONG
    figure: bool = True
    """False: it is its name, its bar or its curve. A click opens the same card."""


def beside(topic: str, look: Look) -> Number:
    """The look of a number's name, bar or curve."""
    return Number(topic, look, figure=False)


class Key(NamedTuple):
    """The look of words that name a key; a click on them presses it."""

    name: str
    """Textual's."""
    look: Look = Role.MUTED

    @property
    def meta(self) -> dict[str, str]:
        """Of the style: Textual carries out what it names."""
        return {"@click": f"app.simulate_key({self.name!r})"}


class Act(NamedTuple):
    """The look of what does something under a click."""

    action: str
    """Textual's: `screen.choose(1)`."""
    look: Look = Role.MUTED

    @property
    def meta(self) -> dict[str, str]:
        """Of the style, as a key's."""
        return {"@click": self.action}


CellStyle = Look | Number | Key | Act | Style
"""Images have colours that no theme knows: those are styles, laid over that of plain text."""
Line = list[tuple[str, CellStyle]]
Cell = tuple[str, Style | None]
Data = TypeVar("Data")


class LineWidget(Widget):
    """Subclasses say in `draw` what stands in their lines, and call `redraw` when that may have changed.

    The base compares the cells of old and new lines and refreshes the span from the first to the last one that differ: what has not
    changed is not put together anew.
    """

    can_focus = False

    def __init__(self, glyphs: Glyphs = UNICODE, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.glyphs = glyphs
        self._strips: list[Strip] = []
        self._drawn_for: tuple[int, int] | None = None
        self._styles: dict[CellStyle, Style] = {}
        self.set_reactive(LineWidget.auto_links, False)  # what can be clicked looks the same under the mouse
        self._theme: Theme | None = None
        """What `_styles` were taken from."""

    def draw(self, room: Size) -> list[Line]:
        """The lines for this room; what is missing stays blank, what is too long is cut."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw anew and refresh what is different."""
        size = (self.size.width, self.size.height)
        if self._drawn_for != size:
            self.refresh()  # never drawn at this size: render_line will
            return
        old, self._strips = self._strips, self._make_strips()
        regions = [
            Region(first, y, end - first, 1)
            for y, (before, now) in enumerate(zip(old, self._strips, strict=True))
            for first, end in self._differences(before, now)
        ]
        if regions:
            self.refresh(*regions)

    def _differences(self, before: Strip, now: Strip) -> list[tuple[int, int]]:
        """The columns to send: from the first to behind the last cell that differ."""
        columns = differing(before, now)
        return [(columns[0], columns[-1] + 1)] if columns else []

    def render_line(self, y: int) -> Strip:
        """One line for Textual."""
        size = (self.size.width, self.size.height)
        if self._drawn_for != size:
            self._strips = self._make_strips()
            self._drawn_for = size
        return self._strips[y] if y < len(self._strips) else Strip.blank(size[0], self._style(Role.TEXT))

    def numbers(self) -> Iterator[tuple[Region, str, str]]:
        """Where on the screen a number stands that a card tells of, what it is about, and how it reads."""
        if self._drawn_for != (self.size.width, self.size.height):
            self.render_line(0)  # of a screen that was laid out anew, and of which no frame was drawn yet
        for y, strip in enumerate(self._strips):
            x = 0
            for segment in strip:
                meta = segment.style.meta if segment.style else {}
                text = segment.text.strip()
                if meta.get(FIGURE) and text:
                    left = x + len(segment.text) - len(segment.text.lstrip())
                    yield Region(left, y, cell_len(text), 1).translate(self.content_region.offset), meta[TOPIC], text
                x += segment.cell_length

    def notify_style_update(self) -> None:
        """A theme, a ground or a size has changed: nothing that was drawn is right any more."""
        self._styles.clear()
        self._drawn_for = None
        if self._theme not in (None, self.app.current_theme):
            self.refresh()  # no rule of this widget has changed, so Textual would not
        super().notify_style_update()

    def _make_strips(self) -> list[Strip]:
        width, height = self.size
        lines = self.draw(self.size)[:height] if width and height else []
        lines += [[] for _ in range(height - len(lines))]
        strips = (Strip([Segment(text, self._style(role)) for text, role in line if text]) for line in lines)
        return [self._fitted(strip, width).simplify() for strip in strips]

    def _fitted(self, strip: Strip, width: int) -> Strip:
        """As wide as the widget: what is too long is cut, with a mark where that loses more than blanks."""
        if strip.cell_length > width and strip.crop(width).text.strip():
            mark = Segment(self.glyphs.ellipsis[:1], self._style(Role.MUTED))
            strip = Strip([*strip.crop(0, width - 1), mark])
        return strip.adjust_cell_length(width, self._style(Role.TEXT))

    def _style(self, look: CellStyle) -> Style:
        if look not in self._styles:
            if isinstance(look, Style):
                self._styles[look] = self._style(Role.TEXT) + look
            elif isinstance(look, Number):
                self._styles[look] = self._style(look.look) + Style(meta={TOPIC: look.topic, FIGURE: look.figure})
            elif isinstance(look, Key | Act):
                self._styles[look] = self._style(look.look) + Style(meta=look.meta)
            elif isinstance(look, Banded):
                ground = Style(bgcolor=self._pale(look.on)) if look.on else Style()
                self._styles[look] = self._style(look.role) + ground + (Style(color=self._pale(look.role)) if look.pale else Style())
            else:
                role = self.app.get_component_styles(f"role--{look}")
                self._styles[look] = self.rich_style + role.text_style + Style(color=role.color.rich_color)
                self._theme = self.app.current_theme
        return self._styles[look]

    def _pale(self, role: Role) -> RichColour:
        """The colour of a role's band: a little of the role's over the ground."""
        style = self._style(role)
        if style.color is None or style.bgcolor is None:
            return RichColour.default()
        ground, ink = Color.from_rich_color(style.bgcolor), Color.from_rich_color(style.color)
        return ground.blend(ink, PALE).rich_color


class DataWidget(LineWidget, Generic[Data]):
    """Draws nothing but `data`; None before the first."""

    def __init__(self, glyphs: Glyphs, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(glyphs, id=id, classes=classes)
        self.data: Data | None = None

    def show(self, data: Data) -> None:
        """Show newer data, or the same some time later. A run's state changes in place, so what is drawn is compared, not the data."""
        self.data = data
        self.redraw()


def _cells(strip: Strip) -> list[Cell]:
    """The strip cell by cell; a wide character fills two."""
    return [cell for text, style, _ in strip for sign in text for cell in [(sign, style)] * get_character_cell_size(sign)]


def differing(before: Strip, now: Strip) -> Sequence[int]:
    """The columns whose cells differ."""
    if before == now:
        return ()
    old, new = _cells(before), _cells(now)
    if len(old) != len(new):
        return range(max(len(old), len(new)))
    return [x for x, (a, b) in enumerate(zip(old, new, strict=True)) if a != b]


class Paragraph(LineWidget):
    """Words in as many lines as they take; the style sheet says in how many at most."""

    def __init__(self, glyphs: Glyphs, role: Role = Role.TEXT, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._words, self._role = "", role

    def say(self, words: str) -> None:
        """Say something else; nothing is sent where it is the same."""
        if (words := plain(words, self.glyphs)) != self._words:
            self._words = words
            self.refresh(layout=True)
            self.redraw()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many as they take."""
        del container, viewport
        return len(wrapped(self._words, max(1, width)))

    def draw(self, room: Size) -> list[Line]:
        """The words."""
        return [[(row, self._role)] for row in rows_of(self._words, room.width, room.height, self.glyphs)]


class TextLine(LineWidget):
    """A label where it has one, and its words, printable whatever they hold and cut to their room."""

    def __init__(
        self,
        glyphs: Glyphs,
        words: str = "",
        role: Role = Role.TEXT,
        *,
        label: str = "",
        right: bool = False,
        path: bool = False,
        id: str | None = None,
    ) -> None:
        """`right`: it stands at the right end of its room; `path`: it ends with one, whose end tells more than its middle."""
        super().__init__(glyphs, id=id)
        self._label = f"{label}  " if label else ""
        self._right = right
        self._cut = fit_both_ends if path else fit
        self._words, self._role = plain(words, glyphs), role
        self._usual_role = role

    def say(self, words: str, role: Role | None = None) -> None:
        """Say something else, in the role that the line began with unless another is given; nothing is sent where it is the same."""
        if (said := (plain(words, self.glyphs), role or self._usual_role)) != (self._words, self._role):
            self._words, self._role = said
            self.redraw()
            if self.styles.width is not None and self.styles.width.is_auto:
                # Not `refresh(layout=True)`: while another layout is owed, that keeps the width of the words before.
                self.styles.min_width = cell_len(self._label + self._words)

    def get_content_width(self, container: Size, viewport: Size) -> int:
        """Where its width is `auto`."""
        del container, viewport
        return cell_len(self._label + self._words)

    def draw(self, room: Size) -> list[Line]:
        """`run  /home/me/gan-tui-runs/first`."""
        words = self._cut(self._words, max(0, room.width - len(self._label)), self.glyphs)
        blank = " " * (room.width - len(self._label) - cell_len(words)) if self._right else ""
        return [[(self._label, Role.MUTED), (blank + words, self._role)]]
