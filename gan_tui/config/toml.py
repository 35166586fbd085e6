"""Settings as TOML files: what a person writes, and the `run.toml` that a run keeps."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

from gan_tui import __version__
from gan_tui.config.foreign import CommandConfig, ScriptConfig
from gan_tui.config.inversion import InversionConfig
from gan_tui.config.optimisation import OptimisationConfig
from gan_tui.config.sections import RunConfig
from gan_tui.config.style import StyleConfig
from gan_tui.config.style_net import StyleNetConfig
from gan_tui.config.validate import Config, from_table, settings_from_table
from gan_tui.config.values import Section
from gan_tui.errors import UserError
from gan_tui.spec.tasks import GAN, TASKS, Task, TaskName
from gan_tui.toml_file import TomlFile, read_toml

LARGEST_SETTINGS = 1 << 20
"""Bytes of a file of settings; a run.toml has two thousand."""
WHAT = "settings file"
KINDS: Mapping[TaskName, type[OptimisationConfig | CommandConfig | ScriptConfig]] = {
    "style": StyleConfig,
    "style-sheet": StyleConfig,
    "style-net": StyleNetConfig,
    "inversion": InversionConfig,
    "command": CommandConfig,
    "script": ScriptConfig,
    "file": ScriptConfig,
}
"""The settings of each task but the training of a GAN, whose are `RunConfig`."""
NOT_SETTINGS = ("environment", "about")
"""Tables that set nothing: what a trainer found, in a `run.toml`, and what a preset says of itself."""


def read_file(path: Path) -> dict[str, Any]:
    """What a TOML file of settings sets, and no more; it is checked as a whole. Raises UserError."""
    return setting_table(read_toml(path, LARGEST_SETTINGS, WHAT, pipes=True))


def setting_table(file: TomlFile) -> dict[str, Any]:
    """The settings in a file. Raises UserError that names the first mistake with its line."""
    table = {name: value for name, value in file.table.items() if name not in NOT_SETTINGS}
    from_table(table, file)
    return table


def to_toml(config: Section, environment: Mapping[str, Any] | None = None, only: Collection[str] = ()) -> str:
    """`run.toml`: every setting, or the tables in `only`, and the `environment` in which the run took place where it is known."""
    table = {name: value for name, value in msgspec.to_builtins(config).items() if not only or name in only}
    if environment:
        table["environment"] = dict(environment)
    return tomli_w.dumps(table)


def read_run_toml(path: Path) -> tuple[RunConfig, dict[str, Any]]:
    """The settings in the `run.toml` of a GAN's training and its `environment` table (empty while the run has not started).

    Raises UserError for a run of another task.
    """
    file, environment = _read(path)
    if (task := task_of(file.table)) is not GAN:
        raise UserError(f"{path.parent.name} is {task.what}: {task.no_gan}")
    if (word := file.table.get("task", GAN.name)) != GAN.name:
        unknown = f"task = {word!r} is no kind of run that gan-tui {__version__} knows"
        raise UserError(f"{file.place('task')}: {unknown}: a newer one may go on with it")
    return from_table({key: value for key, value in file.table.items() if key != "task"}, file), environment


def read_settings(path: Path, kind: type[Config]) -> Config:
    """The settings in the `run.toml` of a run of another kind. Raises UserError, also where it is of yet another."""
    file, _ = _read(path)
    found = task_of(file.table)
    if KINDS.get(found.name) is not kind:
        wanted = next(TASKS[name] for name, one in KINDS.items() if one is kind)
        raise UserError(f"{path.parent.name} is {found.what}, and no {wanted.what.partition(' ')[2]}")
    return settings_from_table(file.table, kind, file)


def read_environment(path: Path) -> dict[str, Any]:
    """The `environment` table of any `run.toml`. Raises UserError."""
    return _read(path)[1]


def _read(path: Path) -> tuple[TomlFile, dict[str, Any]]:
    file = read_toml(path, LARGEST_SETTINGS, WHAT)
    environment = file.table.pop("environment", {})
    return file, environment if isinstance(environment, dict) else {}


def task_of(table: Mapping[str, Any]) -> Task:
    """What the run of these settings is about; where it says nothing, or an unknown word, it is a GAN's."""
    name = table.get("task")
    return next((task for task in TASKS.values() if task.name == name), GAN)
