"""All numbers of a run's log as a table, as event files, or as a run of another tracker. A library is imported when it is asked for."""

import csv
import importlib.util
import io
import math
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from gan_tui import targets
from gan_tui.errors import UserError, first_line, reason_of
from gan_tui.files import write_new
from gan_tui.run.damage import refuse_damaged
from gan_tui.run.directory import RunDirectory
from gan_tui.run.table import OpenedRun, rows


class Form(NamedTuple):
    """One of them."""

    suffix: str
    """Of the usual name."""
    write: Callable[[RunDirectory, Path], int]
    """Gives the count of rows. Raises OSError, and UserError where a library is not installed."""


def write(run: RunDirectory, form: str, target: Path) -> int:
    """Write all numbers to `target`, which must not exist; the count of rows comes back. Raises UserError."""
    targets.refuse(target, folder=not FORMS[form].suffix.startswith("."))
    if not run.events.is_file():
        raise UserError(f"{run.name} has no log: there are no numbers in it")
    refuse_damaged(run)
    try:
        return FORMS[form].write(run, target)
    except OSError as error:
        raise UserError(f"cannot write {error.filename or target}: {reason_of(error)}") from None


def _write(target: Path, content: bytes | memoryview) -> None:
    """Whole, or not at all."""
    if not write_new(target, content):
        raise targets.taken(target)


def _csv(run: RunDirectory, target: Path) -> int:
    """A row for each moment; what was not measured then is empty."""
    names: dict[str, None] = {}
    for row in rows(run.events):
        names |= dict.fromkeys(row.numbers)
    count, table = 0, io.StringIO(newline="")
    writer = csv.writer(table)
    writer.writerow(["step", "time", *names])
    for row in rows(run.events):
        count += 1
        writer.writerow([row.step, f"{row.time:.3f}", *(row.numbers.get(name, "") for name in names)])
    _write(target, table.getvalue().encode())
    return count


def _parquet(run: RunDirectory, target: Path) -> int:
    """The same; what was not measured is null. `step` is an int64, all else a double."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise lacking("--format parquet", "pyarrow", "parquet") from None
    columns = OpenedRun(run).metrics()
    steps = pyarrow.array(columns.pop("step"), pyarrow.int64())
    table = pyarrow.table({"step": steps} | {name: pyarrow.array(values, pyarrow.float64()) for name, values in columns.items()})
    file = io.BytesIO()
    parquet.write_table(table, file)
    _write(target, file.getbuffer())
    return len(steps)


def _tensorboard(run: RunDirectory, target: Path) -> int:
    """Scalars under our names."""
    try:
        from gan_tui.exporting.event_files import EventFiles
    except ImportError:
        raise lacking("--format tensorboard", "TensorBoard's library", "tensorboard") from None
    target.mkdir(parents=True)
    writer, count = EventFiles(target), 0
    for row in rows(run.events):
        count += 1
        writer.write(row.step, row.time, row.numbers)
    writer.close()
    return count


def _wandb(run: RunDirectory, target: Path) -> int:
    """A run of Weights & Biases in its offline form: nothing is sent until somebody calls `wandb sync`."""
    try:
        import wandb
    except ImportError:
        raise lacking("--format wandb", "wandb", "wandb") from None
    settings: dict[str, Any] = {}
    with suppress(UserError):
        settings = msgspec.to_builtins(run.settings())
    target.mkdir(parents=True)
    quiet = wandb.Settings(silent=True, console="off", disable_git=True, save_code=False)
    count = 0
    try:
        theirs: Any = wandb.init(mode="offline", dir=str(target), project="gan-tui", name=run.name, config=settings, settings=quiet)
        for row in rows(run.events):
            count += 1
            theirs.log({"time": row.time} | {name: value for name, value in row.numbers.items() if math.isfinite(value)}, step=row.step)
        theirs.finish()
    except Exception as error:  # of a library with a process of its own
        raise UserError(f"wandb cannot write {target}: {type(error).__name__}: {first_line(error)}") from None
    return count


def refuse_without_tensorboard() -> None:
    """Before a run is made that is to write its event files. Raises UserError."""
    if importlib.util.find_spec("tensorboard") is None:
        raise lacking("--tensorboard", "TensorBoard's library", "tensorboard")


def lacking(what: str, library: str, extra: str) -> UserError:
    """What to say of a library that is not installed."""
    return UserError(f"{what} wants {library}: pip install 'gan-tui[{extra}]'")


FORMS = {
    "csv": Form(".csv", _csv),
    "parquet": Form(".parquet", _parquet),
    "tensorboard": Form("-tensorboard", _tensorboard),
    "wandb": Form("-wandb", _wandb),
}
"""By the word behind `--format`; the first is the usual one."""
