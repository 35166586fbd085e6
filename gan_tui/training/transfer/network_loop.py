"""The loop of the training of a style network, and what it leaves behind: the network."""

from collections.abc import Mapping

import torch
from safetensors import SafetensorError
from safetensors.torch import load
from safetensors.torch import save as as_safetensors

from gan_tui.config import StyleNetConfig
from gan_tui.errors import UserError, reason_of
from gan_tui.files import read_at_most, write_atomic
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Verdict
from gan_tui.run.log import EventWriter
from gan_tui.spec.tasks import STYLE_NET
from gan_tui.style import style_network
from gan_tui.style.feed_forward import FeedForward
from gan_tui.style.style_network import StyleNetwork
from gan_tui.style.transfer import Distances
from gan_tui.training.optimisation import saved
from gan_tui.training.optimisation.convergence import Convergence
from gan_tui.training.optimisation.work import Milder
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.loop import DistancesLoop
from gan_tui.training.transfer.pictures import Pictures

CHECKPOINT_BYTES = 32 << 20
"""More than a checkpoint has: the weights, and Adam's two moments of each."""
LOOKS = 3
"""Epochs over which the distances of the held-out pictures are compared."""


class NetworkLoop(DistancesLoop[StyleNetConfig, StyleNetwork]):
    """The training of one network. The distances of a step are of its batch."""

    task = STYLE_NET
    optimiser = "Adam"

    def __init__(
        self, run: RunDirectory, settings: StyleNetConfig, writer: EventWriter, stop: StopRequest, network: StyleNetwork, pictures: Pictures
    ) -> None:
        super().__init__(run, settings, writer, stop, network, pictures)
        self._held_out: Distances | None = None
        """Of the held-out pictures, where the last step ended an epoch."""
        self._convergence = Convergence(
            "style", "held-out pictures", 0, window=LOOKS * network.steps_per_part, more="`gan-tui resume RUN` --epochs"
        )

    def _advance(self) -> None:
        self._distances = self._work.advance()
        self._held_out = self._work.measure() if self._ends_part else None

    @property
    def _milder(self) -> Milder:
        return Milder("a lower learning rate", f"--lr {self._settings.train.lr / 3:.1g}")

    def _scalars(self) -> Mapping[str, float]:
        found, held_out = super()._scalars(), self._held_out
        if held_out is None:
            return found
        return {**found, "held-out/content": held_out.content.item(), "held-out/style": held_out.style(self._work.weights).item()}

    def _verdict(self) -> Verdict | None:
        """By the held-out pictures: from one batch to the next the distances jump."""
        if self._held_out is None:
            return None
        total = self._held_out.total(self._work.weights).item()
        return self._convergence.take(0, total, self.step, last=self.step == self._work.total_steps)

    def _conclude(self) -> None:
        write_atomic(self.run.network, as_safetensors(self._work.tensors))


def load_network(run: RunDirectory) -> FeedForward:
    """What a style network has learned up to its newest checkpoint; where there is none, what it left at its end. Raises UserError."""
    if run.task is not STYLE_NET:
        raise UserError(f"{run.name} is {run.task.what}, and no style network: `gan-tui train --preset style-net` trains one")
    try:
        settings = run.settings_of(StyleNetConfig)
        found = saved.load_newest(run, settings, CHECKPOINT_BYTES, torch.device("cpu"))
        if found is not None and found.state:  # of a run that went on after its end, the newer one
            return style_network.load(found.state["tensors"])
        if not run.network.exists():
            raise UserError(f"{run.name} has learned nothing yet: it has no checkpoint")
        return style_network.load(load(read_at_most(run.network, CHECKPOINT_BYTES)))
    except OSError as error:
        raise UserError(f"{run.network} cannot be read: {reason_of(error)}") from None
    except (SafetensorError, ValueError, KeyError, TypeError, AttributeError):
        raise UserError(f"the network of {run.name} is damaged: `gan-tui resume {run.cli_name}` writes it again") from None
