"""A terminal's screen as a film shows it: lines of text in colours, and for how long they stand."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from rich.cells import cell_len

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255 each."""


class Look(NamedTuple):
    """How signs look."""

    ink: Colour
    ground: Colour
    bold: bool = False


Span = tuple[str, Look]
Line = tuple[Span, ...]
"""As wide as the screen."""


class Sign(NamedTuple):
    """One character, and where it stands."""

    text: str
    column: int
    cells: int
    look: Look


class Shot(NamedTuple):
    """A screen, and the seconds for which it stands."""

    lines: tuple[Line, ...]
    seconds: float


class Reel(NamedTuple):
    """A film of a screen of `columns` x `rows`; `ground` is the colour of what is empty."""

    title: str
    columns: int
    rows: int
    ground: Colour
    shots: Sequence[Shot]

    @property
    def seconds(self) -> float:
        """How long it is."""
        return sum(shot.seconds for shot in self.shots)

    def round_again(self) -> "Reel":
        """The same for who shows it over and over: beginning with its end, which is what is seen of a film that stands still."""
        return self._replace(shots=[self.shots[-1], *self.shots[:-1]])


def signs_of(line: Line) -> Iterator[Sign]:
    """Every character of a line, with its place; what takes no cell of its own (an accent that combines) is left out."""
    column = 0
    for text, look in line:
        for character in text:
            cells = cell_len(character)
            if cells:
                yield Sign(character, column, cells, look)
            column += cells


def cells_of(line: Line, columns: int) -> list[Sign | None]:
    """What stands in each cell; None behind the first of a character that has two, and where nothing is."""
    found: list[Sign | None] = [None] * columns
    for sign in signs_of(line):
        if sign.column < columns:
            found[sign.column] = sign
    return found


def hexadecimal(colour: Colour) -> str:
    """`#5cc8ff`."""
    return f"#{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}"
