"""Metrics between two looks at them."""

import torch
from torch import Tensor

from gan_tui.training.step import METRICS


class MetricsWindow:
    """Sums metrics on the device, so that the loop reads numbers ten times a second and not at every step."""

    def __init__(self, device: torch.device) -> None:
        self._sum = torch.zeros(len(METRICS), device=device)
        self.steps = 0

    def add(self, metrics: Tensor) -> None:
        """Take in the metrics of some steps, (steps, 4)."""
        self._sum += metrics.sum(0)
        self.steps += len(metrics)

    def clear(self) -> None:
        """Forget what was added."""
        self._sum.zero_()
        self.steps = 0

    def take(self) -> dict[str, float]:
        """The means since the last call, by name; NaN and infinity pass through. Waits for the device."""
        means = (self._sum / self.steps).tolist()
        self.clear()
        return dict(zip(METRICS, means, strict=True))
