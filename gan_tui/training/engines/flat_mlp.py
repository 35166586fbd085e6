"""An MLP and its Adam on flat buffers, with the gradients written out: what the engine `manual-grad` computes with."""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu_
from torch.optim import Adam

from gan_tui.losses import LossPair
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines.flat_adam import FlatAdam
from gan_tui.training.engines.kernels import leaky_relu_backward_, tanh_backward_, tanh_of_half_
from gan_tui.training.products import of_vectors


@dataclass(frozen=True, slots=True)
class Layer:
    """One fully connected layer; its weight lies (inputs, outputs), which makes the gradient's product twice as fast.

    All may have a leading dimension, of networks side by side (see many_mlps.py).
    """

    weight: Tensor
    bias: Tensor
    weight_gradient: Tensor
    bias_gradient: Tensor


def product(left: Tensor, right: Tensor, out: Tensor, times: int = 1) -> None:
    """left @ right, of one network or, with a leading dimension, of many; so many times that."""
    if times != 1:
        (torch.baddbmm if left.dim() == 3 else torch.addmm)(out, left, right, beta=0, alpha=times, out=out)
    elif left.dim() == 3:
        torch.bmm(left, right, out=out)
    elif right.shape[1] == 1:
        with of_vectors():
            torch.mv(left, right.view(-1), out=out.view(-1))
    else:
        torch.mm(left, right, out=out)


def add_product(bias: Tensor, left: Tensor, right: Tensor, out: Tensor, times: int = 1) -> None:
    """left @ right and to each row the bias, likewise."""
    if left.dim() == 3:
        torch.baddbmm(bias.unsqueeze(1), left, right, beta=times, alpha=times, out=out)
    elif right.shape[1] == 1:
        with of_vectors():
            torch.addmv(bias, left, right.view(-1), out=out.view(-1))
    else:
        torch.addmm(bias, left, right, beta=times, alpha=times, out=out)


def add_to_(sums: Tensor, left: Tensor, right: Tensor) -> None:
    """Add left @ right, likewise."""
    if left.dim() == 3:
        sums.baddbmm_(left, right)
    elif right.shape[1] == 1:
        with of_vectors():
            sums.addmm_(left, right)
    else:
        sums.addmm_(left, right)


def inner_product(left: Tensor, right: Tensor) -> Tensor:
    """The sum of left * right, likewise: a scalar, or (K,)."""
    if left.dim() == 3:
        return torch.sum(left * right, (1, 2))
    with of_vectors():
        return torch.dot(left.flatten(), right.flatten())


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
    value: Tensor | None = None
    """(...,), is filled with that of a person's own loss, which need not be finite where the logits are. None: ours is, and comes later."""


