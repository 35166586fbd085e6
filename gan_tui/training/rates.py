"""Learning rates over a run: they rise, hold and fall, by steps, images, epochs or the time that was trained."""

import math
from typing import NamedTuple

from gan_tui.config import Length, RunConfig, length
from gan_tui.training.randomness import BLOCK


class Position(NamedTuple):
    """Where a run stands, in every unit."""

    steps: float
    images: float
    epochs: float
    seconds: float
    """Of training. They are recorded in checkpoints, so that a schedule by time goes on where it was, though not to the bit."""


def rate_share(settings: RunConfig, at: Position) -> float:
    """The share of `optimizer.d_lr` and `g_lr` with which the BLOCK of steps from `at` on is trained; 0 to 1."""
    optimizer = settings.optimizer
    rise = min(1.0, (at.steps + BLOCK) / optimizer.warmup_steps) if optimizer.warmup_steps else 1.0
    if optimizer.schedule == "constant":
        return rise
    fallen = _fallen(length(optimizer.hold), length(optimizer.until) or settings.train.length, at)
    left = (1 + math.cos(math.pi * fallen)) / 2 if optimizer.schedule == "cosine" else 1 - fallen
    return rise * (optimizer.floor + (1 - optimizer.floor) * left)


def by_time(settings: RunConfig) -> bool:
    """Do the rates depend on how long the run has trained?"""
    optimizer = settings.optimizer
    lengths = (length(optimizer.hold), length(optimizer.until) or settings.train.length)
    return optimizer.schedule != "constant" and any(known is not None and known.unit == "seconds" for known in lengths)


def _fallen(hold: Length | None, end: Length, at: Position) -> float:
    """How much of the way from the end of `hold` to `end` is behind; 0 to 1.

    The two may be of different units, epochs and seconds, say. So everything is measured in what is behind so far, at its mean speed:
    `hold` ended at a share of it, and `end` comes after a multiple of it.
    """
    behind_end = _behind(end, at)
    if behind_end >= 1:
        return 1.0
    behind_hold = _behind(hold, at) if hold else math.inf
    if behind_hold <= 1 or not behind_end:
        return 0.0
    return max(0.0, (1 - 1 / behind_hold) / (1 / behind_end - 1 / behind_hold))


def _behind(whole: Length, at: Position) -> float:
    """How many times such a length is behind."""
    position: float = getattr(at, whole.unit)
    return position / whole.amount if whole.amount else math.inf
