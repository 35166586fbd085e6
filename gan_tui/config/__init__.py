"""The settings of a run: declared (sections), addressed (keys), checked (validate), read, written (toml, assignments), named (presets)."""

from gan_tui.config.assignments import change, change_optimisation, parse_assignment, with_data_in
from gan_tui.config.data import DATASETS, FOLDER, MOST_CLASSES, Data, Fit
from gan_tui.config.foreign import CommandConfig, ScriptConfig
from gan_tui.config.inversion import InversionConfig, InversionPictures, Purpose
from gan_tui.config.keys import Setting, get, is_fixed, may_become, own_settings, settings
from gan_tui.config.optimisation import OptimisationConfig
from gan_tui.config.presets import (
    Preset,
    all_preset_names,
    list_presets,
    load_preset,
    preset_folder,
    preset_names,
    preset_of_file,
    resolve,
    shipped_presets,
)
from gan_tui.config.sections import DEFAULT_PRESET, RATES, Model, RunConfig, SignalMeaning, Signals
from gan_tui.config.style import StyleConfig, StylePictures
from gan_tui.config.style_net import PRESET as STYLE_NET
from gan_tui.config.style_net import NetData, StyleNetConfig
from gan_tui.config.toml import (
    KINDS,
    LARGEST_SETTINGS,
    read_environment,
    read_file,
    read_run_toml,
    read_settings,
    task_of,
    to_toml,
)
from gan_tui.config.validate import from_table, override, refuse_idle, settings_from_table, shareable
from gan_tui.config.values import Length, length, written

__all__ = [
    "DATASETS",
    "DEFAULT_PRESET",
    "FOLDER",
    "KINDS",
    "LARGEST_SETTINGS",
    "MOST_CLASSES",
    "RATES",
    "STYLE_NET",
    "CommandConfig",
    "Data",
    "Fit",
    "InversionConfig",
    "InversionPictures",
    "Length",
    "Model",
    "NetData",
    "OptimisationConfig",
    "Preset",
    "Purpose",
    "RunConfig",
    "ScriptConfig",
    "Setting",
    "SignalMeaning",
    "Signals",
    "StyleConfig",
    "StyleNetConfig",
    "StylePictures",
    "all_preset_names",
    "change",
    "change_optimisation",
    "from_table",
    "get",
    "is_fixed",
    "length",
    "list_presets",
    "load_preset",
    "may_become",
    "override",
    "own_settings",
    "parse_assignment",
    "preset_folder",
    "preset_names",
    "preset_of_file",
    "read_environment",
    "read_file",
    "read_run_toml",
    "read_settings",
    "refuse_idle",
    "resolve",
    "settings",
    "settings_from_table",
    "shareable",
    "shipped_presets",
    "task_of",
    "to_toml",
    "with_data_in",
    "written",
]
