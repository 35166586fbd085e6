"""`runs --plain`: a line a run. In a terminal the columns that matter least give way to its width; elsewhere all are there."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from gan_tui.config import written
from gan_tui.counted import counted
from gan_tui.printable import printable, shortened
from gan_tui.render import glyphs
from gan_tui.run.selection import Listed, networks_of
from gan_tui.spec.tasks import TASKS

LONGEST_VALUE = 24
"""Characters of a setting's value."""
NAME = 32
"""Cells of a mark and a name before any other column is worth more; a name made by gan-tui has 29."""
SHORTEST_NAME = 12
GAP = 2
WORTH, WORTH_LESS = ("best", "state"), ("network", "done", "tags", "seen", "step")
"""Columns that have room before a long name and a setting that was asked for, and those that have it after them; the first first."""
MOST_NAMED = 6
"""Columns that have no room are named, so many of them."""
RIGHT = ("done", "step", "best")


class Column(NamedTuple):
    """What stands in it, from the first run to the last."""

    name: str
    cells: Sequence[str]
    title: str = ""
    """Above it, where columns have titles."""

    @property
    def width(self) -> int:
        """Cells of the widest."""
        from rich.cells import cell_len  # which no start waits for

        return max(map(cell_len, self.cells))


class RunLines(NamedTuple):
    """What is printed."""

    lines: Sequence[str]
    missing: str = ""
    """What a terminal of this width has no room for, in words; empty where all is there."""


def lines_of(listed: Sequence[Listed], keys: Sequence[str], columns: int | None) -> RunLines:
    """Of one run or more. keys: settings, each with its name above it. columns: of the terminal, None where there is none."""
    facts = [_facts(one) for one in listed]
    one_network = len(networks_of(listed)) < 2
    found = [Column(name, [row[name] for row in facts], title) for name, title in _TITLES.items() if name != "network" or not one_network]
    found += [Column(key, [_value(one.settings.get(key)) for one in listed], _value(key)) for key in keys]
    found.append(Column("tags", [" ".join(one.summary.tags) for one in listed], "tags"))
    if columns is not None:
        found = [column for column in found if any(column.cells)]
    if keys:
        found = [column._replace(cells=[column.title, *column.cells]) for column in found]
    width = found[0].width
    missing: list[str] = []
    if columns is not None:
        found, missing = _that_fit(found, columns, keys)
        width = min(width, max(SHORTEST_NAME, columns - sum(GAP + column.width for column in found[1:])))
        cut = width < found[0].width
        missing = [*(["the ends of names"] if cut else []), *missing]
        missing = [*missing[:MOST_NAMED], *([f"and {len(missing) - MOST_NAMED} more"] if len(missing) > MOST_NAMED else [])]
    cells = [_column(column, width if index == 0 else column.width) for index, column in enumerate(found)]
    lines = [(" " * GAP).join(row).rstrip() for row in zip(*cells, strict=True)]
    return RunLines(lines, ", ".join(missing))


def _that_fit(found: Sequence[Column], columns: int, keys: Sequence[str]) -> tuple[list[Column], list[str]]:
    """As many as there is room for, and the names of the others."""
    there = {column.name: column for column in found}
    kept, left = ["run"], columns
    for name in (*WORTH, *keys, *WORTH_LESS):
        reserved = min(there["run"].width, SHORTEST_NAME if name in WORTH else NAME)
        if name in there and reserved + GAP + there[name].width <= left:
            kept.append(name)
            left -= GAP + there[name].width
    return [column for name, column in there.items() if name in kept], [name for name in there if name not in kept]


def _column(column: Column, width: int) -> list[str]:
    """Its cells, each in so many cells of a terminal."""
    from rich.cells import cell_len

    from gan_tui.render.text import fit

    shown = [fit(cell, width, glyphs.for_terminal()) for cell in column.cells]
    blanks = [" " * (width - cell_len(cell)) for cell in shown]
    return [blank + cell if column.name in RIGHT else cell + blank for cell, blank in zip(shown, blanks, strict=True)]


_TITLES = {"run": "  run", "state": "state", "done": "done", "step": "step", "best": "best", "network": "network", "seen": "seen"}


def _facts(one: Listed) -> dict[str, str]:
    from gan_tui.render.text import duration

    summary = one.summary
    task = TASKS[summary.task]
    seen = datetime.fromtimestamp(summary.seen).strftime("%Y-%m-%d %H:%M") if summary.seen else "-"
    mark = glyphs.for_terminal().sign_of(summary.state, alive=summary.alive)
    best = f"FD {summary.best_fd:.4g}" if summary.best_fd is not None else ""
    if not best and summary.loss_name and summary.loss is not None:
        best = f"{shortened(printable(summary.loss_name), LONGEST_VALUE)} {summary.loss:.4g}"
    time = duration(summary.elapsed, glyphs.for_terminal())
    done = f"{summary.epoch}/{summary.epochs} {task.epoch}s done" if summary.epochs else f"{time} of {task.steps}"
    if summary.epoch and not summary.epochs and not task.ours:  # of one with a budget it is the time that counts
        done = f"{counted(summary.epoch, task.epoch)} done"
    away = " (archived)" if summary.archived else ""
    return {
        "run": f"{mark} {printable(summary.name)}",
        "state": ("damaged" if summary.damage else summary.state) + away,
        "done": done,
        "step": f"step {summary.step}",
        "best": best,
        "network": shortened(printable(summary.network), LONGEST_VALUE) if summary.network else "",
        "seen": f"seen {seen}",
    }


def _value(value: object) -> str:
    return "" if value is None else shortened(printable(f"{value:g}" if isinstance(value, float) else written(value)), LONGEST_VALUE)
