"""A network's weights, their Adam and their average on flat buffers: one update is one pass, however many tensors the network has."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines import kernels

Place = Callable[[Tensor], Tensor]
"""From a flat buffer to the part of it that belongs to a parameter, with that parameter's shape: a view."""


class FlatAdam:
    """What engines with written-out gradients share: they fill the gradients, this takes the step.

    The parameters of the network become views of the buffers, and so does Adam's state: both can be read and
    saved at any time. Only Adam's step counts are brought up to date by `sync`.

    With `dtype` bfloat16 the layers work on a rounded copy of the weights, made after each update, and their gradients are
    widened before Adam sees them.
    """

    def __init__(self, size: int, optimizer: Adam, dtype: torch.dtype, device: torch.device, *, wide_gradients: bool = False) -> None:
        """`size`: numbers in all parameters. `wide_gradients`: layers give their gradients in float32 whatever `dtype` is."""
        self._device, self._dtype = device, dtype
        self._weights, self._gradients, self._mean, self._square = (self._zeros(size) for _ in range(4))
        self._rounded = None if dtype == torch.float32 else self._zeros(size).to(dtype)
        """The weights that the products take, where those are not float32."""
        self._narrow = None if wide_gradients or self._rounded is None else torch.zeros_like(self._rounded)
        """The gradients that the products give, likewise."""
        self._average: Tensor | None = None
        """The flat weights of G's EMA."""
        self._pull = self._zeros()
        self._steps, self._taken, self._skip = self._zeros(3)
        """Adam's steps so far, and of the newest step whether it is one of them."""
        self._step_counts: list[Tensor] = []
        self._group = optimizer.param_groups[0]
        self._lr = torch.zeros((), dtype=torch.float64)
        """Adam's, where it is no tensor by itself: an operation that is done again from a tape reads it here."""
        self._places: list[Place] = []

    def _zeros(self, *shape: int) -> Tensor:
        made: Tensor = torch.zeros(shape, device=self._device)
        return made

    def _adopt(self, parameter: Tensor, optimizer: Adam, place: Place) -> tuple[Tensor, Tensor]:
        """Move a parameter and its Adam's state into the buffers; what products take of it comes back, and where its gradient goes."""
        home, mean, square = place(self._weights), place(self._mean), place(self._square)
        home.copy_(parameter.data)
        parameter.data = home
        if state := optimizer.state[parameter]:
            mean.copy_(state["exp_avg"])
            square.copy_(state["exp_avg_sq"])
            self._steps.copy_(state["step"])
        # Each parameter keeps a count of its own: torch's Adam would advance a shared one once for each of them.
        count = self._steps.clone()
        self._step_counts.append(count)
        optimizer.state[parameter] = {"step": count, "exp_avg": mean, "exp_avg_sq": square}
        self._places.append(place)
        used = self._weights if self._rounded is None else self._rounded
        return place(used), place(self._gradients if self._narrow is None else self._narrow)

    def adopt_ema(self, g_ema: nn.Module, pull: Tensor) -> None:
        """Lay the parameters of G's EMA out like these, and let them follow; `pull`: how far, a scalar."""
        flat = torch.zeros_like(self._weights)
        for parameter, place in zip(g_ema.parameters(), self._places, strict=True):
            home = place(flat)
            home.copy_(parameter.data)
            parameter.data = home
        self._average, self._pull = flat, pull

    @property
    def held(self) -> list[Tensor]:
        """What a step changes besides the network's parameters and its Adam's moments."""
        return [self._steps, *(tensor for tensor in (self._rounded, self._narrow) if tensor is not None)]

    def follow_rate(self) -> None:
        """Take over the rate that the optimiser has by now."""
        if not isinstance(self._group["lr"], Tensor):
            self._lr.fill_(self._group["lr"])

    def sync(self) -> None:
        """Tell Adam's state how many steps were taken."""
        for count in self._step_counts:
            count.copy_(self._steps)

    def _round(self) -> None:
        if self._rounded is not None:
            self._rounded.copy_(self._weights)

    def average(self, ranks: Ranks, weight: float, *scalars: Tensor) -> tuple[Tensor, ...]:
        """The means over the whole batch, of the gradients in place and of the scalars; see `Ranks.average`."""
        if self._narrow is not None:
            self._gradients.copy_(self._narrow)
        return ranks.average([self._gradients], *scalars, weight=weight)

    def update_if_finite(self, zero: Tensor, length: Tensor) -> None:
        """One Adam step, left out where `zero` is NaN instead of 0, and one of the EMA. `length`: (parts,), is filled."""
        torch.eq(zero, zero, out=self._taken)  # NaN equals nothing; beside a number torch would make a tensor of that first
        torch.ne(zero, zero, out=self._skip)
        self._steps += self._taken
        kernels.length(self._gradients, length[0])  # before Adam, whose moments drive them out of the processor's cache
        rate = self._group["lr"]
        kernels.adam_(
            self._weights, self._gradients, self._mean, self._square, self._steps,
            lr=rate if isinstance(rate, Tensor) else self._lr, betas=self._group["betas"], eps=self._group["eps"], skip=self._skip,
        )  # fmt: skip
        self._round()
        if self._average is not None:
            self._average.lerp_(self._weights, self._pull)
