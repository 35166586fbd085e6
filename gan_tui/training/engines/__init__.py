"""How training steps are carried out on a device. All engines do the same mathematics.

| engine   | what it is                                                        | chosen by itself on |
|----------|-------------------------------------------------------------------|---------------------|
| plain    | training/step.py as it reads                                      | mps                 |
| lean     | the MLPs' gradients written out: no autograd, no allocation       | cpu                 |
| compiled | plain with both networks through torch.compile                    |                     |
| graph    | several plain steps captured in one CUDA graph                    | cuda                |

`plain` is the twin of the others; tests/training/test_engines.py holds them to it.
"""

from typing import NamedTuple, Protocol

import torch
from torch import Tensor

from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.training.randomness import Randomness
from gan_tui.training.step import Gan


class Work(NamedTuple):
    """What every engine is given."""

    gan: Gan
    images: Tensor
    """The training set, uint8 (N, pixels), on the device."""
    randomness: Randomness
    batch_size: int
    latent_dim: int


class Engine(Protocol):
    """Carries out training steps."""

    def begin_epoch(self, order: Tensor) -> None:
        """Take the permutation, int64 (N,), in which the epoch goes through the images."""

    def advance(self, step: int, index: int, most: int) -> Tensor:
        """Do 1 to `most` steps, the first being number `step` of the run and `index` of the epoch.

        Returns METRICS of each, float32 (steps done, 4), on the device; the tensor may be overwritten by the next call.
        """

    def settle(self) -> None:
        """Bring the networks and optimisers of `Work.gan` up to date, before they are read or saved."""


AUTOMATIC = {"cpu": "lean", "cuda": "graph", "mps": "plain"}
"""The engine that each type of device gets where `train.engine` is auto."""


def choose(wanted: str, device: torch.device) -> str:
    """The name of the engine that `train.engine` means on `device`. Raises UserError where it cannot run there."""
    name = AUTOMATIC[device.type] if wanted == "auto" else wanted
    needed = {"lean": "cpu", "graph": "cuda"}.get(name, device.type)
    if needed != device.type:
        raise UserError(f"engine '{name}' runs on {needed} only, and the device is {device}: use --engine auto or --engine plain")
    return name


def make(settings: RunConfig, device: torch.device, work: Work) -> Engine:
    """The engine of a run. Raises UserError as `choose` does."""
    match choose(settings.train.engine, device):
        case "lean":
            from gan_tui.training.engines.lean import LeanEngine

            return LeanEngine(work)
        case "graph":
            from gan_tui.training.engines.graph import GraphEngine

            return GraphEngine(work)
        case "compiled":
            from gan_tui.training.engines.plain import compiled_engine

            return compiled_engine(work)
        case _:
            from gan_tui.training.engines.plain import PlainEngine

            return PlainEngine(work)
