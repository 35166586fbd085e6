"""What stands beside a bar of Rich's and is too long for the terminal goes on in the rows below, in its own column: one line again."""

from collections.abc import Iterator
from dataclasses import replace

from gan_tui.foreign.line import LONGEST_TEXT, Line
from gan_tui.foreign.progress import end_of_rich, without_clock


class Wrapped:
    """A bar is held until a row comes that is no more of it."""

    def __init__(self) -> None:
        self._held: Line | None = None

    def take(self, line: Line) -> Iterator[Line]:
        """The lines that are known to be whole with this row."""
        held = self._held
        if held and _goes_on(held.text, line.text):
            self._held = replace(held, text=f"{held.text} {without_clock(line.text)}", told=held.told and line.told)
            return
        yield from self.end()
        if may_go_on(line.text):
            self._held = line
        else:
            yield line

    @property
    def holds(self) -> bool:
        """May a bar go on in the next row?"""
        return self._held is not None

    def end(self) -> Iterator[Line]:
        """What is held."""
        if self._held:
            held, self._held = self._held, None
            yield held


def may_go_on(row: str) -> bool:
    """Does something stand beside a bar?"""
    return 0 < end_of_rich(row) < len(row)


def _goes_on(bar: str, row: str) -> bool:
    indent = len(row) - len(row.lstrip())
    return end_of_rich(bar) < indent < min(len(bar), len(row)) and len(bar) <= LONGEST_TEXT
