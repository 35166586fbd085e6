"""`export`: a run's numbers in another program's form."""

import csv
import os
from pathlib import Path
from typing import Any

import click

from gan_tui.cli.group import cli, mention, run_argument, runs_dir_option
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.table import rows


@cli.command()
@run_argument
@click.option("--format", "form", type=click.Choice(["csv", "tensorboard"]), default="csv", show_default=True, help="What to write.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="File, or folder for tensorboard.  [default: called after the run]")
@runs_dir_option
def export(run: str, form: str, output: Path | None, runs_dir: Path) -> None:
    """Write the numbers of a run, as its log has them, as a table (csv), or as event files for TensorBoard.

    The log has means over a tenth of a second or so (`log.metrics_hz`), not each step.
    """
    found = directory.find(runs_dir, run)
    target = output or Path(f"{found.name}.csv" if form == "csv" else f"{found.name}-tensorboard")
    if str(target) == "-":
        raise UserError("export writes files, and nothing to standard output: say a name with -o")
    if os.path.lexists(target):
        raise UserError(f"{target} exists already: say another one with -o")
    if not found.events.is_file():
        raise UserError(f"{found.name} has no log: there are no numbers in it")
    try:
        count = (_write_table if form == "csv" else _write_events)(found.events, target)
    except OSError as error:
        raise UserError(f"cannot write {error.filename or target}: {error.strerror}") from None
    mention(f"wrote {count:,} rows to {target}")


def _write_table(log: Path, target: Path) -> int:
    """A row for each moment; what was not measured then is empty. Raises OSError."""
    names: dict[str, None] = {}
    for row in rows(log):
        names |= dict.fromkeys(row.numbers)
    count = 0
    with open(target, "x", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["step", "time", *names])
        for row in rows(log):
            count += 1
            writer.writerow([row.step, f"{row.time:.3f}", *(row.numbers.get(name, "") for name in names)])
    return count


def _write_events(log: Path, target: Path) -> int:
    """Scalars under our names. Raises OSError, and UserError where the library is not installed."""
    try:
        from tensorboard.compat.proto.event_pb2 import Event
        from tensorboard.compat.proto.summary_pb2 import Summary
        from tensorboard.summary.writer.event_file_writer import EventFileWriter
    except ImportError:
        raise UserError("--format tensorboard wants TensorBoard's library: pip install 'gan-tui[tensorboard]'") from None
    target.mkdir(parents=True)
    writer: Any = EventFileWriter(str(target))
    count = 0
    for row in rows(log):
        count += 1
        values = [Summary.Value(tag=name, simple_value=value) for name, value in row.numbers.items()]
        writer.add_event(Event(step=row.step, wall_time=row.time, summary=Summary(value=values)))
    writer.close()
    return count
