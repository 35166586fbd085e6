"""The best settings of a sweep as a preset, all of them: it means the same whatever shipped presets become; and what they reached."""

import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import tomli_w

from gan_tui import config
from gan_tui.config import DEFAULT_PRESET, RunConfig
from gan_tui.counted import counted
from gan_tui.errors import UserError, reason_of
from gan_tui.files import numbered, write_new
from gan_tui.run.directory import RunDirectory, check_name
from gan_tui.sweep.comparable import FIXED
from gan_tui.sweep.report import Report, best_of, format_value
from gan_tui.sweep.search_report import SearchReport
from gan_tui.sweep.space import settings_of
from gan_tui.targets import taken

BEST = "best.toml"
"""Where a key puts it, in the sweep's folder."""


class Best(NamedTuple):
    """What a sweep has found."""

    settings: RunConfig
    """Of the best trial."""
    description: str
    trial: str
    """Which it is, in words."""
    measured: str


def best(report: Report | SearchReport, folder: Path) -> Best:
    """folder: of the sweep. Raises UserError while there is none, or where nothing says any more what it was."""
    return _best_of_search(report) if isinstance(report, SearchReport) else _best_of_grid(report, folder)


def has_best(report: Report | SearchReport, folder: Path) -> bool:
    """Is there one?"""
    with suppress(UserError):
        return bool(best(report, folder))
    return False


def _best_of_search(report: SearchReport) -> Best:
    row = report.best
    values = [value for value in row.values if value is not None] if row else []
    if row is None or row.value is None or len(values) < len(report.plan.dimensions):
        raise _none(report, report.folder)
    return Best(
        settings_of(report.base, report.plan.dimensions, values),
        f"the best of a search over {', '.join(dimension.name for dimension in report.plan.dimensions)}",
        f"trial {row.number}",
        f"live {report.label} {row.value:.4g} after {report.length}, one seed, {report.base.evaluation.samples} samples",
    )


def _best_of_grid(report: Report, folder: Path) -> Best:
    outcome = best_of(report.outcomes())
    if outcome is None:
        raise _none(report, folder)
    value, seeds = format_value(outcome.value), len(outcome.distances)
    damage: UserError | None = None
    for run in _runs_of(report, folder, outcome.value):
        try:
            return Best(
                run.config(),
                f"the best of a sweep over {report.label}: {value}",
                run.name,
                f"live FD {outcome.mean:.4g} after {report.length}, {counted(seeds, 'seed')}, {report.samples} samples",
            )
        except UserError as error:  # the next seed has the same settings
            damage = error
    raise damage or UserError(
        f"the trials of {report.label} {value} are gone, and with them the other settings: --preset and --set say them anew"
    )


def _runs_of(report: Report, folder: Path, value: float) -> Iterator[RunDirectory]:
    """The trials of a value that are still there. The sweep may have been moved, so only their names count."""
    for trial in report.trials:
        with suppress(UserError):
            run = RunDirectory(folder / check_name(Path(trial.run).name))
            if trial.value == value and run.path.is_dir():
                yield run


def _none(report: Report | SearchReport, folder: Path) -> UserError:
    label = report.label if isinstance(report, SearchReport) else "FD"
    what = "has a result yet" if report.left else f"came to its end with a finite {label}"
    return UserError(f"no trial of {folder.name} {what}: there are no best settings")


def preset_of(found: Best, folder: Path) -> str:
    """A preset file. The length of a trial, its seed and how it was measured stay out of it."""
    settings = found.settings
    start = settings.preset if settings.preset in config.shipped_presets() else DEFAULT_PRESET
    about = {
        "description": found.description,
        "source": f"gan-tui sweep, {folder.name}, {found.trial}, {time.strftime('%Y-%m-%d')}",
        "measured": found.measured,
    }
    tables = _tables(msgspec.to_builtins(settings), msgspec.to_builtins(config.resolve(start)))
    said = f"# Begun from the preset {start}; every setting is here, so that none changes with that preset.\n\n"
    return said + tomli_w.dumps({"about": about} | tables)


def write_preset(report: Report | SearchReport, folder: Path, path: Path) -> None:
    """To a file that is not there yet. Raises UserError."""
    content = preset_of(best(report, folder), folder).encode()
    try:
        written = write_new(path, content)
    except OSError as error:
        raise UserError(f"cannot write {path}: {reason_of(error)}") from None
    if not written:
        raise taken(path, "--preset-out")


def keep_preset(report: Report | SearchReport, folder: Path) -> Path:
    """In the sweep's folder, under the next name that is free: `best.toml`, `best-2.toml`. Raises UserError."""
    content = preset_of(best(report, folder), folder).encode()
    for path in numbered(folder / BEST):
        try:
            if write_new(path, content):
                return path
        except OSError as error:
            raise UserError(f"cannot write {path}: {reason_of(error)}") from None
    raise UserError(f"there are too many presets in {folder}")


def _tables(settings: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """Of all settings; those that only say how trials are compared are as in `start`."""
    found: dict[str, Any] = {}
    for section, table in settings.items():
        if isinstance(table, Mapping):
            own = {name: start[section][name] if f"{section}.{name}" in FIXED else value for name, value in table.items()}
            found[section] = {name: value for name, value in own.items() if value is not None}
    return found
