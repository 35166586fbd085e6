"""Named starting points."""

import tomllib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any

import msgspec

from gan_tui.config.sections import DEFAULT_PRESET, RunConfig
from gan_tui.config.validate import from_table, merge, shareable
from gan_tui.errors import UserError


class Preset(msgspec.Struct, frozen=True):
    """A named starting point: what it is, where it comes from, and the settings that it changes."""

    name: str
    description: str
    source: str
    settings: dict[str, Any]
    measured: str = ""
    """What it has reached, and when; empty where nobody has looked."""


def preset_names() -> list[str]:
    """The names of the presets that ship with the package, `classic` first."""
    folder = resources.files("gan_tui") / "presets"
    names = sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))
    return sorted(names, key=lambda name: name != DEFAULT_PRESET)


def load_preset(name: str) -> Preset:
    """Read one shipped preset.

    Raises UserError for a name that is not among `preset_names()`.
    """
    if name not in preset_names():
        raise UserError(f"unknown preset '{name}': choose one of {', '.join(preset_names())}")
    table = tomllib.loads((resources.files("gan_tui") / "presets" / f"{name}.toml").read_text("utf-8"))
    about = table.pop("about")
    return Preset(name, about["description"], about["source"], table, about.get("measured", ""))


def resolve(
    preset: str = DEFAULT_PRESET,
    tables: Iterable[Mapping[str, Any]] = (),
) -> RunConfig:
    """The settings of a run: defaults, then the preset, then each of `tables`, the later one winning.

    Raises UserError naming the setting that is unknown or out of range.
    """
    merged: dict[str, Any] = {}
    for table in (load_preset(preset).settings, *tables):
        merge(merged, table)
    merged["preset"] = preset
    return shareable(from_table(merged))
