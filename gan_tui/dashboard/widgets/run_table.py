"""The browser's table: a line a run, in as many columns as there is room for."""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len
from textual.geometry import Size

from gan_tui.dashboard import timing
from gan_tui.dashboard.run_list import RunList
from gan_tui.dashboard.run_row import Reading, Row
from gan_tui.dashboard.widgets.line_widget import Line, LineWidget
from gan_tui.render.bars import course, spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import STEP, coarse, eta, fit, how_far, number, plain, rate, rows_of
from gan_tui.spec.metrics import METRICS, named
from gan_tui.spec.states import STATES

SIGNS = 5
"""Cells before a name: where the highlight is, the mark, and whether the run lives."""
NAME = 30
"""Cells of a name before any column but the first two is worth more; a name made by gan-tui has 29."""
GAP = 2
SPARK = 24
"""The widest sparkline, where there is room to spare."""
THIS_MACHINE = "here"
"""What is said of runs of this machine where others are shown as well."""
SEVERAL = "curve"
"""The title of curves of several numbers, each behind its name."""
SHORTEST_SPARK = 4
LONGEST_TITLE = 16
"""Cells: of a number that a script has named, it may be a sentence."""
LONGEST_HOST = 16
BROKEN = "broken"
"""What is said instead of the state of a run whose settings cannot be read."""
SILENT = "unknown"
"""The same of one whose machine does not answer."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"
"""Marks, in the order of marking."""

Cell = Callable[[Row, int, Glyphs], tuple[str, Role]]


class Column(NamedTuple):
    """What a column shows and how wide it is."""

    title: str
    width: int
    cell: Cell
    right: bool = False


class RunTable(LineWidget):
    """Scrolls by itself, so that the highlighted row is always to be seen."""

    def __init__(self, runs: RunList, glyphs: Glyphs, *, hosts: bool = False, id: str | None = None) -> None:
        """`hosts`: with a column that says on which machine each is."""
        super().__init__(glyphs, id=id)
        self._runs, self._hosts = runs, hosts
        self._first = 0
        self.empty = ""
        """What to say where there are no rows."""

    @property
    def page(self) -> int:
        """Rows that are seen at once."""
        return max(1, self.size.height - (self.size.height >= 4))

    @property
    def shown(self) -> list[Row]:
        self._scroll()
        return self._runs.rows[self._first : self._first + self.page]

    def row_at(self, line: int) -> int | None:
        """The position of the run in this line."""
        index = self._first + line - (self.size.height >= 4)
        return index if self._first <= index < len(self._runs.rows) else None

    def _scroll(self) -> None:
        position, count = self._runs.position, len(self._runs.rows)
        self._first = max(0, min(max(self._first, position - self.page + 1), position, count - self.page))

    def draw(self, room: Size) -> list[Line]:
        """Titles where there are 4 lines or more, then the runs."""
        width, height = room
        if not self._runs.rows:
            said: list[Line] = [[(row, Role.MUTED)] for row in rows_of(plain(self.empty, self.glyphs), width, height, self.glyphs)]
            return [[] for _ in range((height - len(said)) // 2)] + said
        rows = self.shown
        host = self._host_width(width)
        longest = max(cell_len(plain(_name(row), self.glyphs)) for row in rows)
        name_width, columns = layout(width - host, longest, _headed(self._runs.rows, self.glyphs))
        lines: list[Line] = []
        if height >= 4:
            titles = "".join(" " * GAP + _pad(column.title, column.width, right=column.right) for column in columns)
            lines.append([(" " * SIGNS + _pad("host" if host else "", host) + _pad("run", name_width) + titles, Role.MUTED)])
        return lines + [self._line(row, host, name_width, columns) for row in rows]

    def _host_width(self, width: int) -> int:
        """Cells of the column of hosts, its gap included; 0 where there is none."""
        longest = max(cell_len(_host(row)) for row in self._runs.rows)
        return min(longest, LONGEST_HOST, width // 5) + GAP if self._hosts else 0

    def _line(self, row: Row, host: int, name_width: int, columns: list[Column]) -> Line:
        glyphs = self.glyphs
        highlighted = row is self._runs.current
        marked = self._runs.marked_rows
        mark = LETTERS[marked.index(row) % len(LETTERS)] if row in marked else " "
        state, role = _state(row, 9, glyphs)
        dot = glyphs.cross if state == BROKEN else glyphs.sign_of(row.reading.summary.state if row.reading else "starting", alive=row.alive)
        line: Line = [
            (glyphs.arrow if highlighted else " ", Role.ACCENT),
            (f"{mark} ", Role.ACCENT),
            (f"{dot} ", role),
            (_pad(fit(_host(row), max(0, host - GAP), glyphs), host), Role.ACCENT if row.place else Role.MUTED),
            (_pad(fit(plain(_name(row), glyphs), name_width, glyphs), name_width), Role.STRONG if highlighted else Role.TEXT),
        ]
        for column in columns:
            text, role = column.cell(row, column.width, glyphs)
            line.append((" " * GAP + _pad(fit(text, column.width, glyphs), column.width, right=column.right), role))
        return line


def _host(row: Row) -> str:
    return row.place.host if row.place else THIS_MACHINE


def _name(row: Row) -> str:
    """Without its host, which has a column of its own."""
    return row.place.run if row.place else row.name


def _headed(rows: Sequence[Row], glyphs: Glyphs) -> list[Column]:
    """All columns, each with what these runs call what stands in it, and no narrower than that or than what they have done."""
    done = max(len(_done(row)) for row in rows)
    found = [column._replace(title=fit(plain(_title(column, rows), glyphs), LONGEST_TITLE, glyphs)) for column in COLUMNS]
    found = [column._replace(cell=_named_curve) if column.title == SEVERAL else column for column in found]
    return [column._replace(width=max(column.width, cell_len(column.title), done * (column.cell is _epoch))) for column in found]


def layout(width: int, longest_name: int, wanted: Sequence[Column]) -> tuple[int, list[Column]]:
    """Cells of the name, and the columns that find room: the first two before a long name, the others after it."""
    left = width - SIGNS
    columns: list[Column] = []
    for index, column in enumerate(wanted):
        reserved = min(longest_name, 12 if index < 2 else NAME)
        if left - reserved < GAP + column.width:
            break
        columns.append(column)
        left -= GAP + column.width
    name = min(longest_name, max(0, left))
    left -= name
    stretch = [column.cell in (_curve, _named_curve, _loss) for column in columns]
    each = left // max(1, sum(stretch))
    return max(name, 3), [
        column._replace(width=min(SPARK, column.width + each)) if wider else column for column, wider in zip(columns, stretch, strict=True)
    ]


def _title(column: Column, rows: Sequence[Row]) -> str:
    """Of a column: what all of these runs call what stands in it."""
    if column.cell is _loss:
        return column.title if any(row.reading and row.reading.loss for row in rows) else ""
    readings = [row.reading for row in rows if row.reading is not None]
    if column.cell is _epoch and any(row.is_sweep or _done(row).startswith(STEP) for row in rows):
        return "done"
    words: set[str] = set()
    if column.cell is _epoch:
        words = {reading.task.epoch for reading in readings}
    if column.cell is _curve:
        words = {_listed(reading) for reading in readings} - {""} or {reading.listed for reading in readings}
    if not words:
        return column.title
    word = words.pop() if len(words) == 1 else "done" if column.cell is _epoch else SEVERAL
    return named(word).label


def _pad(text: str, width: int, *, right: bool = False) -> str:
    blank = " " * max(0, width - cell_len(text))
    return blank + text if right else text + blank


def _state(row: Row, _width: int, _glyphs: Glyphs) -> tuple[str, Role]:
    if row.reading is None:
        return ("", Role.MUTED)
    if row.reading.trouble:
        return (BROKEN, Role.ERROR)
    if row.silent:
        return (SILENT, Role.WARNING)
    if row.is_sweep:
        return ("sweep", Role.ACCENT)
    name = row.reading.summary.state
    return (name, STATES[name].role)


def _done(row: Row) -> str:
    if row.reading is None:
        return ""
    summary = row.reading.summary
    return how_far(summary.epoch, summary.epochs or 0, summary.step)


def _epoch(row: Row, _width: int, _glyphs: Glyphs) -> tuple[str, Role]:
    return (_done(row), Role.TEXT)


def _best(row: Row, width: int, glyphs: Glyphs) -> tuple[str, Role]:
    best = row.reading.best if row.reading else None
    return (number(best, width, glyphs, METRICS["fd"].decimals) if best is not None else "", Role.G)


def _listed(reading: Reading) -> str:
    """The name of what stands in the column of curves; empty where nothing does."""
    return reading.listed if reading.curve else reading.summary.loss_name or ""


def _curve(row: Row, width: int, glyphs: Glyphs) -> tuple[str, Role]:
    """The curve, of another program's number behind the newest value: no other column has that."""
    if row.reading is None:
        return ("", Role.TEXT)
    metric, buckets, value = named(_listed(row.reading)), row.reading.curve, _own_value(row.reading)
    words = number(value, 7, glyphs).strip() if value is not None else ""
    left = width - len(words) - bool(words)
    if not buckets or left < SHORTEST_SPARK:
        return (words, metric.role)
    drawn = course(buckets, buckets[-1].step, left, glyphs) if metric.name == "fd" else spark(buckets, left, glyphs)
    return (f"{words} {drawn}".strip(), metric.role)


