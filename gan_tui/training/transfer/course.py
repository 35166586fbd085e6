"""What the total distance adds up to: whether more steps would change much."""

from collections import deque

from gan_tui.run.events import Verdict

WINDOW = 10
"""Steps over which a fall is looked at."""
SETTLED, FALLING = 0.01, 0.03
"""Shares of the total by which it falls in a window: below the first it is settled, above the second falling, between what it was."""


class Course:
    """Asked at each step that is logged."""

    def __init__(self, scales: int) -> None:
        self._scales = scales
        self._scale = -1
        self._totals: deque[tuple[int, float]] = deque()
        self._rule = ""

    def take(self, scale: int, total: float, step: int, *, last: bool = False) -> Verdict | None:
        """What is to be said now, where it is something else than before; of the `last` step in any case where it can be said."""
        if scale != self._scale:
            self._scale, self._rule = scale, ""
            self._totals.clear()
        self._totals.append((step, total))
        while len(self._totals) > 1 and self._totals[1][0] <= step - WINDOW:
            self._totals.popleft()
        first, before = self._totals[0]
        if step - first < WINDOW or before <= 0:
            return None
        fall = 1 - total / before
        rule = "style-settled" if fall < SETTLED else "style-falling" if fall > FALLING else self._rule
        if last and not rule:
            rule = "style-falling"
        if rule == self._rule and not last:
            return None
        self._rule = rule
        where = f"scale {scale + 1} of {self._scales}"
        over = f"in {step - first} steps"
        if rule == "style-falling":
            advice = "more steps: `gan-tui style` with --steps" if last else "wait"
            return Verdict(step=step, rule=rule, level="info", text=f"{where}: the total fell by {fall:.1%} {over}", advice=advice)
        return Verdict(step=step, rule=rule, level="good", text=f"{where}: settled, the total fell by {max(0.0, fall):.1%} {over}")