class FlatMlp(FlatAdam):
    """An MLP with LeakyReLU between its layers, and its Adam, on flat buffers."""

    def __init__(self, network: nn.Sequential, optimizer: Adam, dtype: torch.dtype, *, wide_gradients: bool = False) -> None:
        """See FlatAdam."""
        size = sum(parameter.numel() for parameter in network.parameters())
        super().__init__(size, optimizer, dtype, next(network.parameters()).device, wide_gradients=wide_gradients)
        self._negative_slope = next(module.negative_slope for module in network if isinstance(module, nn.LeakyReLU))
        self.layers: list[Layer] = []
        start = 0
        for linear in (module for module in network if isinstance(module, nn.Linear)):
            start = self._adopt_layer(linear, optimizer, start)
        self._round()

    def _adopt_layer(self, linear: nn.Linear, optimizer: Adam, start: int) -> int:
        """Move a layer into the buffers, from `start` on; where it ends comes back."""
        outputs, inputs = linear.weight.shape
        middle, end = start + inputs * outputs, start + inputs * outputs + outputs
        weight, weight_gradient = self._adopt(linear.weight, optimizer, lambda flat: flat[start:middle].view(inputs, outputs).t())
        bias, bias_gradient = self._adopt(linear.bias, optimizer, lambda flat: flat[middle:end])
        self.layers.append(Layer(weight.t(), bias, weight_gradient.t(), bias_gradient))
        return end

    @property
    def many(self) -> torch.Size:
        """Empty, or (K,) where K MLPs are trained side by side."""
        return self._weights.shape[:-1]

    @property
    def parts(self) -> int:
        """Numbers in which the gradient's length is given, which is theirs as a vector."""
        return 1

    def room(self, *shape: int) -> Tensor:
        """Room of this shape, (..., width), for what layers take and give."""
        return torch.empty(shape, dtype=self._dtype, device=self._device)

    def taken(self, latents: Tensor) -> Tensor:
        """These, of this shape, as the first layer takes them."""
        return latents.to(self._dtype)

    def buffers(self, batch: int) -> list[Tensor]:
        """Room for the output of each layer, (..., batch, outputs)."""
        return [self.room(*self.many, batch, layer.weight.shape[-1]) for layer in self.layers]

    def forward(self, x: Tensor, outputs: list[Tensor], *, tanh: bool = False) -> None:
        """Fill `outputs`; the last one is closed by nothing or by `tanh`."""
        by_double = tanh and not x.is_cuda
        for index, output in enumerate(outputs):
            last = output is outputs[-1]
            self._give(index, x, output, 2 if last and by_double else 1)
            if not last:
                leaky_relu_(output, self._negative_slope)
            x = output
        if tanh:
            (tanh_of_half_ if by_double else torch.tanh_)(x)

    def backward(self, x: Tensor, outputs: list[Tensor], gradient: Tensor, room: list[Tensor]) -> None:
        """The gradients of all weights from that of the last output; `room` is overwritten with the hidden ones."""
        for index in reversed(range(len(self.layers))):
            inputs = outputs[index - 1] if index else x
            self._trace(index, inputs, gradient)
            if index:
                gradient = self._through(index, gradient, inputs, room[index - 1])

    def _give(self, index: int, x: Tensor, output: Tensor, times: int) -> None:
        """Fill in what layer `index` makes of x, or twice that: `times` is not 1 where a tanh follows."""
        layer = self.layers[index]
        add_product(layer.bias, x, layer.weight, output, times)

    def _trace(self, index: int, inputs: Tensor, gradient: Tensor) -> None:
        """Fill in the gradients of its weight and its bias, from what it took and the gradient behind it."""
        layer = self.layers[index]
        product(inputs.mT, gradient, layer.weight_gradient)
        torch.sum(gradient, -2, out=layer.bias_gradient)

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
        rows = logits.movedim(-2, 0)
        if record.value is None:
            gradient = loss.d_gradient(rows)
        else:
            gradient, value = loss.of_d(rows)
            record.value.copy_(value)
        return gradient.movedim(0, -2).mul_(2 / logits.shape[-2])

    def g_gradient(
        self,
        learner: "FlatMlp",  # noqa: ARG002
        loss: LossPair,
        outputs: list[Tensor],
        size: int,
        room: list[Tensor],  # noqa: ARG002
        record: StepRecord,
    ) -> Tensor:
        """Likewise for G, the `learner`, by the first `size` of D's logits, those of generated images; room: as `input_gradient` has it."""
        logits = outputs[-1]
        if record.value is None:
            return loss.g_gradient(logits[..., size:, :], logits[..., :size, :]).mul_(1 / size)
        rows = logits.movedim(-2, 0)
        gradient, value = loss.of_g(rows[size:], rows[:size])
        record.value.copy_(value)
        return gradient.movedim(0, -2).mul_(1 / size)

    def add_gradient_penalty(self, outputs: list[Tensor], weights: Tensor) -> Tensor:
        """Add the gradient of p = sum over rows of w/2 ||gradient of D with respect to the image||^2; p comes back.

        `outputs`: those of the hidden layers for the rows (R, ...) in question. `weights`: w, (R, 1). Between its kinks an MLP
        with LeakyReLU is linear, so the double backward pass of autograd comes down to one pass back, which gives the gradient,
        and one pass forward, which carries it through the layers like an image without biases.
        """
        deltas = [torch.ones_like(weights)]
        for index in reversed(range(1, len(self.layers))):
            weight = self.layers[index].weight.mT
            if len(deltas) == 1:
                back = weight.expand(*weights.shape[:-1], -1).clone(memory_format=torch.contiguous_format)
            else:
                back = deltas[0] @ weight
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
        (zero,) = self.average(ranks, weight, self.zero(record))
        self.update_if_finite(zero, record.length)

    def zero(self, record: StepRecord) -> Tensor:
        """0 where the loss is finite, else NaN: whether to learn from it."""
        zero = self.zero_of(record.logits, record.zeros)
        return zero if record.value is None else zero + (record.value * 0).sum()

    def zero_of(self, logits: Tensor, zeros: Tensor) -> Tensor:
        """0 where all of D's logits are finite, and so are our losses, else NaN. zeros: as many as there are logits."""
        return torch.dot(logits.view(-1), zeros)
