"""Metrics between two looks at them."""

from dataclasses import dataclass

import torch
from torch import Tensor

from gan_tui.training.ranks import Ranks
from gan_tui.training.step import METRICS

OF_G = ("g_loss", "g_grad")
"""What only the steps that train G have."""


@dataclass(frozen=True)
class Reading:
    """What the steps since the reading before were like."""

    step: int
    """The run's step at its end."""
    steps: int
    """How many they were."""
    elapsed: float
    """Seconds of training so far in the whole run."""
    rate: float
    """Steps a second."""
    means: dict[str, float]
    """By name; NaN and infinity pass through. G's are missing where G was not trained."""


@dataclass(frozen=True)
class _OnItsWay:
    step: int
    elapsed: float
    seconds: float
    steps: int
    g_steps: int
    sums: Tensor
    """On the CPU, once `arrived` has happened."""
    arrived: torch.cuda.Event | None


class MetricsWindow:
    """Sums metrics on the device and fetches the sums without making anybody wait.

    On a GPU the copy travels while training goes on, and is read when it has arrived; on a CPU that is at once.
    """

    def __init__(self, device: torch.device, ranks: Ranks | None = None) -> None:
        self._ranks = ranks or Ranks()
        self._sum = torch.zeros(len(METRICS), device=device)
        self._sent: _OnItsWay | None = None
        self.steps = 0
        self._g_steps = 0
        self._newest_g: Tensor | None = None

    def add(self, metrics: Tensor, first: int, d_steps: int) -> None:
        """Take in the metrics (steps, 8) of the steps from `first` on, of which every `d_steps`-th trained G."""
        self._sum += metrics.sum(0)
        self.steps += len(metrics)
        behind = first + len(metrics)
        g_steps = behind // d_steps - first // d_steps
        self._g_steps += g_steps
        if g_steps:
            self._newest_g = metrics[behind // d_steps * d_steps - 1 - first].clone()  # an engine may write over it in its next steps

    @property
    def busy(self) -> bool:
        """Is something on its way?"""
        return self._sent is not None

    def newest(self, metrics: Tensor) -> dict[str, float]:
        """The last row of `metrics`, by name, with G's part from the last step that trained G. Waits for the device."""
        row = dict(zip(METRICS, metrics[-1].tolist(), strict=True))
        if self._newest_g is not None:
            of_g = dict(zip(METRICS, self._newest_g.tolist(), strict=True))
            row |= {name: of_g[name] for name in OF_G}
        return row

    def clear(self) -> None:
        """Forget what was added or sent."""
        self._sum.zero_()
        self.steps = self._g_steps = 0
        self._sent = None

    def send(self, step: int, elapsed: float, seconds: float) -> None:
        """Close the window: its sums go to the CPU. `seconds`: how long it was open. What was sent before must have been received."""
        assert self._sent is None
        if self._sum.is_cuda:
            sums = torch.empty(len(METRICS), pin_memory=True)
            sums.copy_(self._sum, non_blocking=True)
            arrived = torch.cuda.Event()
            arrived.record()
        else:
            sums, arrived = self._sum.cpu().clone(), None
        self._sent = _OnItsWay(step, elapsed, seconds, self.steps, self._g_steps, sums, arrived)
        self._sum.zero_()
        self.steps = self._g_steps = 0

    def receive(self, *, wait: bool) -> Reading | None:
        """What was sent, once it has arrived; None where nothing has."""
        sent = self._sent
        if sent is None:
            return None
        if sent.arrived is not None:
            if wait:
                self._ranks.wait(sent.arrived)
            elif not sent.arrived.query():
                return None
        self._sent = None
        sums = dict(zip(METRICS, sent.sums.tolist(), strict=True))
        means = {
            name: total / (sent.g_steps if name in OF_G else sent.steps) for name, total in sums.items() if name not in OF_G or sent.g_steps
        }
        return Reading(sent.step, sent.steps, sent.elapsed, sent.steps / sent.seconds if sent.seconds > 0 else 0.0, means)
