"""What the total that is minimised adds up to: whether more steps would change much."""

from collections import deque

from gan_tui.run.events import Verdict

WINDOW = 10
"""Steps over which a fall is looked at."""
SETTLED, FALLING = 0.01, 0.03
"""Shares of the total by which it falls in a window: below the first it is settled, above the second falling, between what it was."""


class Convergence:
    """Asked at each step that is logged."""

    def __init__(self, task: str, part: str, parts: int, total: str = "total", *, window: int = WINDOW, more: str = "--steps") -> None:
        """`task`: how its rules begin; `part`: what a part of the steps is called, of which there are so many, or without `parts` what is
        looked at throughout; `total`: what falls; `window`: steps over which; `more`: the option for more of them.
        """
        self._task, self._word, self._parts, self._name = task, part, parts, total
        self._window, self._more = window, more
        self._part = -1
        self._totals: deque[tuple[int, float]] = deque()
        self._rule = ""

    def take(self, part: int, total: float, step: int, *, last: bool = False) -> Verdict | None:
        """What is to be said now, where it is something else than before; of the `last` step in any case where it can be said."""
        if part != self._part:
            self._part, self._rule = part, ""
            self._totals.clear()
        self._totals.append((step, total))
        while len(self._totals) > 1 and self._totals[1][0] <= step - self._window:
            self._totals.popleft()
        first, before = self._totals[0]
        if step - first < self._window or before <= 0:
            return None
        fall = 1 - total / before
        rule = f"{self._task}-settled" if fall < SETTLED else f"{self._task}-falling" if fall > FALLING else self._rule
        if last and not rule:
            rule = f"{self._task}-falling"
        if rule == self._rule and not last:
            return None
        self._rule = rule
        where = f"{self._word} {part + 1} of {self._parts}" if self._parts else self._word
        over = f"in {step - first} steps"
        if rule.endswith("falling"):
            advice = f"more steps: {self._more}" if last else "wait"
            text = f"{where}: the {self._name} fell by {fall:.1%} {over}"
            return Verdict(step=step, rule=rule, level="info", text=text, advice=advice)
        return Verdict(step=step, rule=rule, level="good", text=f"{where}: settled, the {self._name} fell by {max(0.0, fall):.1%} {over}")
