"""What the terminal shows, and an update of it in few bytes: the cells that are others than before, and each style once.

Textual 8 sends a line of a widget from its left edge on, with its border and its blanks, however little of it has changed, and says the
style of each piece of text. Here all cells of one style go out together, wherever they are: that costs a movement of the cursor for each.
"""

import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from rich.cells import cell_len, get_character_cell_size
from rich.color import ColorSystem
from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.strip import Strip

from gan_tui.render.kitty import PLACEHOLDER

Codes = tuple[str, str]
"""What begins a style, and what ends it."""
Cell = tuple[Any, ...]
"""A character and its codes; of a text whose characters are no cell each all of it, its codes, and how far inside the cell is."""
Piece = tuple[int, str, Style | None]
"""The column where a text begins, and its style."""
TRUSTED_SECONDS = 60.0
"""After which cells are sent though they should be there: another program may have written over them."""
GAP = 4
"""Unchanged cells that are sent again where they are in the way: a movement of the cursor has as many bytes."""
_MARK = "x"


class ShownScreen:
    """The cells that the terminal has been sent."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since = clock()
        self._lines: dict[int, list[Cell | None]] = {}
        """None where nobody knows."""

    def forget(self) -> None:
        """The terminal may show anything: it has another size, or another program has written over it."""
        self._lines.clear()

    def news(self, update: CompositorUpdate) -> CompositorUpdate | None:
        """What has to be sent of an update of Textual's, and counts as sent from now on; None: nothing."""
        if self._clock() - self._since > TRUSTED_SECONDS:
            self._since = self._clock()
            self.forget()
        if isinstance(update, LayoutUpdate):
            return self._news_of_all(update)
        return self._news_of_some(update) if isinstance(update, ChopsUpdate) else update

    def _news_of_all(self, update: LayoutUpdate) -> CompositorUpdate | None:
        changed = ExactUpdate()
        for y, strips in enumerate(update.strips, update.region.y):
            line, x = self._line_at(y, update.region.right), update.region.x
            for text, style, _ in chain.from_iterable(strips):
                x += _take(line, y, x, text, style, changed)
        return changed or None

    def _news_of_some(self, update: ChopsUpdate) -> CompositorUpdate | None:
        changed = ExactUpdate()
        for y, first, end in update.spans:
            line = self._line_at(y, end)
            for stop, (x, strip) in zip(update.chop_ends[y], update.chops[y].items(), strict=False):
                if strip is not None:
                    for column, text, style in _cut(strip, x, max(x, first), min(stop, end)):
                        _take(line, y, column, text, style, changed)
        return changed or None

    def _line_at(self, y: int, end: int) -> list[Cell | None]:
        line = self._lines.setdefault(y, [])
        line.extend(repeat(None, end - len(line)))
        return line


class ExactUpdate(CompositorUpdate):
    """Pieces of text at their places, by their styles."""

    def __init__(self) -> None:
        self._pieces: dict[Codes, list[str]] = {}
        self._ends: dict[Codes, tuple[int, int]] = {}
        """Where the cursor is behind the last piece of a style."""

    def __bool__(self) -> bool:
        """Is there anything?"""
        return bool(self._pieces)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        """As Textual wants it of each update."""
        del options
        yield Segment(self.render_segments(console))

    def render_segments(self, console: Console) -> str:
        """Codes and text."""
        del console  # the driver says it in the colours that the terminal has
        return "".join(f"{before}{''.join(pieces)}{behind}" for (before, behind), pieces in self._pieces.items())

    def add(self, codes: Codes, y: int, column: int, text: str, cells: int) -> None:
        """Text that is to stand there."""
        pieces = self._pieces.setdefault(codes, [])
        line, end = self._ends.get(codes, (-1, 0))
        if line != y or column < end:
            pieces.append(f"\x1b[{y + 1};{column + 1}H")
        elif column > end:
            pieces.append(f"\x1b[{column + 1}G")  # not by a distance: terminals do not agree on the width of every sign
        pieces.append(text)
        self._ends[codes] = y, column + cells


def _take(line: list[Cell | None], y: int, left: int, text: str, style: Style | None, changed: ExactUpdate) -> int:
    """Have `line` show a text from column `left` on; what that takes is added to `changed`. The number of its cells comes back."""
    codes = _codes(style)
    cells = _cells(text, codes)
    right = left + len(cells)
    before = line[left:right]
    image = PLACEHOLDER in text  # kitty draws it anew where its cells are written anew
    if before == cells and not image:
        return len(cells)
    if _is_simple(text) and not image:
        others = [index for index, (cell, other) in enumerate(zip(cells, before, strict=True)) if cell != other]
        for first, end in _runs(others):
            changed.add(codes, y, left + first, text[first:end], end - first)
    else:
        changed.add(codes, y, left, text, len(cells))
    _forget_rests(line, left, right)
    line[left:right] = cells
    return len(cells)


def _runs(others: list[int]) -> Iterator[tuple[int, int]]:
    """Stretches in which all of `others` are, from where up to where: few, or short, whichever has fewer bytes."""
    first = end = others[0]
    for index in others:
        if index > end + GAP:
            yield first, end
            first = index
        end = index + 1
    yield first, end


def _forget_rests(line: list[Cell | None], left: int, right: int) -> None:
    """Of a wide character that is written over in part nobody knows what the terminal makes of the rest."""
    for cell in line[left : left + 1]:
        inside = cell[2] if cell is not None and len(cell) > 2 else 0
        line[left - inside : left] = repeat(None, inside)
    while right < len(line) and (cell := line[right]) is not None and len(cell) > 2 and cell[2]:
        line[right] = None
        right += 1


def _cut(strip: Strip, x: int, left: int, right: int) -> Iterator[Piece]:
    """What stands between two columns of a strip that begins at `x`. Textual's own way is ten times slower."""
    for text, style, _ in strip:
        width = _width(text)
        first, end = max(left, x), min(right, x + width)
        if first < end:
            if first > x or end < x + width:
                text = text[first - x : end - x] if _is_simple(text) else Strip([Segment(text)]).crop(first - x, end - x).text
            yield first, text, style
        x += width
        if x >= right:
            return


def _width(text: str) -> int:
    return len(text) if text.isascii() else cell_len(text)


@lru_cache(maxsize=4096)
def _is_simple(text: str) -> bool:
    """Is each of its characters one cell?"""
    return text.isascii() or (cell_len(text) == len(text) and all(map(_is_one_cell, text)))


def _is_one_cell(character: str) -> bool:
    return get_character_cell_size(character) == 1


def _cells(text: str, codes: Codes) -> list[Cell]:
    return list(zip(text, repeat(codes))) if _is_simple(text) else [(text, codes, index) for index in range(_width(text))]


@lru_cache(maxsize=4096)
def _codes(style: Style | None) -> Codes:
    if style is None:
        return "", ""
    before, _, behind = style.render(_MARK, color_system=ColorSystem.TRUECOLOR).partition(_MARK)
    return before, behind
