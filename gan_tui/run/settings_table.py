"""The settings of several runs beside each other: all by their keys, and those that differ."""

from collections.abc import Mapping, Sequence

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.run.directory import RunDirectory

PRESET = "preset"


def settings_of(run: RunDirectory) -> dict[str, object]:
    """By `section.key`, and `preset`; of a run that is no GAN's training, or whose settings cannot be read, none."""
    try:
        settings = run.settings()
    except UserError:
        return {}
    if not isinstance(settings, RunConfig):
        return {}
    return {PRESET: settings.preset} | {setting.key: config.get(settings, setting.key) for setting in config.settings()}


def differing(tables: Sequence[Mapping[str, object]]) -> list[str]:
    """Keys whose values are not the same in all tables that have any, in the order of their declaration."""
    known = [table for table in tables if table]
    keys = dict.fromkeys(key for table in known for key in table)
    return [key for key in keys if len({str(table.get(key)) for table in known}) > 1]
