"""A run's numbers as a table: one row for each moment at which some were logged."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from gan_tui.errors import UserError
from gan_tui.run import directory, finding
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Evaluation, Metrics, from_scalar
from gan_tui.run.log import iterate, read_state
from gan_tui.run.state import RunState


class Row(NamedTuple):
    """The numbers of one moment."""

    step: int
    time: float
    """Unix time."""
    numbers: dict[str, float]


def rows(log: Path) -> Iterator[Row]:
    """All numbers of a log, metrics and evaluations in their order; a missing log has none."""
    for event in iterate(log):
        if isinstance(event, Metrics | Evaluation):
            yield Row(event.step, event.t, {name: from_scalar(value) for name, value in event.scalars.items()})


class OpenedRun:
    """A run, live or finished, as a program looks at it. Nothing in it is changed."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self.path, self.name = run.path, run.name

    @property
    def alive(self) -> bool:
        """Is it being trained?"""
        return self._run.alive

    @property
    def state(self) -> RunState:
        """What its log adds up to now."""
        return read_state(self._run.events)

    def metrics(self) -> dict[str, list[float | None]]:
        """Columns of equal length, `step`, `time` (Unix seconds) and every number by its name; None where it was not logged then.

        As pandas.DataFrame and polars.DataFrame take it.
        """
        table: dict[str, list[float | None]] = {"step": [], "time": []}
        for count, row in enumerate(rows(self._run.events)):
            for name, value in ({"step": row.step, "time": row.time} | row.numbers).items():
                table.setdefault(name, []).extend([None] * (count - len(table[name])) if name in table else [None] * count)
                table[name].append(value)
        length = len(table["step"])
        return {name: column + [None] * (length - len(column)) for name, column in table.items()}


def open_run(word: str = directory.LATEST, runs_dir: str | Path | None = None) -> OpenedRun:
    """A run by path, name, the beginning of a name, or `latest`. Raises UserError where there is none."""
    folder = directory.expand(str(runs_dir)) if runs_dir is not None else directory.default_runs_dir()
    found = finding.find(folder, word)
    if not found.path.is_dir():
        raise UserError(f"{found.path} is no folder")
    return OpenedRun(found)
