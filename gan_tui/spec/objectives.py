"""The objectives that D and G can minimise (`loss.name`): what is known of each without computing it.

`gan_tui/losses.py` has their functions. To add one, declare it here, its name with it, and write its two losses and their gradients there.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

_LN2 = math.log(2)


@dataclass(frozen=True, slots=True)
class Objective:
    """A pair of losses. At equilibrium generated images are as good as real ones, and neither network can improve."""

    name: str
    """Empty for an external training loop's own."""
    d_equilibrium: float
    """D's loss there."""
    g_equilibrium: float
    probabilities: bool = False
    """Is sigmoid(logit) the probability that an image is real? If not, D(x) and D(G(z)) mean nothing and are not logged."""
    critic: bool = False
    """D estimates a distance, and should be far ahead of G (Gulrajani et al. 2017, arXiv:1704.00028)."""
    g_sees_real: bool = False
    """G's loss compares with real images."""

    @property
    def equilibrium(self) -> dict[str, float]:
        """Both losses there, by the names of their metrics."""
        return {"d_loss": self.d_equilibrium, "g_loss": self.g_equilibrium}


OBJECTIVES: Mapping[str, Objective] = {
    objective.name: objective
    for objective in (
        Objective("non-saturating", 2 * _LN2, _LN2, probabilities=True),
        Objective("saturating", 2 * _LN2, -_LN2, probabilities=True),
        Objective("relativistic", _LN2, _LN2, g_sees_real=True),
        Objective("hinge", 2.0, 0.0),
        Objective("wasserstein", 0.0, 0.0, critic=True),
    )
}
"""By the name that `loss.name` takes."""


def in_words(value: Callable[[Objective], float]) -> str:
    """`1.386 (non-saturating, saturating), 2 (hinge)`: a number of every objective, for the help."""
    names: dict[str, list[str]] = {}
    for objective in OBJECTIVES.values():
        names.setdefault(f"{round(value(objective), 3):g}", []).append(objective.name)
    return ", ".join(f"{number} ({', '.join(known)})" for number, known in names.items())
