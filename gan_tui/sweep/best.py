"""The best settings of a search as a preset, all of them: it means the same whatever shipped presets become; and what it reached."""

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from gan_tui import config
from gan_tui.config import DEFAULT_PRESET
from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.files import numbered, write_new
from gan_tui.sweep.plan import FIXED
from gan_tui.sweep.search_report import SearchReport
from gan_tui.sweep.space import settings_of
from gan_tui.targets import taken

BEST = "best.toml"
"""Where a key puts it, in the sweep's folder."""


def preset_of(report: SearchReport) -> str:
    """A preset file. The length of a trial, its seed and how it was measured stay out of it. Raises UserError while there is none."""
    best = report.best
    values = [value for value in best.values if value is not None] if best else []
    if best is None or best.value is None or len(values) < len(report.plan.dimensions):
        what = "has a result yet" if report.left else f"came to its end with a finite {report.label}"
        raise UserError(f"no trial of {report.folder.name} {what}: there are no best settings")
    settings = settings_of(report.base, report.plan.dimensions, values)
    start = settings.preset if settings.preset in config.shipped_presets() else DEFAULT_PRESET
    about = {
        "description": f"the best of a search over {', '.join(dimension.name for dimension in report.plan.dimensions)}",
        "source": f"gan-tui sweep, {report.folder.name}, trial {best.number}, {time.strftime('%Y-%m-%d')}",
        "measured": f"live {report.label} {best.value:.4g} after {counted(report.base.train.epochs, 'epoch')}, one seed, "
        f"{report.base.evaluation.samples} samples",
    }
    tables = _tables(msgspec.to_builtins(settings), msgspec.to_builtins(config.resolve(start)))
    said = f"# Begun from the preset {start}; every setting is here, so that none changes with that preset.\n\n"
    return said + tomli_w.dumps({"about": about} | tables)


def write_preset(report: SearchReport, path: Path) -> None:
    """To a file that is not there yet. Raises UserError."""
    content = preset_of(report).encode()
    try:
        written = write_new(path, content)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}") from None
    if not written:
        raise taken(path)


def keep_preset(report: SearchReport) -> Path:
    """In the sweep's folder, under the next name that is free: `best.toml`, `best-2.toml`. Raises UserError."""
    content = preset_of(report).encode()
    for path in numbered(report.folder / BEST):
        try:
            if write_new(path, content):
                return path
        except OSError as error:
            raise UserError(f"cannot write {path}: {error.strerror}") from None
    raise UserError(f"there are too many presets in {report.folder}")


def _tables(settings: Mapping[str, Any], start: Mapping[str, Any]) -> dict[str, Any]:
    """Of all settings; those that only say how trials are compared are as in `start`."""
    found: dict[str, Any] = {}
    for section, table in settings.items():
        if isinstance(table, Mapping):
            own = {name: start[section][name] if f"{section}.{name}" in FIXED else value for name, value in table.items()}
            found[section] = {name: value for name, value in own.items() if value is not None}
    return found
