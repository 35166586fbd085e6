"""Names that are no longer used, and what they are called now: older logs, settings and checkpoints are read under the present names."""

from collections.abc import Mapping
from typing import Any

METRICS: Mapping[str, str] = {
    "auc": "d_pair_accuracy",
    "legible": "confident",
    "spread": "diversity",
    "spread_min": "diversity_min",
    "d_gap": "d_overfitting",
    "fresh_auc": "c2st_auc",
}
"""In logs of format 1 (`run/events.py`); `plot --metric` still takes them."""
RULES: Mapping[str, str] = {"d-blunt": "d-saturated"}
"""Of the verdict."""
SETTINGS: Mapping[str, str] = {"model.leak": "model.negative_slope", "optimizer.cosine_floor": "optimizer.floor"}
"""In run.toml, presets, checkpoints and `--set`."""
VALUES: Mapping[str, Mapping[str, str]] = {"train.engine": {"plain": "eager", "lean": "manual-grad"}}
"""Of settings, by their present names."""


def modern(table: Mapping[str, Any]) -> dict[str, Any]:
    """A nested table of settings as the present version names them. What is no table stays what it is."""
    found: dict[str, Any] = {}
    for section, values in table.items():
        if not isinstance(values, Mapping):
            found[section] = values
            continue
        found[section] = {}
        for name, value in values.items():
            key = SETTINGS.get(f"{section}.{name}", f"{section}.{name}")
            values_then = VALUES.get(key, {})
            found[section][key.partition(".")[2]] = values_then.get(value, value) if isinstance(value, str) else value
    optimizer = found.get("optimizer")
    if isinstance(optimizer, dict) and (images := optimizer.pop("cosine_images", 0)):  # of the one schedule that there was
        optimizer |= {"schedule": "cosine", "until": f"{images} images"}
    return found
