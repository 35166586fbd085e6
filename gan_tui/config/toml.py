"""Settings as TOML: what a person writes, and what `run.toml` keeps."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from gan_tui.config.sections import RunConfig
from gan_tui.config.validate import from_table
from gan_tui.errors import DamagedError, UserError
from gan_tui.run.files import read_at_most, read_pipe

LARGEST = 1 << 20
"""Bytes of a file of settings; a run.toml has two thousand."""
PIPE_SECONDS = 20.0
"""How long settings that come through a pipe are waited for."""


def read_file(path: Path) -> dict[str, Any]:
    """Read a TOML file of settings, checked as a whole; the returned table holds only what it says.

    The table `environment`, which the trainer adds to `run.toml`, says what was and sets nothing.
    """
    table = _read_toml(path, pipes=True)
    table.pop("environment", None)
    from_table(table, str(path))
    return table


def _read_toml(path: Path, *, pipes: bool = False) -> dict[str, Any]:
    """A file of settings; `pipes` are welcome where a person names the file: `--config <(...)`."""
    try:
        content = read_pipe(path, LARGEST, PIPE_SECONDS) if pipes else read_at_most(path, LARGEST)
    except OSError as error:
        kind = DamagedError if isinstance(error, FileNotFoundError | IsADirectoryError) else UserError
        raise kind(f"cannot read the settings file {path}: {error.strerror}") from None
    except ValueError as error:
        raise DamagedError(f"cannot read the settings file {path}: {error}, so it is no file of settings") from None
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:  # what tomllib makes of junk, of huge numbers and of endless brackets
        raise DamagedError(f"{path} is not valid TOML: {' '.join(str(error)[:120].split())}") from None


def to_toml(config: RunConfig, environment: Mapping[str, Any] | None = None) -> str:
    """`run.toml`: every setting, and the `environment` in which the run took place where it is known."""
    table = msgspec.to_builtins(config)
    if environment:
        table["environment"] = dict(environment)
    return tomli_w.dumps(table)


def read_run_toml(path: Path) -> tuple[RunConfig, dict[str, Any]]:
    """The settings in `run.toml` and its `environment` table (empty while the run has not started)."""
    table = _read_toml(path)
    environment = table.pop("environment", {})
    return from_table(table, str(path)), environment if isinstance(environment, dict) else {}
