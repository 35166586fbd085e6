"""What stands beside the field of `gan-tui play`: the lesson, the numbers, the knobs, what is what."""

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard.play_state import Play
from gan_tui.dashboard.widgets.field import ROLES, Field
from gan_tui.dashboard.widgets.line_widget import Act, CellStyle, DataWidget, Key, Line
from gan_tui.dashboard.widgets.losses_and_scores import LABELS
from gan_tui.render.bars import bar
from gan_tui.render.field import CHARACTERS, LEVELS, SHADES, Ink
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import fit_words, plain, wrapped
from gan_tui.spec.play import KNOBS, Knob

KNOB_LABEL = 14
KNOB_VALUE = 15
ROOMY = 56
"""Cells from which on it is said that what is counted in the one line are knobs."""
WIDE = 38
"""Columns of a legend with two cells a shade."""
DOTS = "⣿"
"""A kind of point in the legend, where points are braille."""


class LessonText(DataWidget[Play]):
    """The sentence, and the question or its answer."""

    def draw(self, room: Size) -> list[Line]:
        """Each in as many lines as it needs; the answer alone where there is no room for both."""
        if self.data is None:
            return []
        texts = said(self.data)
        lines = self._lines(texts, room.width)
        if 0 < room.height < len(lines) and self.data.answered:
            lines = self._lines(texts[-1:], room.width)
        if 0 < room.height < len(lines):
            text, role = lines[room.height - 1][0]
            lines[room.height - 1 :] = [[(fit_words(f"{text} {self.glyphs.ellipsis}", room.width, self.glyphs), role)]]
        return lines

    def _lines(self, texts: list[tuple[str, Role]], width: int) -> list[Line]:
        return [[(row, role)] for words, role in texts for row in wrapped(plain(words, self.glyphs), width)]


def said(play: Play) -> list[tuple[str, Role]]:
    """What a lesson says now; nothing where it was put away."""
    if play.put_away:
        return []
    lesson = play.lesson
    below = f"Answer: {lesson.answer}" if play.answered else f"Question: {lesson.question}"
    return [(lesson.text, Role.TEXT), (below, Role.ACCENT)]


class Updates(DataWidget[Play]):
    """How far it is."""

    def draw(self, room: Size) -> list[Line]:
        """`updates        D 1,241   G 1,240`."""
        trained = self.data.trained if self.data else None
        d, g = (trained.d_updates, trained.g_updates) if trained else (0, 0)
        label = "updates ".ljust(min(LABELS, room.width // 3))
        return [[(label, Role.MUTED), (f"D {d:,}", Role.D), ("   ", Role.TEXT), (f"G {g:,}", Role.G)]]


class Covered(DataWidget[Play]):
    """How much of the real set G makes."""

    def draw(self, room: Size) -> list[Line]:
        """`modes    6 of 8 ━━━━━━━━──`."""
        trained = self.data.trained if self.data else None
        if trained is None:
            return []
        if trained.modes:
            label, value, share = "modes", f"{trained.covered:.0f} of {trained.modes}", trained.covered / trained.modes
        else:
            label, value, share = "covered", f"{trained.covered:.0%}", trained.covered
        words = f"{label:8}{value:>6} "
        filled, rest = bar(share, max(0, room.width - len(words)), self.glyphs)
        return [[(f"{label:8}", Role.MUTED), (f"{value:>6} ", Role.STRONG), (filled, Role.GOOD), (rest, Role.FAINT)]]


class KnobPanel(DataWidget[Play]):
    """All knobs, one a line; in a single line as many as there is room for, the chosen one among them.

    A click on one chooses it, and on a place of its slider puts it there; on how many there are, chooses the next.
    """

    def draw(self, room: Size) -> list[Line]:
        """`> G's rate     0.001     ──━──────`."""
        if self.data is None:
            return []
        if room.height < len(KNOBS):
            return [self._in_one_line(self.data, room.width)]
        return [self._line(self.data, knob, index, room.width) for index, knob in enumerate(KNOBS)]

    def _line(self, play: Play, knob: Knob, index: int, width: int) -> Line:
        chosen = index == play.chosen

        def picked(role: Role) -> CellStyle:
            return Act(f"screen.pick({index})", role)

        name = f"{self.glyphs.arrow if chosen else ' '} {knob.label}"
        value = written(play, knob)
        mark = f" {self.glyphs.changed}" if play.changed(knob) else ""
        room = width - KNOB_LABEL - KNOB_VALUE - 3
        line: Line = [
            (name.ljust(KNOB_LABEL), picked(Role.ACCENT if chosen else Role.MUTED)),
            (value, picked(Role.STRONG)),
            (mark.ljust(KNOB_VALUE + 2 - len(value)), picked(Role.WARNING)),
        ]
        if room >= len(knob.values):
            at = knob.values.index(play.value(knob))
            for place in range(len(knob.values)):
                sign, role = (self.glyphs.dot, Role.ACCENT if chosen else Role.MUTED) if place == at else (self.glyphs.empty, Role.FAINT)
                line.append((sign, Act(f"screen.put({index}, {place})", role)))
        return line

    def _in_one_line(self, play: Play, width: int) -> Line:
        """`› loss hinge   D's rate 0.001   G's rate 0.01   knob 2/8`, from a knob on that lets the chosen one be seen."""
        count = f"{'knob ' * (width >= ROOMY)}{play.chosen + 1}/{len(KNOBS)}"
        width -= len(count) + 1
        items = [
            f"{self.glyphs.arrow if index == play.chosen else ' '} {knob.label} {written(play, knob)}" for index, knob in enumerate(KNOBS)
        ]
        first = 0
        while first < play.chosen and sum(cell_len(item) + 1 for item in items[first : play.chosen + 1]) > width:
            first += 1
        line: Line = []
        for index in range(first, len(items)):
            if sum(cell_len(text) for text, _ in line) + cell_len(items[index]) > width:
                break
            role = Role.ACCENT if index == play.chosen else Role.MUTED
            line.append((items[index] + " ", Act(f"screen.pick({index})", role)))
        blank = width + 1 - sum(cell_len(text) for text, _ in line)
        return [*line, (" " * blank, Role.MUTED), (count, Key("down"))]


class Legend(DataWidget[Play]):
    """What is what in the field."""

    def __init__(self, field: Field, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(glyphs, id=id)
        self._field = field

    def draw(self, room: Size) -> list[Line]:
        """Points and lines; D's shades."""
        look, play = self._field.look, self.data
        kinds = [(Ink.REAL, "real"), (Ink.GENERATED, "generated")]
        if play and play.arrows:
            kinds.append((Ink.ARROW, "-gradient"))
        if play and play.grid:
            kinds.append((Ink.GRID, "G's grid"))
        points: Line = []
        for ink, words in kinds:
            sign = "↗" if ink is Ink.ARROW and look.unicode else DOTS if look.dots else CHARACTERS[ink]
            if sum(cell_len(text) for text, _ in points) + len(words) + 2 <= room.width:
                points += [(sign, ROLES[ink]), (f" {words}  ", Role.MUTED)]
        wide = 2 if room.width >= WIDE else 1
        shades: Line = [("D says: generated ", Role.MUTED)]
        for level in range(LEVELS):
            text = " " * wide if look.shaded else SHADES[level * len(SHADES) // LEVELS]
            shades.append((text, self._field.shade(level)))
        shades.append((" real", Role.MUTED))
        return [points, shades]


def written(play: Play, knob: Knob) -> str:
    """A knob's value in words."""
    value = play.value(knob)
    return value if isinstance(value, str) else f"{value:g}"
