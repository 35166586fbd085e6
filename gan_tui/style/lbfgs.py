"""Limited-memory BFGS (Liu and Nocedal 1989), one evaluation a step: what Gatys et al. 2016 found best for pictures.

Without a line search, which would cost evaluations, and with bounded steps instead: a step that leaves the region in which the curvature
was seen costs some twenty evaluations to mend.
"""

from collections import deque
from typing import Any

from torch import Tensor

PAIRS = 20
"""Steps whose curvature is remembered."""
FIRST = 0.02
"""Root mean square of the first step, in the picture's units."""
LONGEST = 0.1
"""Of any step."""


class Lbfgs:
    """The memory of the steps so far. It fits one picture; of another one, or after a change of what is minimised, begin a new one."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[Tensor, Tensor, float]] = deque(maxlen=PAIRS)
        """What a step was, how the gradient changed by it, and 1 over their product."""
        self._before: tuple[Tensor, Tensor] | None = None

    def step(self, point: Tensor, gradient: Tensor) -> Tensor:
        """The next point, from the gradient at this one; of equal shapes."""
        x, g = point.flatten(), gradient.flatten()
        if self._before is not None:
            moved, turned = x - self._before[0], g - self._before[1]
            curvature = float(moved @ turned)
            if curvature > 1e-10 * float(turned @ turned):
                self._pairs.append((moved, turned, 1 / curvature))
        direction = self._direction(g)
        length = float(direction.square().mean().sqrt())
        if not self._pairs:
            direction *= FIRST / max(length, 1e-12)
        elif length > LONGEST:
            direction *= LONGEST / length
        self._before = x.clone(), g.clone()
        return point + direction.view_as(point)

    def _direction(self, gradient: Tensor) -> Tensor:
        """Minus the inverse Hessian, as the pairs know it, times the gradient: the two loops of Nocedal 1980."""
        direction = -gradient
        shares = []
        for moved, turned, weight in reversed(self._pairs):
            share = weight * float(moved @ direction)
            direction = direction - share * turned
            shares.append(share)
        if self._pairs:
            moved, turned, weight = self._pairs[-1]
            direction = direction / (weight * float(turned @ turned))
        for (moved, turned, weight), share in zip(self._pairs, reversed(shares), strict=True):
            direction = direction + (share - weight * float(turned @ direction)) * moved
        return direction

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain containers, from which `load_state_dict` goes on as if nothing had happened."""
        return {
            "moved": [moved for moved, _, _ in self._pairs],
            "turned": [turned for _, turned, _ in self._pairs],
            "before": list(self._before) if self._before else [],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises KeyError, TypeError or RuntimeError where it is none."""
        pairs = zip(state["moved"], state["turned"], strict=True)
        self._pairs = deque(((moved, turned, 1 / float(moved @ turned)) for moved, turned in pairs), PAIRS)
        self._before = (state["before"][0], state["before"][1]) if state["before"] else None