def _own_value(reading: Reading) -> float | None:
    if reading.curve:
        return None if reading.task.ours else reading.state.scalars.get(reading.listed)
    return reading.summary.loss


def _named_curve(row: Row, width: int, glyphs: Glyphs) -> tuple[str, Role]:
    """The same behind its name, where the rows have curves of several numbers: `train_l… 0.693 ▇▅▂▁`."""
    if row.reading is None or not (name := named(_listed(row.reading)).label):
        return ("", Role.TEXT)
    value = _own_value(row.reading)
    least = len(number(value, 7, glyphs).strip()) if value is not None else SHORTEST_SPARK
    shown = fit(plain(name, glyphs), width - least - 1, glyphs)
    words, role = _curve(row, width - cell_len(shown) - 1, glyphs)
    return (f"{shown} {words}", role)


def _loss(row: Row, width: int, glyphs: Glyphs) -> tuple[str, Role]:
    return (spark(row.reading.loss, width, glyphs).rstrip() if row.reading and row.reading.loss else "", Role.D)


def _when(row: Row, _width: int, glyphs: Glyphs) -> tuple[str, Role]:
    if row.reading is None:
        return ("", Role.MUTED)
    if row.alive:
        remaining = row.reading.summary.remaining
        return (f"ETA {eta(remaining, glyphs)}" if remaining is not None else "", Role.TEXT)
    last = row.reading.summary.seen
    age = timing.now() - last if last is not None else math.nan
    return (f"{coarse(max(0.0, age))} ago" if age < 1e9 else "", Role.MUTED)


def _rate(row: Row, _width: int, glyphs: Glyphs) -> tuple[str, Role]:
    speed = row.reading.summary.rate if row.reading and row.alive else None
    return (rate(speed, glyphs).strip() if speed is not None else "", Role.TEXT)


def _age(row: Row, _width: int, _glyphs: Glyphs) -> tuple[str, Role]:
    began = row.reading.summary.started if row.reading else None
    age = timing.now() - began if began is not None else math.nan
    return (f"{coarse(max(0.0, age))}" if age < 1e9 else "", Role.MUTED)


COLUMNS = (
    Column("state", 11, _state),
    Column("epoch", 8, _epoch, right=True),
    Column("best FD", 7, _best, right=True),
    Column("FD", 10, _curve),
    Column("ETA, or seen", 12, _when),
    Column("speed", 12, _rate, right=True),
    Column("d_loss", 10, _loss),
    Column("age", 8, _age, right=True),
)
"""What matters first comes first."""
