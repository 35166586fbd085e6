"""Blocks of `| name | value |`, a row a line: where the training is may stand in the last one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from gan_tui.foreign import names
from gan_tui.foreign.clean import BOXES, unwrapped
from gan_tui.foreign.line import LONGEST_TEXT, Line
from gan_tui.foreign.pairs import NUMBER, Pair, number
from gan_tui.foreign.progress import Progress
from gan_tui.foreign.records import KEYS, place

MOST_ROWS = 100
"""What has more is no block."""
_ROW = re.compile(r"^\s*\|\s*([A-Za-z][\w/ @.()-]*?)\s*\|\s*(\S*?)\s*\|\s*$")
_COUNTED = {"total_timesteps": "global_step", "timesteps": "global_step", "n_updates": "", "iterations": ""}


@dataclass(frozen=True, slots=True)
class Row:
    """One name with its number, and the line it stands in."""

    line: int
    name: str
    value: float
    fraction: bool


class Block:
    """Rows are held until the block ends; then they say what they say together."""

    def __init__(self) -> None:
        self._rows: list[Row] = []

    def take(self, line: Line) -> bool:
        """Is the line a row of a block? It is held then."""
        text = line.text.translate(BOXES)
        if len(self._rows) >= MOST_ROWS or "|" not in text or len(text) > LONGEST_TEXT or not (found := _ROW.match(unwrapped(text))):
            return False
        value = found[2].rstrip("%")
        if NUMBER.fullmatch(value):
            self._rows.append(Row(line.number, found[1], number(value), not value.isdigit()))
            return True
        return not value or bool(self._rows)

    def end(self) -> Iterator[tuple[int, Progress, list[Pair]]]:
        """The line, where the training is and the numbers of each row; rows that say where it is come first."""
        rows, self._rows = self._rows, []
        for row in rows:
            if key := self._key(row):
                progress = Progress()
                place(progress, key, row.value)
                if progress.step is not None:
                    progress.global_step, progress.step = progress.step, None
                yield row.line, progress, []
        for row in rows:
            if not self._key(row) and not names.is_never(row.name):
                yield row.line, Progress(), [Pair(row.name, row.value, explicit=True, fraction=row.fraction)]

    @staticmethod
    def _key(row: Row) -> str | None:
        leaf = row.name.rpartition("/")[2].lower()
        return _COUNTED.get(leaf, KEYS.get(leaf)) if not row.fraction or row.value.is_integer() else None
