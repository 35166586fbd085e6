"""The steps of many MLP GANs of one shape as one: each product is a batch of products, one of each GAN.

On a GPU a step of one small MLP is bound by its launches, and the step of thirty beside each other has as many. The mathematics is that of
flat_mlp.py and manual_grad.py; every tensor has a leading dimension K. Rates, Adam's betas, gammas and the EMA's half-life may differ
from GAN to GAN, and so do their random numbers.
"""

import copy
from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar, Self

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.training.engines import TrainingInputs
from gan_tui.training.engines.buffers import PenaltyRows
from gan_tui.training.engines.flat_mlp import FlatMlp, Layer
from gan_tui.training.engines.kernels import adam_of_many_
from gan_tui.training.engines.manual_grad import ManualGradSteps
from gan_tui.training.randomness import BLOCK

ALIGNED = 64
"""Numbers of which a row of weights is a multiple: a GPU's products want their factors to begin at round addresses."""
MOST_ROOM = 8
"""Times what one GAN may have for the images of several steps: so many lie ready together, at most those of a block."""


class ManyMlps(FlatMlp):
    """K MLPs of one shape, and their Adams. What a person reads or saves of each are views of its row here, as FlatMlp has it."""

    OF_EACH: ClassVar[tuple[str, ...]] = ("_weights", "_gradients", "_mean", "_square", "_delta", "_steps", "_rates", "_betas", "_pull")
    """What has a row of each."""

    def __init__(
        self, networks: Sequence[nn.Sequential], optimizers: Sequence[Adam], dtype: torch.dtype, *, wide_gradients: bool = False
    ) -> None:
        """See FlatMlp."""
        first, groups = networks[0], [optimizer.param_groups[0] for optimizer in optimizers]
        self._negative_slope = next(module.negative_slope for module in first if isinstance(module, nn.LeakyReLU))
        self._device, self._dtype = next(first.parameters()).device, dtype
        count = len(networks)
        size = -(-sum(parameter.numel() for parameter in first.parameters()) // ALIGNED) * ALIGNED
        self._weights, self._gradients, self._mean, self._square, self._delta = torch.zeros(5, count, size, device=self._device).unbind()
        self._rounded = None if dtype == torch.float32 else torch.zeros(count, size, device=self._device, dtype=dtype)
        self._narrow = None if wide_gradients or self._rounded is None else torch.zeros_like(self._rounded)
        self._average, self._pull = None, torch.zeros(count, 1, device=self._device)
        self._steps = torch.zeros(count, device=self._device)
        self._rates = torch.tensor([[float(group["lr"])] for group in groups], device=self._device)
        for group, rate in zip(groups, self._rates, strict=True):
            group["lr"] = rate[0]  # whoever sets the rate of one of them sets it here
        self._betas, self._eps = [group["betas"] for group in groups], groups[0]["eps"]
        self._step_counts = []
        self.layers = []
        start, linears = 0, zip(*([module for module in network if isinstance(module, nn.Linear)] for network in networks), strict=True)
        for alike in linears:
            outputs, inputs = alike[0].weight.shape
            start = self._adopt_all(alike, optimizers, start, start + inputs * outputs, start + inputs * outputs + outputs)
        self._round()

    def _adopt_all(self, linears: Sequence[nn.Linear], optimizers: Sequence[Adam], start: int, middle: int, end: int) -> int:
        """Move a layer of each network, and its Adam's state, to where it belongs; `end` comes back."""
        outputs, inputs = linears[0].weight.shape

        def views(flat: Tensor) -> tuple[Tensor, Tensor]:
            return flat[:, start:middle].unflatten(1, (inputs, outputs)), flat[:, middle:end]

        used = self._weights if self._rounded is None else self._rounded
        gradients = self._gradients if self._narrow is None else self._narrow
        self.layers.append(Layer(*views(used), *views(gradients)))
        places = [views(flat) for flat in (self._weights, self._mean, self._square)]
        for row, (linear, optimizer) in enumerate(zip(linears, optimizers, strict=True)):
            for parameter, index in ((linear.weight, 0), (linear.bias, 1)):
                home, mean, square = (place[index][row].mT if index == 0 else place[index][row] for place in places)
                home.copy_(parameter.data)
                parameter.data = home
                if state := optimizer.state[parameter]:
                    mean.copy_(state["exp_avg"])
                    square.copy_(state["exp_avg_sq"])
                    self._steps[row] = state["step"]
                count = self._steps[row].clone()
                self._step_counts.append(count)
                optimizer.state[parameter] = {"step": count, "exp_avg": mean, "exp_avg_sq": square}
        return end

    @property
    def state(self) -> list[Tensor]:
        """All that a step changes."""
        return [self._weights, self._mean, self._square, *self.held, *([] if self._average is None else [self._average])]

    def part(self, rows: slice) -> Self:
        """Some of them, in the same memory."""
        part = copy.copy(self)
        for name in self.OF_EACH:
            setattr(part, name, getattr(self, name)[rows])
        for name in ("_rounded", "_narrow", "_average"):
            whole = getattr(self, name)
            setattr(part, name, None if whole is None else whole[rows])
        parts = [(layer.weight, layer.bias, layer.weight_gradient, layer.bias_gradient) for layer in self.layers]
        part.layers = [Layer(*(tensor[rows] for tensor in tensors)) for tensors in parts]
        return part

    def follow_rate(self) -> None:
        """Nothing: a rate of each is in a tensor as it is."""

    def sync(self, row: int | None = None) -> None:
        """See FlatMlp; of one of them, or of all."""
        for index, count in enumerate(self._step_counts):
            if row in (None, index // 2 % len(self._steps)):
                count.copy_(self._steps[index // 2 % len(self._steps)])

    def zero_of(self, logits: Tensor, zeros: Tensor) -> Tensor:  # noqa: ARG002
        """0: a GAN whose loss is not finite loses its own weights, and no other's. Its run goes back to a checkpoint all the same."""
        return torch.zeros((), device=logits.device)

    def update_if_finite(self, zero: Tensor, length: Tensor) -> None:  # noqa: ARG002
        """One Adam step of each, and one of its EMA. length: (K, 1), filled with those of the gradients."""
        self._steps += 1
        # Adam's kernel has one rate for all: it takes its step at rate 1 from zero, and each GAN goes its own share of that.
        self._delta.zero_()
        adam_of_many_(self._delta, self._gradients, self._mean, self._square, self._steps, self._betas, self._eps)
        self._weights.addcmul_(self._delta, self._rates)
        self._round()
        torch.linalg.vector_norm(self._gradients, dim=1, out=length.squeeze(1))
        if self._average is not None:
            self._average.lerp_(self._weights, self._pull)

    def adopt_emas(self, emas: Iterable[nn.Sequential], pull: Tensor) -> None:
        """Lay the parameters of each G's EMA out like these, and let them follow; `pull`: how far, (K, 1)."""
        flat = torch.zeros_like(self._weights)
        for row, ema in zip(flat, emas, strict=True):
            start = 0
            for linear in (module for module in ema if isinstance(module, nn.Linear)):
                outputs, inputs = linear.weight.shape
                middle, end = start + inputs * outputs, start + inputs * outputs + outputs
                homes = row[start:middle].view(inputs, outputs).t(), row[middle:end]
                for parameter, home in zip((linear.weight, linear.bias), homes, strict=True):
                    home.copy_(parameter.data)
                    parameter.data = home
                start = end
        self._average, self._pull = flat, pull


MakeMlps = Callable[[Sequence[nn.Sequential], Sequence[Adam], torch.dtype], ManyMlps]


class ManySteps(ManualGradSteps):
    """`ManualGradSteps` of K GANs: batches are (steps, K, B), latents (steps, K, 2, B, latent_dim), metrics (steps, K, 9)."""

    def __init__(self, several: Sequence[TrainingInputs], dtype: torch.dtype = torch.float32, mlps: MakeMlps = ManyMlps) -> None:
        """`several`: on the same images, of one shape of networks, one objective, and one batch size. `mlps`: what computes them."""
        self._inputs, self._dtype, self._members = several[0], dtype, list(several)
        gans = [inputs.gan for inputs in several]
        with torch.no_grad():
            generators, discriminators = [_mlp(gan.generator) for gan in gans], [_mlp(gan.discriminator) for gan in gans]
            self._generator: ManyMlps = mlps(generators, [gan.g_optimizer for gan in gans], dtype)
            self._discriminator: ManyMlps = mlps(discriminators, [gan.d_optimizer for gan in gans], dtype)
            emas = [gan.g_ema for gan in gans if isinstance(gan.g_ema, nn.Sequential)]
            pulls = torch.stack([gan.ema_weight for gan in gans]).unsqueeze(1)
            for gan, pull in zip(gans, pulls, strict=True):
                gan.ema_weight.set_(pull[0])
            if emas:
                self._generator.adopt_emas(emas, pulls)
        self._has_penalties = any(gan.penalties.any for gan in gans)
        self._buffers, self._penalty_rows = {}, {}

    @property
    def state(self) -> list[Tensor]:
        """All that a step changes."""
        return [*self._generator.state, *self._discriminator.state]

    def sync(self, row: int | None = None) -> None:
        """See `ManyMlps.sync`."""
        self._generator.sync(row)
        self._discriminator.sync(row)

    def part(self, rows: slice) -> Self:
        """The steps of some of them, in the same memory."""
        part = copy.copy(self)
        part._members = self._members[rows]
        part._generator, part._discriminator = self._generator.part(rows), self._discriminator.part(rows)
        part._has_penalties = any(inputs.gan.penalties.any for inputs in part._members)
        part._buffers, part._penalty_rows = {}, {}
        return part

    def _at_once(self, size: int) -> int:
        return max(1, min(BLOCK, super()._at_once(size) * MOST_ROOM // len(self._members)))

    def _make_penalty_rows(self, size: int, like: Tensor) -> PenaltyRows:
        return PenaltyRows([inputs.gan.penalties for inputs in self._members], size, like)


def _mlp(network: nn.Module) -> nn.Sequential:
    assert isinstance(network, nn.Sequential)
    return network
