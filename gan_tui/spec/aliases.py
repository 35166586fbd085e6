"""Names that are no longer used, and what they are called now: older logs, settings and checkpoints are read under the present names."""

from collections.abc import Mapping

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
SETTINGS: Mapping[str, str] = {"model.leak": "model.negative_slope"}
"""In run.toml, presets, checkpoints and `--set` (`config/renamed.py`)."""
VALUES: Mapping[str, Mapping[str, str]] = {"train.engine": {"plain": "eager", "lean": "manual-grad"}}
"""Of settings, by their present names."""
