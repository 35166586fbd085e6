"""Settings and values under the names that older versions gave them: their run.toml, presets and checkpoints are still read."""

from collections.abc import Mapping
from typing import Any

from gan_tui.spec import aliases


def modern(table: Mapping[str, Any]) -> dict[str, Any]:
    """A nested table of settings as the present version names them. What is no table stays what it is."""
    found: dict[str, Any] = {}
    for section, values in table.items():
        if not isinstance(values, Mapping):
            found[section] = values
            continue
        found[section] = {}
        for name, value in values.items():
            key = aliases.SETTINGS.get(f"{section}.{name}", f"{section}.{name}")
            values_then = aliases.VALUES.get(key, {})
            found[section][key.partition(".")[2]] = values_then.get(value, value) if isinstance(value, str) else value
    return found
