"""Metrics of the steps, summed on the device until they are logged."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_tui.errors import NotFiniteError
from gan_tui.run.events import to_scalar
from gan_tui.spec.metrics import TRAINING
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.step import METRICS

OF_G = {metric.name for metric in TRAINING if metric.of_g}
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
class _PendingCopy:
    """Sums of METRICS on their way to the CPU, where they are once `arrived` has happened."""

    values: Tensor
    arrived: torch.cuda.Event | None

    @classmethod
    def of(cls, sums: Tensor) -> "_PendingCopy":
        """Begin to copy; on a CPU that is all."""
        if not sums.is_cuda:
            return cls(sums.clone(), None)
        values = torch.empty(len(sums), pin_memory=True)
        values.copy_(sums, non_blocking=True)
        arrived = torch.cuda.Event()
        arrived.record()
        return cls(values, arrived)


@dataclass(frozen=True)
class _ClosedWindow:
    step: int
    elapsed: float
    seconds: float
    steps: int
    g_steps: int
    sums: _PendingCopy


class MetricsWindow:
    """Sums metrics on the device and fetches the sums without waiting for the device.

    On a GPU the copy travels while training goes on, and is read when it has arrived; on a CPU that is at once.
    """

    def __init__(self, device: torch.device, ranks: Ranks | None = None) -> None:
        self._ranks = ranks or Ranks()
        self._sum = torch.zeros(len(METRICS), device=device)
        self._sent: _ClosedWindow | None = None
        self._unchecked: tuple[int, _PendingCopy] | None = None
        """The newest block's last step and sums, where it is not checked yet that these are finite."""
        self.steps = 0
        self._g_steps = 0
        self._newest_g: Tensor | None = None

    def add(self, metrics: Tensor, first: int, d_steps: int) -> None:
        """Take in the METRICS, float32 (steps, len(METRICS)), of the steps from `first` on, of which every `d_steps`-th trained G.

        Raises NotFiniteError where one of them is NaN or infinite. On a GPU the block before is checked, which is done: the host does not
        wait for this one.
        """
        self.check_finite()
        sums = metrics.sum(0)
        self._sum += sums
        self.steps += len(metrics)
        behind = first + len(metrics)
        g_steps = behind // d_steps - first // d_steps
        self._g_steps += g_steps
        if g_steps:
            self._newest_g = metrics[behind // d_steps * d_steps - 1 - first].clone()  # an engine may write over it in its next steps
        self._unchecked = behind, _PendingCopy.of(sums)
        if not sums.is_cuda:
            self.check_finite()

    def check_finite(self) -> None:
        """Wait for the newest block. Raises NotFiniteError where one of its metrics is NaN or infinite."""
        if self._unchecked is None:
            return
        (step, sums), self._unchecked = self._unchecked, None
        if sums.arrived is not None:
            self._ranks.wait(sums.arrived)
        for name, value in zip(METRICS, sums.values.tolist(), strict=True):
            if not math.isfinite(value):
                raise NotFiniteError(f"{name} became {to_scalar(value)} by step {step:,}")

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
        self._sent = self._unchecked = None

    def send(self, step: int, elapsed: float, seconds: float) -> None:
        """Close the window: its sums go to the CPU. `seconds`: how long it was open. What was sent before must have been received."""
        assert self._sent is None
        self._sent = _ClosedWindow(step, elapsed, seconds, self.steps, self._g_steps, _PendingCopy.of(self._sum))
        self._sum.zero_()
        self.steps = self._g_steps = 0

    def receive(self, *, wait: bool) -> Reading | None:
        """What was sent, once it has arrived; None where nothing has."""
        sent = self._sent
        if sent is None:
            return None
        if sent.sums.arrived is not None:
            if wait:
                self._ranks.wait(sent.sums.arrived)
            elif not sent.sums.arrived.query():
                return None
        self._sent = None
        sums = dict(zip(METRICS, sent.sums.values.tolist(), strict=True))
        means = {
            name: total / (sent.g_steps if name in OF_G else sent.steps) for name, total in sums.items() if name not in OF_G or sent.g_steps
        }
        return Reading(sent.step, sent.steps, sent.elapsed, sent.steps / sent.seconds if sent.seconds > 0 else 0.0, means)
