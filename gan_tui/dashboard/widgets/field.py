"""The field of `gan-tui play`: real and generated points over D's surface; the mouse draws real ones in it."""

from itertools import groupby

from rich.color import Color as RichColor
from rich.style import Style
from textual import events
from textual.color import Color
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip

from gan_tui.dashboard.widgets.line_widget import CellStyle, Line, LineWidget, differing
from gan_tui.render.field import LEVELS, FieldLook, Ink, draw_field, new_levels
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.terminal import Colours
from gan_tui.run.playing import Picture, Point

ROLES = {Ink.NONE: Role.D, Ink.GRID: Role.MUTED, Ink.REAL: Role.STRONG, Ink.GENERATED: Role.G, Ink.ARROW: Role.GOOD}
STRONGEST = 0.62
"""How much of D's colour is in the ground of a cell that it takes for real: more, and the points could not be seen."""
ERASES = 3
"""The mouse button that does."""


class Field(LineWidget):
    """As wide and high as it is, it shows the plane from -1 to 1 both ways."""

    class Stroke(Message):
        """The mouse draws, or erases, real points."""

        def __init__(self, at: Point, *, erases: bool, begins: bool, radius: float) -> None:
            super().__init__()
            self.at, self.erases, self.begins, self.radius = at, erases, begins, radius

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self.picture: Picture | None = None
        self._levels: list[int] = []
        self._colours = Colours.TRUE
        self._cell_styles: dict[tuple[Ink, int], CellStyle] = {}
        self._button = 0

    def show(self, picture: Picture) -> None:
        """Show a newer picture. One of another size than the field's, asked for before that changed, has no surface."""
        self.picture = picture
        self._levels = new_levels(picture.surface, self._levels)
        self.redraw()

    def set_colours(self, colours: Colours) -> None:
        """So many has the terminal."""
        if colours is not self._colours:
            self._colours = colours
            self._cell_styles.clear()
            self.redraw()

    @property
    def look(self) -> FieldLook:
        """With what it is drawn on this terminal."""
        unicode = self.glyphs.unicode
        return FieldLook(
            dots=unicode and self._colours is not Colours.NONE,
            unicode=unicode,
            shaded=unicode and self._colours in (Colours.MANY, Colours.TRUE),
        )

    def draw(self, room: Size) -> list[Line]:
        """All cells, neighbours of one style as one piece."""
        if self.picture is None:
            return []
        levels = self._levels if len(self._levels) == room.area else [0] * room.area
        cells = draw_field(self.picture, levels, room.width, room.height, self.look)
        lines: list[Line] = []
        for first in range(0, room.area, room.width):
            line = groupby(cells[first : first + room.width], key=lambda cell: (cell.ink, cell.level))
            lines.append([("".join(cell.sign for cell in piece), self._cell_style(*kind)) for kind, piece in line])
        return lines

    def notify_style_update(self) -> None:
        """Another theme."""
        self._cell_styles.clear()
        super().notify_style_update()

    def _differences(self, before: Strip, now: Strip) -> list[tuple[int, int]]:
        """Every run of cells that differ: the app sends just these (`exact_update.py`)."""
        runs: list[tuple[int, int]] = []
        for x in differing(before, now):
            if runs and runs[-1][1] == x:
                runs[-1] = runs[-1][0], x + 1
            else:
                runs.append((x, x + 1))
        return runs

    def _cell_style(self, ink: Ink, level: int) -> CellStyle:
        if not self.look.shaded:
            return ROLES[ink]
        if (ink, level) not in self._cell_styles:
            surface, d = self.background_colors[1], self._role_colour(Role.D)
            ground = surface.blend(d, STRONGEST * level / (LEVELS - 1))
            style = Style(bgcolor=_rich(ground))
            if ink is not Ink.NONE:
                style += Style(color=_rich(self._role_colour(ROLES[ink])), bold=False)
            self._cell_styles[ink, level] = style
        return self._cell_styles[ink, level]

    def _role_colour(self, role: Role) -> Color:
        return self.app.get_component_styles(f"role--{role}").color

    def shade(self, level: int) -> CellStyle:
        """Of a cell without points, for the legend."""
        return self._cell_style(Ink.NONE, level)

    # The mouse

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self._button = event.button
        self.capture_mouse()
        self._stroke(event, begins=True)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._button:
            self._stroke(event, begins=False)

    def on_mouse_up(self) -> None:
        self._button = 0
        self.release_mouse()

    def _stroke(self, event: events.MouseEvent, *, begins: bool) -> None:
        width, height = self.size
        if width and height and 0 <= event.x < width and 0 <= event.y < height:
            at = ((event.x + 0.5) / width * 2 - 1, 1 - (event.y + 0.5) / height * 2)
            self.post_message(self.Stroke(at, erases=self._button == ERASES, begins=begins, radius=3 / width))


def _rich(colour: Color) -> RichColor:
    return RichColor.from_rgb(colour.r, colour.g, colour.b)
