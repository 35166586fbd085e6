"""Limited-memory BFGS (Liu and Nocedal 1989), one evaluation a step: what Gatys et al. 2016 found best for pictures.

Two things differ from the textbook, both measured (benchmarks/style.py). There is no line search, which would cost evaluations, but steps
are bounded: one that leaves the region in which the curvature was seen costs some twenty evaluations to mend. And the first guess of the
inverse Hessian is not the identity: it lets what is large in the picture move further than what is fine.
"""

from collections import deque
from typing import Any

import torch
from torch import Tensor

PAIRS = 10
"""Steps whose curvature is remembered. More help little (8 to 40 were tried), and each costs the memory and the file of two pictures."""
FIRST = 0.02
"""Root mean square of the first step, in the picture's units."""
LONGEST = 0.1
"""Of any step."""
EXPONENT = 0.4
"""The first guess falls with this power of the frequency. 0.3 to 0.5 are equally good; 0 takes a fifth longer, 1 as well."""


def emphasise_large(picture: Tensor) -> Tensor:
    """(..., H, W) with each frequency divided by its EXPONENT-th power; symmetric and positive, as an inverse Hessian must be."""
    height, width = picture.shape[-2:]
    down = torch.fft.fftfreq(height, device=picture.device)[:, None]
    across = torch.fft.rfftfreq(width, device=picture.device)[None]
    frequency = (down.square() + across.square()).sqrt().clamp_min(1 / max(height, width))
    found: Tensor = torch.fft.irfft2(torch.fft.rfft2(picture) * frequency**-EXPONENT, s=(height, width))
    return found


class Lbfgs:
    """The memory of the steps so far. It fits one picture; of another one, or after a change of what is minimised, begin a new one."""

    def __init__(self) -> None:
        self._pairs: deque[tuple[Tensor, Tensor, float]] = deque(maxlen=PAIRS)
        """What a step was, how the gradient changed by it, and 1 over their product."""
        self._before: tuple[Tensor, Tensor] | None = None

    def step(self, point: Tensor, gradient: Tensor) -> Tensor:
        """The next point, from the gradient at this one; both (..., H, W)."""
        if self._before is not None:
            self._remember(point - self._before[0], gradient - self._before[1])
        direction = self._direction(gradient)
        length = float(direction.square().mean().sqrt())
        if not self._pairs:
            direction *= FIRST / max(length, 1e-12)
        elif length > LONGEST:
            direction *= LONGEST / length
        self._before = point.clone(), gradient.clone()
        return point + direction

    def _remember(self, moved: Tensor, turned: Tensor) -> None:
        curvature = _dot(moved, turned)
        if curvature > 1e-10 * _dot(turned, turned):  # else the valley bends the other way, and the guess would not be positive
            self._pairs.append((moved, turned, 1 / curvature))

    def _direction(self, gradient: Tensor) -> Tensor:
        """Minus the inverse Hessian, as the pairs know it, times the gradient: the two loops of Nocedal 1980."""
        direction = -gradient
        shares = []
        for moved, turned, weight in reversed(self._pairs):
            share = weight * _dot(moved, direction)
            direction = direction - share * turned
            shares.append(share)
        direction = emphasise_large(direction)
        if self._pairs:
            _, turned, weight = self._pairs[-1]
            direction = direction / (weight * _dot(turned, emphasise_large(turned)))
        for (moved, turned, weight), share in zip(self._pairs, reversed(shares), strict=True):
            direction = direction + (share - weight * _dot(turned, direction)) * moved
        return direction

    def state_dict(self) -> dict[str, Any]:
        """Tensors and plain containers, from which `load_state_dict` goes on as if nothing had happened."""
        return {
            "moved": [moved for moved, _, _ in self._pairs],
            "turned": [turned for _, turned, _ in self._pairs],
            "before": list(self._before) if self._before else [],
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises KeyError, TypeError, ValueError or RuntimeError where it is none."""
        pairs = zip(state["moved"], state["turned"], strict=True)
        self._pairs = deque(((moved, turned, 1 / _dot(moved, turned)) for moved, turned in pairs), PAIRS)
        self._before = (state["before"][0], state["before"][1]) if state["before"] else None


def _dot(one: Tensor, other: Tensor) -> float:
    return float((one * other).sum())
