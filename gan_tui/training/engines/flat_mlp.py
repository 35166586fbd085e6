"""An MLP and its Adam on flat buffers, with the gradients written out: what the engine `manual-grad` computes with."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu_
from torch.optim import Adam

from gan_tui.losses import LossPair
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines.kernels import adam_, leaky_relu_backward_, tanh_, tanh_backward_


@dataclass(frozen=True, slots=True)
class Layer:
    """One fully connected layer; its weight lies (inputs, outputs), which makes the gradient's product twice as fast.

    All may have a leading dimension, of networks side by side (see many_mlps.py).
    """

    weight: Tensor
    bias: Tensor
    weight_gradient: Tensor
    bias_gradient: Tensor


def product(left: Tensor, right: Tensor, out: Tensor) -> None:
    """left @ right, of one network or, with a leading dimension, of many."""
    if left.dim() == 3:
        torch.bmm(left, right, out=out)
    elif right.shape[1] == 1:
        torch.mv(left, right.view(-1), out=out.view(-1))
    else:
        torch.mm(left, right, out=out)


def add_product(bias: Tensor, left: Tensor, right: Tensor, out: Tensor) -> None:
    """left @ right and to each row the bias, likewise."""
    if left.dim() == 3:
        torch.baddbmm(bias.unsqueeze(1), left, right, out=out)
    elif right.shape[1] == 1:
        torch.addmv(bias, left, right.view(-1), out=out.view(-1))
    else:
        torch.addmm(bias, left, right, out=out)


def add_to_(sums: Tensor, left: Tensor, right: Tensor) -> None:
    """Add left @ right, likewise."""
    if left.dim() == 3:
        sums.baddbmm_(left, right)
    else:
        sums.addmm_(left, right)


def inner_product(left: Tensor, right: Tensor) -> Tensor:
    """The sum of left * right, likewise: a scalar, or (K,)."""
    return torch.dot(left.flatten(), right.flatten()) if left.dim() == 2 else torch.sum(left * right, (1, 2))


class StepRecord(NamedTuple):
    """What D says of images in a step, and what is to be known of the step that is taken on it."""

    logits: Tensor
    """(..., images, 1)."""
    zeros: Tensor
    """As many as there are logits."""
    length: Tensor
    """(..., parts), is filled with that of the gradient."""
    lost: Tensor
    """(...,), 0: where the logits are looked at as they are made, it becomes NaN if one is not finite."""


class FlatMlp:
    """An MLP with LeakyReLU between its layers, and its Adam, on flat buffers.

    The parameters of the `nn.Sequential` become views of the buffers, and so does Adam's state: both can be read and
    saved at any time. Only Adam's step counts are brought up to date by `sync`.

    With `dtype` bfloat16 the layers work on a rounded copy of the weights, made after each update, and their gradients are
    widened before Adam sees them.
    """

    def __init__(self, network: nn.Sequential, optimizer: Adam, dtype: torch.dtype, *, wide_gradients: bool = False) -> None:
        """`wide_gradients`: layers give their gradients in float32 whatever `dtype` is."""
        linears = [module for module in network if isinstance(module, nn.Linear)]
        self._negative_slope = next(module.negative_slope for module in network if isinstance(module, nn.LeakyReLU))
        size = sum(parameter.numel() for parameter in network.parameters())
        self._device = next(network.parameters()).device
        self._weights, self._gradients, self._mean, self._square = (self._zeros(size) for _ in range(4))
        self._dtype = dtype
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
        self.layers: list[Layer] = []
        self._group = optimizer.param_groups[0]
        self._lr = torch.zeros((), dtype=torch.float64)
        """Adam's, where it is no tensor by itself: an operation that is done again from a tape reads it here."""
        start = 0
        for linear in linears:
            self._adopt(linear, optimizer, start)
            start += linear.weight.numel() + linear.bias.numel()
        self._round()

    def _zeros(self, *shape: int) -> Tensor:
        made: Tensor = torch.zeros(shape, device=self._device)
        return made

    def _adopt(self, linear: nn.Linear, optimizer: Adam, start: int) -> None:
        """Move a layer's parameters and their Adam state into the buffers."""
        outputs, inputs = linear.weight.shape
        middle, end = start + inputs * outputs, start + inputs * outputs + outputs

        def views(flat: Tensor) -> tuple[Tensor, Tensor]:
            return flat[start:middle].view(inputs, outputs), flat[middle:end]

        weight, bias = views(self._weights)
        used = self._weights if self._rounded is None else self._rounded
        gradients = self._gradients if self._narrow is None else self._narrow
        self.layers.append(Layer(*views(used), *views(gradients)))
        means, squares = views(self._mean), views(self._square)
        for index, (parameter, home) in enumerate(((linear.weight, weight.t()), (linear.bias, bias))):
            home.copy_(parameter.data)
            parameter.data = home
            state = optimizer.state[parameter]
            mean, square = (means[0].t(), squares[0].t()) if index == 0 else (means[1], squares[1])
            if state:
                mean.copy_(state["exp_avg"])
                square.copy_(state["exp_avg_sq"])
                self._steps.copy_(state["step"])
            # Each parameter keeps a count of its own: torch's Adam would advance a shared one once for each of them.
            count = self._steps.clone()
            self._step_counts.append(count)
            optimizer.state[parameter] = {"step": count, "exp_avg": mean, "exp_avg_sq": square}

    @property
    def many(self) -> torch.Size:
        """Empty, or (K,) where K MLPs are trained side by side."""
        return self._weights.shape[:-1]

    @property
    def parts(self) -> int:
        """Numbers in which the gradient's length is given, which is theirs as a vector."""
        return 1

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

    def buffers(self, batch: int) -> list[Tensor]:
        """Room for the output of each layer, (..., batch, outputs)."""
        return [torch.empty(*self.many, batch, layer.weight.shape[-1], dtype=self._dtype, device=self._device) for layer in self.layers]

    def _round(self) -> None:
        if self._rounded is not None:
            self._rounded.copy_(self._weights)

    def forward(self, x: Tensor, outputs: list[Tensor], *, tanh: bool = False) -> None:
        """Fill `outputs`; the last one is closed by nothing or by `tanh`."""
        for layer, output in zip(self.layers, outputs, strict=True):
            add_product(layer.bias, x, layer.weight, output)
            if output is not outputs[-1]:
                leaky_relu_(output, self._negative_slope)
            x = output
        if tanh:
            tanh_(x)

    def backward(self, x: Tensor, outputs: list[Tensor], gradient: Tensor, room: list[Tensor]) -> None:
        """The gradients of all weights from that of the last output; `room` is overwritten with the hidden ones."""
        for index in reversed(range(len(self.layers))):
            layer, inputs = self.layers[index], outputs[index - 1] if index else x
            product(inputs.mT, gradient, layer.weight_gradient)
            torch.sum(gradient, -2, out=layer.bias_gradient)
            if index:
                gradient = self._through(index, gradient, inputs, room[index - 1])

    def input_gradient(self, images: Tensor, outputs: list[Tensor], gradient: Tensor, room: list[Tensor], result: Tensor) -> None:
        """Fill `result` with the gradient before the tanh that gave `images`, the input; the weights get none."""
        for index in reversed(range(1, len(self.layers))):
            gradient = self._through(index, gradient, outputs[index - 1], room[index - 1])
        product(gradient, self.layers[0].weight.mT, result)
        tanh_backward_(result, images)

    def _through(self, index: int, gradient: Tensor, inputs: Tensor, result: Tensor) -> Tensor:
        """The gradient before layer `index` and the LeakyReLU in front of it, whose output tells its input's sign."""
        weight = self.layers[index].weight.mT
        if gradient.shape[-1] == 1:
            torch.mul(gradient, weight, out=result)
        else:
            product(gradient, weight, result)
        return leaky_relu_backward_(result, inputs, self._negative_slope)

    def d_gradient(self, loss: LossPair, outputs: list[Tensor], room: list[Tensor], record: StepRecord) -> Tensor:  # noqa: ARG002
        """The gradient of the loss for D by the last of D's `outputs`, the logits (..., 2 B, 1), real images first.

        room: as `backward` has it, where some of that may be done already. told: is about to be learnt from.
        """
        logits = outputs[-1]
        return loss.d_gradient(logits.movedim(-2, 0)).movedim(0, -2).mul_(2 / logits.shape[-2])

    def g_gradient(
        self,
        learner: "FlatMlp",  # noqa: ARG002
        loss: LossPair,
        outputs: list[Tensor],
        size: int,
        room: list[Tensor],  # noqa: ARG002
        record: StepRecord,  # noqa: ARG002
    ) -> Tensor:
        """Likewise for G, the `learner`, by the first `size` of D's logits, those of generated images; room: as `input_gradient` has it."""
        logits = outputs[-1]
        return loss.g_gradient(logits[..., size:, :], logits[..., :size, :]).mul_(1 / size)

    def average(self, ranks: Ranks, weight: float, *scalars: Tensor) -> tuple[Tensor, ...]:
        """The means over the whole batch, of the gradients in place and of the scalars; see `Ranks.average`."""
        if self._narrow is not None:
            self._gradients.copy_(self._narrow)
        return ranks.average([self._gradients], *scalars, weight=weight)

    def add_gradient_penalty(self, outputs: list[Tensor], weights: Tensor) -> Tensor:
        """Add the gradient of p = sum over rows of w/2 ||gradient of D with respect to the image||^2; p comes back.

        `outputs`: those of the hidden layers for the rows (R, ...) in question. `weights`: w, (R, 1). Between its kinks an MLP
        with LeakyReLU is linear, so the double backward pass of autograd comes down to one pass back, which gives the gradient,
        and one pass forward, which carries it through the layers like an image without biases.
        """
        deltas = [torch.ones_like(weights)]
        for index in reversed(range(1, len(self.layers))):
            back = deltas[0] @ self.layers[index].weight.mT
            deltas.insert(0, leaky_relu_backward_(back, outputs[index - 1], self._negative_slope))
        image_gradient = deltas[0] @ self.layers[0].weight.mT
        carried = image_gradient * weights
        penalty = inner_product(image_gradient.float(), carried.float()) / 2
        for index, (layer, delta) in enumerate(zip(self.layers, deltas, strict=True)):
            add_to_(layer.weight_gradient, carried.mT, delta)
            if layer is not self.layers[-1]:
                carried = leaky_relu_backward_(carried @ layer.weight, outputs[index], self._negative_slope)
        return penalty

    def learn(
        self, ranks: Ranks, weight: float, x: Tensor, outputs: list[Tensor], gradient: Tensor, room: list[Tensor], record: StepRecord
    ) -> None:
        """`backward`, and then `update_if_finite` with the mean over all ranks, where no other part of the loss than the logits' counts.

        weight: of this rank's rows.
        """
        self.backward(x, outputs, gradient, room)
        (zero,) = self.average(ranks, weight, self.zero_of(record.logits, record.zeros))
        self.update_if_finite(zero, record.length)

    def zero_of(self, logits: Tensor, zeros: Tensor) -> Tensor:
        """0 where all of D's logits are finite, else NaN: whether to learn from them. zeros: as many as there are logits."""
        return torch.dot(logits.view(-1), zeros)

    def update_if_finite(self, zero: Tensor, length: Tensor) -> None:
        """One Adam step, left out where `zero` is NaN instead of 0, and one of the EMA. `length`: (parts,), is filled."""
        torch.eq(zero, 0, out=self._taken)
        torch.ne(zero, 0, out=self._skip)
        self._steps += self._taken
        rate = self._group["lr"]
        adam_(
            self._weights, self._gradients, self._mean, self._square, self._steps,
            lr=rate if isinstance(rate, Tensor) else self._lr, betas=self._group["betas"], eps=self._group["eps"], skip=self._skip,
        )  # fmt: skip
        self._round()
        torch.linalg.vector_norm(self._gradients, out=length[0])
        if self._average is not None:
            self._average.lerp_(self._weights, self._pull)

    def adopt_ema(self, g_ema: nn.Sequential, pull: Tensor) -> None:
        """Lay the parameters of G's EMA out like these, and let them follow; `pull`: how far, a scalar."""
        flat = torch.empty_like(self._weights)
        start = 0
        for layer, linear in zip(self.layers, (module for module in g_ema if isinstance(module, nn.Linear)), strict=True):
            size, middle = layer.weight.numel(), start + layer.weight.numel()
            homes = flat[start:middle].view(layer.weight.shape).t(), flat[middle : middle + layer.bias.numel()]
            for parameter, home in zip((linear.weight, linear.bias), homes, strict=True):
                home.copy_(parameter.data)
                parameter.data = home
            start += size + layer.bias.numel()
        self._average, self._pull = flat, pull
