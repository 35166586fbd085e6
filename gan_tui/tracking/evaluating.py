"""Measuring a script's samples beside real images, with torch."""

import math
import time
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from gan_tui.errors import UserError
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.metrics.feature_networks import CLASSIFIED, RANDOM_SIZES, network_for
from gan_tui.run.events import Evaluation, to_scalar
from gan_tui.tracking.pixels import Range, found_range, layout

HELD_OUT = 0.2
"""Of the real images, those that give the floor."""
LEAST = 100
"""Images on each side below which a distance says nothing."""


class Measured(NamedTuple):
    """What an evaluation says, as an event and as numbers."""

    event: Evaluation
    scalars: dict[str, float]


class Evaluating:
    """Keeps what it has found of the real images, which mostly are the same every time."""

    def __init__(self, best: float = math.inf) -> None:
        """`best`: the smallest FD of the run so far."""
        self._real: Any = None
        """Those that `_evaluator` was made of, kept so that no others can be taken for them."""
        self._known: tuple[object, ...] = ()
        self._evaluator: Evaluator | None = None
        self._best = best

    def measure(self, samples: Any, real: Any, dataset: str, limits: Range | None, step: int) -> Measured:
        """Raises UserError for images that do not fit each other, or are too few."""
        began = time.monotonic()
        if dataset and dataset not in CLASSIFIED:
            raise UserError(f"dataset={dataset!r}: there are classifiers for {', '.join(CLASSIFIED)}")
        fake = _images(samples, limits)
        evaluator = self._prepared(real, dataset, limits, fake)
        found = evaluator.evaluate(fake)
        scalars = found.scalars()
        best = scalars["fd"] < self._best
        self._best = min(self._best, scalars["fd"])
        event = Evaluation(
            step=step,
            scalars={name: to_scalar(value) for name, value in scalars.items()},
            network=evaluator.name,
            seconds=time.monotonic() - began,
            best=best,
            shares=found.shares,
            real_shares=found.real_shares,
        )
        return Measured(event, scalars)

    def _prepared(self, real: Any, dataset: str, limits: Range | None, fake: Tensor) -> Evaluator:
        known = (getattr(real, "shape", None), dataset, limits, fake.shape)
        if self._evaluator is None or real is not self._real or known != self._known:
            images = _images(real, limits)
            if images.shape[1:] != fake.shape[1:]:
                raise UserError(f"samples of {_shape(fake)} cannot be measured beside real images of {_shape(images)}")
            if min(len(images), len(fake)) < LEAST:
                raise UserError(f"{len(fake)} samples and {len(images)} real images are too few: {LEAST} of each are the least")
            images = images[torch.randperm(len(images), generator=torch.Generator().manual_seed(0))]
            held_out = max(2, round(HELD_OUT * len(images)))
            network = network_for(dataset, (images.shape[1], images.shape[2], images.shape[3])).to(fake.device)
            self._evaluator = Evaluator(network, images[held_out:], images[:held_out], samples=len(fake))
            self._real, self._known = real, known
        return self._evaluator


def _images(images: Any, limits: Range | None) -> Tensor:
    """float32 (N, C, H, W) in [-1, 1], where they lie, no larger than the feature network takes them."""
    import numpy

    device = images.device if isinstance(images, Tensor) else torch.device("cpu")
    array = layout(images.detach().cpu().float().numpy() if isinstance(images, Tensor) else numpy.asarray(images))
    whole = not images.dtype.is_floating_point if isinstance(images, Tensor) else array.dtype.kind in "ui"
    low, high = limits or ((0.0, 255.0) if whole else found_range(array))
    found = torch.from_numpy(numpy.ascontiguousarray(array.transpose(0, 3, 1, 2), dtype=numpy.float32)).to(device)
    found = found.sub_(low).mul_(2 / (high - low)).sub_(1)
    least, most = RANDOM_SIZES
    if max(found.shape[2:]) > most:
        scale = most / max(found.shape[2:])
        size = tuple(max(least, round(side * scale)) for side in found.shape[2:])
        found = interpolate(found, size=size, mode="area")
    return found


def _shape(images: Tensor) -> str:
    return " x ".join(map(str, images.shape[1:]))
