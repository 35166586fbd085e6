"""What is declared of a scalar that a run logs. Which there are is said in metrics.py and transfer.py."""

from dataclasses import dataclass
from math import inf
from typing import Literal

from gan_tui.spec.styles import Role

Better = Literal["lower", "higher", "ideal", ""]
"""Which values are good: those nearest to `ideal`; or nothing can be said of the number by itself."""
Only = Literal["", "probabilities", "penalties", "outlines"]
"""Which runs have it: all, those whose D gives probabilities, those with a gradient penalty, those that draw from outlines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One scalar, under the name by which events, `--json`, `plot` and checkpoints know it."""

    name: str
    label: str
    """On the screen, at most 13 cells."""
    alone: str = ""
    """The same where what it is compared with does not stand beside it; empty: the label."""
    brief: str = ""
    """What it is, at most 42 cells."""
    meaning: str
    """What it is and what is healthy: a sentence or two without the last full stop. No other text says what it means."""
    unit: str = ""
    low: float = -inf
    high: float = inf
    """The range of its values."""
    ideal: float | None = None
    """What real images score, or the value at equilibrium; None where it depends on the objective or the data."""
    better: Better = ""
    decimals: int = 3
    role: Role = Role.ACCENT
    """Whose number it is, and so its colour: D's, G's, that of both, or there only to be compared with (muted)."""
    only: Only = ""
    of_g: bool = False
    """Only steps that train G have it."""

    @property
    def title(self) -> str:
        """What it is called by itself."""
        return self.alone or self.label
