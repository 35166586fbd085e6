"""Names that are no longer used, and what they are called now: logs of older runs are read under the present names.

Settings have a table of their own, in `config/`.
"""

from collections.abc import Mapping

METRICS: Mapping[str, str] = {
    "auc": "d_pair_accuracy",
    "legible": "confident",
    "spread": "diversity",
    "spread_min": "diversity_min",
    "d_gap": "d_overfitting",
    "fresh_auc": "c2st_auc",
}
"""In logs of format 1; `plot --metric` still takes them."""
RULES: Mapping[str, str] = {"d-blunt": "d-saturated"}
"""Of the verdict."""
