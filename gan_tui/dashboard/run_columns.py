"""What stands in the columns of the browser's table, and which of them there is room for. No Textual in here."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from rich.cells import cell_len

from gan_tui.dashboard import timing
from gan_tui.dashboard.run_row import Reading, Row
from gan_tui.render.bars import course, spark
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.styles import Role
from gan_tui.render.text import coarse, eta, fit, how_far, many_above, number, plain, rate, unit_above
from gan_tui.run.features import NOT_SAID
from gan_tui.run.selection import networks_of
from gan_tui.spec.metrics import METRICS, named
from gan_tui.spec.states import STATES

SIGNS = 5
"""Cells before a name: where the highlight is, the mark, and whether the run lives."""
NAME = 30
"""Cells of a name before any column but the first ones is worth more; a name made by gan-tui has 29."""
SHORTEST_NAME = 11
GAP = 2
FIRST = 3
"""Columns that are worth more than the end of a long name: the state, the best FD, what is done."""
EXTRA = 4
"""The first of those that are left out with all behind them."""
USUALLY_DONE = 7
"""Cells of `200/200`: the column grows seldom while a run goes on."""
TRIAL = "trial"
"""What is counted of a sweep."""
SPARK = 24
"""The widest sparkline, where there is room to spare."""
SEVERAL = "curve"
"""The title of curves of several numbers, each behind its name."""
SHORTEST_SPARK = 4
LONGEST_NETWORK = 18
"""Cells of the name of a feature network."""
LONGEST_TITLE = 16
"""Cells: of a number that a script has named, it may be a sentence."""
BROKEN = "broken"
"""What is said instead of the state of a run whose settings cannot be read."""
SILENT = "unknown"
"""The same of one whose machine does not answer."""

Cell = Callable[[Row, int, Glyphs], tuple[str, Role]]


class Column(NamedTuple):
    """What a column shows and how wide it is."""

    title: str
    width: int
    cell: Cell
    right: bool = False
    worth: int = 0
    """Its place where columns vie for room."""


def headed(rows: Sequence[Row], glyphs: Glyphs) -> list[Column]:
    """All columns, each with what these runs call what stands in it, and no narrower than that or than what they have done."""
    unit = unit_above([counted for row in rows if (counted := _counted(row))])
    done = max(len(_done(row, unit)) for row in rows)
    found = [column._replace(title=fit(plain(_title(column, rows), glyphs), LONGEST_TITLE, glyphs)) for column in COLUMNS]
    found = [column._replace(cell=_named_curve) if column.title == SEVERAL else column for column in found]
    if len(networks := networks_of(row.listed for row in rows)) > 1:
        longest = max(len(network) for network in networks if network != NOT_SAID)
        found.insert(2, Column("network", min(LONGEST_NETWORK, longest), _network, worth=EXTRA))
    found = [column._replace(width=max(column.width, cell_len(column.title))) for column in found]
    title = many_above(unit)
    counts = Column(
        title, max(done, cell_len(title), USUALLY_DONE), lambda row, _width, _glyphs: (_done(row, unit), Role.TEXT), right=True, worth=2
    )
    return [found[0], counts, *found[1:]]


def layout(width: int, longest_name: int, wanted: Sequence[Column]) -> tuple[int, list[Column]]:
    """Cells of the name, and the columns that find room: what is worth most first, and the first three before a long name."""
    left = width - SIGNS
    kept: list[Column] = []
    for column in sorted(wanted, key=lambda column: column.worth):
        reserved = min(longest_name, SHORTEST_NAME if column.worth < FIRST else NAME)
        if GAP + column.width <= left - reserved:
            kept.append(column)
            left -= GAP + column.width
        elif column.worth >= EXTRA:
            break
    name = min(longest_name, max(0, left))
    left -= name
    columns = [column for column in wanted if column in kept]
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
    words = {_listed(reading) for reading in readings} - {""} or {reading.listed for reading in readings}
    if column.cell is not _curve or not words:
        return column.title
    return named(words.pop()).label if len(words) == 1 else SEVERAL


def pad(text: str, width: int, *, right: bool = False) -> str:
    """In so many cells."""
    blank = " " * max(0, width - cell_len(text))
    return blank + text if right else text + blank


def state_of(row: Row, _width: int, _glyphs: Glyphs) -> tuple[str, Role]:
    """In a word, and its role."""
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


def _counted(row: Row) -> str:
    """What is counted of it: epochs, the trials of a sweep, ...; empty of a run that has steps alone, or nothing yet."""
    if row.reading is None or not (row.reading.summary.epoch or row.reading.summary.epochs):
        return ""
    return TRIAL if row.is_sweep else row.reading.task.epoch


def _done(row: Row, title: str) -> str:
    """`2/3`, with its unit where that is not the title of the column: `2/3 trials`."""
    if row.reading is None:
        return ""
    summary, own = row.reading.summary, _counted(row)
    return how_far(summary.epoch, summary.epochs or 0, summary.step, "" if own == title else own)


def _best(row: Row, width: int, glyphs: Glyphs) -> tuple[str, Role]:
    best = row.reading.best if row.reading else None
    return (number(best, width, glyphs, METRICS["fd"].decimals) if best is not None else "", Role.G)


def _network(row: Row, width: int, glyphs: Glyphs) -> tuple[str, Role]:
    """That of its FD, where the rows have several: what was measured with two networks does not compare."""
    return (fit(plain(row.listed.summary.network or "", glyphs), width, glyphs), Role.MUTED)


def _listed(reading: Reading) -> str:
    """The name of what stands in the column of curves; empty where nothing does."""
    return reading.listed if reading.curve else reading.summary.loss_name or ""


def _curve(row: Row, width: int, glyphs: Glyphs) -> tuple[str, Role]:
    """The curve, of another program's number behind the newest value: no other column has that."""
    if row.reading is None:
        return ("", Role.TEXT)
    metric, buckets, value = named(_listed(row.reading)), row.reading.curve, _own_value(row.reading)
    words = number(value, 7, glyphs, metric.decimals).strip() if value is not None else ""
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
    least = len(number(value, 7, glyphs, named(_listed(row.reading)).decimals).strip()) if value is not None else SHORTEST_SPARK
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
    age = timing.age(row.reading.summary.seen)
    return (f"{coarse(age)} ago" if age is not None else "", Role.MUTED)


def _rate(row: Row, _width: int, glyphs: Glyphs) -> tuple[str, Role]:
    speed = row.reading.summary.rate if row.reading and row.alive else None
    return (rate(speed, glyphs).strip() if speed is not None else "", Role.TEXT)


def _age(row: Row, _width: int, _glyphs: Glyphs) -> tuple[str, Role]:
    age = timing.age(row.reading.summary.started) if row.reading else None
    return (coarse(age) if age is not None else "", Role.MUTED)


COLUMNS = (
    Column("state", 11, state_of, worth=0),
    Column("best FD", 7, _best, right=True, worth=1),
    Column("FD", 10, _curve, worth=EXTRA),
    Column("ETA, or seen", 12, _when, worth=FIRST),
    Column("speed", 12, _rate, right=True, worth=5),
    Column("d_loss", 10, _loss, worth=6),
    Column("age", 8, _age, right=True, worth=7),
)
"""From the left to the right; behind the state stands what is done."""
