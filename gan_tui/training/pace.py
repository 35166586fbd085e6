"""How far the host may run ahead of a device that works by itself."""

import time

import torch

from gan_tui.training.distributed.ranks import Ranks

LONG = 0.1
"""Seconds of a launch from which on the next one is not even prepared meanwhile: that gains little, and a pause would wait for both."""


class Pace:
    """One launch is under way while the next one is prepared, and no more: pause and stop must not wait behind a long queue."""

    def __init__(self, device: torch.device, ranks: Ranks) -> None:
        self._device, self._ranks = device, ranks
        self._before: torch.cuda.Event | None = None

    def launched(self) -> None:
        """Call it after each launch: it waits for the one before. On a CPU a launch is done when it returns."""
        if self._device.type != "cuda":
            return
        event = torch.cuda.Event(blocking=True)  # without `blocking` the wait keeps a core busy
        event.record()
        began = time.monotonic()
        if self._before is not None:
            self._ranks.wait(self._before)
        if time.monotonic() - began > LONG:
            self._ranks.wait(event)
        self._before = event
