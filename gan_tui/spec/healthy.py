"""Between which values a number calls for nothing, and which rule of the verdict speaks beyond them.

The rules themselves (gan_tui/health/rules.py) judge means and trends of several numbers; a test holds these ends against them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

from gan_tui.spec.metrics import METRICS
from gan_tui.spec.objectives import Objective


@dataclass(frozen=True, slots=True)
class Healthy:
    """The range of one metric."""

    low: float = -inf
    high: float = inf
    low_rule: str = ""
    """The rule that is about values below; empty: what the verdict says as a whole is about them."""
    high_rule: str = ""
    """The same of values above."""

    def rule_at(self, value: float) -> str:
        """The rule that is about `value`; empty within the range."""
        return self.low_rule if value < self.low else self.high_rule if value > self.high else ""

    def holds(self, value: float) -> bool:
        """Is it within the range? What is not finite is in none."""
        return self.low <= value <= self.high


HEALTHY: Mapping[str, Healthy] = {
    "D(x)": Healthy(0.5, 0.93, "g-wins", "d-wins"),
    "D(G(z))": Healthy(0.08, 0.5, "d-wins", "g-wins"),
    "d_pair_accuracy": Healthy(0.42, 0.985, "g-wins", "d-wins"),
    "d_grad": Healthy(0, 1000, high_rule="diverging"),
    "g_grad": Healthy(0, 1000, high_rule="diverging"),
    "coverage": Healthy(low=0.3),
    "diversity": Healthy(low=0.3, low_rule="collapsed"),
    "diversity_min": Healthy(low=0.35, low_rule="collapsed-within"),
    "copies": Healthy(0, 0.1, high_rule="memorising"),
    "d_overfitting": Healthy(0, 0.65, high_rule="memorising"),
}
"""By the names of metrics. Of a number that is not here, its ideal and its course say all there is to say."""
LOSSES = {"d_loss": Healthy(0.1, 1.1, "d-wins", "g-wins"), "g_loss": Healthy(0.5, 5, "g-wins", "d-wins")}
"""Ranges in equilibria: of losses whose D gives probabilities."""


def healthy(name: str, objective: Objective | None) -> Healthy | None:
    """The range of a metric in a run with this objective (None: unknown); None where there is none."""
    if name in LOSSES:
        if objective is None or not objective.probabilities or objective.equilibrium[name] <= 0:
            return None
        unit, known = objective.equilibrium[name], LOSSES[name]
        return replace(known, low=known.low * unit, high=known.high * unit)
    if name == "d_pair_accuracy" and objective is not None and objective.critic:
        return replace(HEALTHY[name], high=METRICS[name].high, high_rule="")  # a critic is to be far ahead
    return HEALTHY.get(name)
