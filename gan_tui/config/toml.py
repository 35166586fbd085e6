"""Settings as TOML files: what a person writes, and the `run.toml` that a run keeps."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from gan_tui.config.sections import RunConfig
from gan_tui.config.validate import from_table
from gan_tui.toml_file import TomlFile, read_toml

LARGEST = 1 << 20
"""Bytes of a file of settings; a run.toml has two thousand."""
WHAT = "settings file"
NOT_SETTINGS = ("environment", "about")
"""Tables that set nothing: what a trainer found, in a `run.toml`, and what a preset says of itself."""


def read_file(path: Path) -> dict[str, Any]:
    """What a TOML file of settings sets, and no more; it is checked as a whole. Raises UserError."""
    return setting_table(read_toml(path, LARGEST, WHAT, pipes=True))


def setting_table(file: TomlFile) -> dict[str, Any]:
    """The settings in a file. Raises UserError that names the first mistake with its line."""
    table = {name: value for name, value in file.table.items() if name not in NOT_SETTINGS}
    from_table(table, file)
    return table


def to_toml(config: RunConfig, environment: Mapping[str, Any] | None = None) -> str:
    """`run.toml`: every setting, and the `environment` in which the run took place where it is known."""
    table = msgspec.to_builtins(config)
    if environment:
        table["environment"] = dict(environment)
    return tomli_w.dumps(table)


def read_run_toml(path: Path) -> tuple[RunConfig, dict[str, Any]]:
    """The settings in `run.toml` and its `environment` table (empty while the run has not started)."""
    file = read_toml(path, LARGEST, WHAT)
    environment = file.table.pop("environment", {})
    return from_table(file.table, file), environment if isinstance(environment, dict) else {}
