"""The MLPs of `flat_mlp.py` and `many_mlps.py` on a GPU, with a quarter of the kernels: each product does what stands beside it.

The kernels are in triton_kernels.py and triton_steps.py.
"""

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
import triton
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.losses import LossPair
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines import triton_kernels as kernels
from gan_tui.training.engines import triton_steps as steps
from gan_tui.training.engines.flat_mlp import FlatMlp, StepRecord
from gan_tui.training.engines.many_mlps import ManyMlps
from gan_tui.training.engines.triton_tiles import (
    ADAM_BLOCK,
    AT_ONCE,
    AT_ONCE_LAYERS,
    COLUMNS,
    MOST_SHARING,
    PRECISIONS,
    ROWS,
    STEP_TILES,
    TILES,
    Plan,
    Tile,
    step_plan,
)


class OwnKernels(FlatMlp):
    """What is done with flat buffers of an MLP, or of many, by kernels of our own. Gradients are float32 whatever the layers work in."""

    def _begin(self, precision: str, betas: Sequence[tuple[float, float]], eps: float) -> None:
        """`betas`: Adam's, of each network."""
        self._precision, self._adam_eps = PRECISIONS[precision], eps
        self._tiles = TILES[self._precision]
        self._side = torch.cuda.Stream(self._device) if self._device.type == "cuda" else None
        self._state = torch.stack([self._steps, self._steps], -1)
        """Adam's steps before the newest update, and with it, (..., 2)."""
        self._steps = self._state[..., 1]
        self._constants = torch.tensor([[(1 - beta, beta, _log(beta)) for beta in its] for its in betas], device=self._device)
        """As `steps.adam` has them."""
        self._pieces, self._arrived = self._zeros(MOST_SHARING * math.prod(self._tiles[0][:2])), self._zeros(MOST_SHARING).int()
        """Where the programs that share a product meet: see `kernels.product`."""

    @property
    def parts(self) -> int:
        """See FlatMlp."""
        return max(self._adam_programs, self._step_plan[1])

    @property
    def _adam_programs(self) -> int:
        return math.ceil(self._weights.shape[-1] / ADAM_BLOCK)

    @property
    def _step_plan(self) -> tuple[Tile, int]:
        """The tile that a program of `layer_steps` makes of a weight, and how many there are of them."""
        return step_plan(
            [layer.weight.shape[-2:] for layer in self.layers], STEP_TILES[self._precision], self._gives_logits, self._networks
        )

    @property
    def _rate(self) -> Tensor:
        """Adam's, of each network."""
        lr = self._group["lr"]
        return lr if isinstance(lr, Tensor) else self._zeros() + lr

    @property
    def _networks(self) -> int:
        return math.prod(self.many)

    def _next(self, *tensors: Tensor | None) -> list[int]:
        """How far it is in each from one network's part to the next one's."""
        return [tensor.stride(0) if self.many and tensor is not None else 0 for tensor in tensors]

    def forward(self, x: Tensor, outputs: list[Tensor], *, tanh: bool = False) -> None:
        """See FlatMlp. A last layer of one output is left out: its logits come with their gradient, from `d_gradient` and `g_gradient`."""
        for layer, output in zip(self.layers, outputs, strict=True):
            last = output is outputs[-1]
            if not (last and self._gives_logits):
                closing = kernels.LEAKY_RELU if not last else kernels.TANH if tanh else kernels.NOTHING
                self._product(x, layer.weight, output, closing, bias=layer.bias)
            x = output

    @property
    def _gives_logits(self) -> bool:
        return self.layers[-1].weight.shape[-1] == 1

    def backward(self, x: Tensor, outputs: list[Tensor], gradient: Tensor, room: list[Tensor]) -> None:
        """See FlatMlp. The weights' gradients are there after `zero_of`, or `join`."""
        of_logits, first = gradient, len(self.layers)
        if self._gives_logits:
            gradient, first = room[-2], first - 1
        for index in reversed(range(first)):
            layer, inputs = self.layers[index], outputs[index - 1] if index else x
            self._beside(partial(self._product, inputs.mT, gradient, layer.weight_gradient, sums=layer.bias_gradient))
            if index:
                gradient = self._through(index, gradient, inputs, room[index - 1])
        if self._gives_logits:
            layer, inputs = self.layers[-1], outputs[-2]
            kernels.one_column_gradients[math.ceil(inputs.shape[-1] / COLUMNS), self._networks](
                inputs, of_logits, layer.weight_gradient, layer.bias_gradient, *inputs.shape[-2:],
                *self._next(inputs, of_logits, layer.weight_gradient), BLOCK_M=128, BLOCK_K=COLUMNS,
            )  # fmt: skip

    def learn(
        self, ranks: Ranks, weight: float, x: Tensor, outputs: list[Tensor], gradient: Tensor, room: list[Tensor], record: StepRecord
    ) -> None:
        """See FlatMlp. Of three layers and one rank, Adam's steps are taken where the gradients are made; see `steps.layer_steps`."""
        if ranks.count > 1 or len(self.layers) != AT_ONCE_LAYERS:
            super().learn(ranks, weight, x, outputs, gradient, room, record)
            return
        behind, inputs = [gradient], [x, *outputs[:-1]]
        for index in (2, 1):
            if index == 2 and self._gives_logits:
                behind.insert(0, room[index - 1])  # which came with that of the logits
            else:
                behind.insert(0, self._through(index, behind[0], inputs[index], room[index - 1]))
        widths, (tile, programs) = [inputs[0].shape[-1], *(its.shape[-1] for its in behind)], self._step_plan
        steps.layer_steps[programs, self._networks](
            *inputs, *behind, *self._next(*inputs, *behind), *widths, x.shape[-2], self._weights, self._mean, self._square, self._rounded,
            self._average, record.lost, self._state, self._rate, self._pull, self._constants, record.length, self._weights.shape[-1],
            *self._next(record.lost, record.length), self._adam_eps, ROUND=self._rounded is not None, AVERAGE=self._average is not None,
            PRECISION=self._precision, ONE_COLUMN=self._gives_logits, COLUMNS=COLUMNS,
            BLOCK_M=tile[0], BLOCK_N=tile[1], BLOCK_K=tile[2], num_warps=4, num_stages=3,
        )  # fmt: skip

    def _beside(self, work: Callable[[], object]) -> None:
        """Do `work` on another stream: nobody waits for a weight's gradient before all are there."""
        if self._side is None:
            work()
            return
        self._side.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._side):
            work()

    def zero_of(self, logits: Tensor, zeros: Tensor) -> Tensor:
        """See FlatMlp."""
        zero, size = zeros.new_empty(self.many, dtype=torch.float32), logits.shape[-2]
        block = min(AT_ONCE, triton.next_power_of_2(size))
        steps.finite[self._networks,](logits, zero, self._state, size, *self._next(logits), BLOCK=block)
        self.join()
        return zero

    def join(self) -> None:
        """Wait for what is done beside."""
        if self._side is not None:
            torch.cuda.current_stream(self._device).wait_stream(self._side)

    def input_gradient(self, images: Tensor, outputs: list[Tensor], gradient: Tensor, room: list[Tensor], result: Tensor) -> None:
        """See FlatMlp."""
        gradient = room[-2]  # which came with that of the logits
        for index in reversed(range(1, len(self.layers) - 1)):
            gradient = self._through(index, gradient, outputs[index - 1], room[index - 1])
        self._product(gradient, self.layers[0].weight.mT, result, kernels.TANH_BACK, outputs=images)

    def _through(self, index: int, gradient: Tensor, inputs: Tensor, result: Tensor) -> Tensor:
        weight = self.layers[index].weight
        if gradient.shape[-1] == 1:
            rows, columns = inputs.shape[-2:]
            kernels.one_column_back[math.ceil(rows / ROWS), math.ceil(columns / AT_ONCE), self._networks](
                gradient, weight, inputs, result, rows, columns, *self._next(gradient, weight, inputs, result), self._negative_slope,
                BLOCK_M=ROWS, BLOCK_K=min(AT_ONCE, triton.next_power_of_2(columns)),
            )  # fmt: skip
            return result
        return self._product(gradient, weight.mT, result, kernels.LEAKY_RELU_BACK, outputs=inputs)

    def d_gradient(self, loss: LossPair, outputs: list[Tensor], room: list[Tensor], record: StepRecord) -> Tensor:
        """See FlatMlp; fills in the logits, and in `room` the gradient before the last layer."""
        return self._last_layer(self, loss, outputs, outputs[-1].shape[-2] // 2, room, record, for_d=True)

    def g_gradient(
        self, learner: FlatMlp, loss: LossPair, outputs: list[Tensor], size: int, room: list[Tensor], record: StepRecord
    ) -> Tensor:
        """See FlatMlp; likewise."""
        assert isinstance(learner, OwnKernels)
        return self._last_layer(learner, loss, outputs, size, room, record, for_d=False)

    def _last_layer(
        self,
        learner: "OwnKernels",
        loss: LossPair,
        outputs: list[Tensor],
        size: int,
        room: list[Tensor],
        record: StepRecord,
        *,
        for_d: bool,
    ) -> Tensor:
        layer, columns = self.layers[-1], outputs[-2].shape[-1]
        kernels.last_layer[math.ceil(size / ROWS), self._networks](
            outputs[-2], layer.weight, layer.bias, outputs[-1], room[-1], room[-2], record.lost, learner._state, size, columns,
            *self._next(outputs[-2], layer.weight, outputs[-1], room[-1], room[-2], record.lost), self._negative_slope,
            NAME=loss.objective.name, FOR_D=for_d, PAIRS=for_d or loss.objective.g_sees_real,
            BLOCK_M=ROWS, BLOCK_K=min(AT_ONCE, triton.next_power_of_2(columns)),
        )  # fmt: skip
        return room[-1]

    def add_gradient_penalty(self, outputs: list[Tensor], weights: Tensor) -> Tensor:
        """See FlatMlp."""
        deltas = [torch.ones_like(weights)]
        for index in reversed(range(1, len(self.layers))):
            deltas.insert(0, self._through(index, deltas[0], outputs[index - 1], torch.empty_like(outputs[index - 1])))
        first = self.layers[0].weight.mT
        rows, pixels = weights.shape[-2], first.shape[-1]
        carried = deltas[0].new_empty(*self.many, rows, pixels)
        norms = weights.new_empty(*self.many, math.prod(Plan.of(rows, pixels, 0, self._tiles, self._networks).grid), dtype=torch.float32)
        self._product(deltas[0], first, carried, kernels.WEIGHTS, outputs=weights, sums=norms)
        for index, (layer, delta) in enumerate(zip(self.layers, deltas, strict=True)):
            self._product(carried.mT, delta, layer.weight_gradient, add=True)
            if layer is not self.layers[-1]:
                onward = torch.empty_like(outputs[index])
                carried = self._product(carried, layer.weight, onward, kernels.LEAKY_RELU_BACK, outputs=outputs[index])
        return norms.sum(-1) / 2

    def update_if_finite(self, zero: Tensor, length: Tensor) -> None:
        """See FlatMlp."""
        steps.adam[self._adam_programs, self._networks](
            self._weights, self._gradients, self._mean, self._square, self._rounded, self._average, zero, self._state,
            self._rate, self._pull, self._constants, length, self._weights.shape[-1], *self._next(length), self._adam_eps,
            ROUND=self._rounded is not None, AVERAGE=self._average is not None, BLOCK=ADAM_BLOCK,
        )  # fmt: skip

    def _product(
        self,
        a: Tensor,
        b: Tensor,
        c: Tensor,
        closing: Any = kernels.NOTHING,
        *,
        bias: Tensor | None = None,
        outputs: Tensor | None = None,
        sums: Tensor | None = None,
        add: bool = False,
    ) -> Tensor:
        """c = closing(a @ b + bias), which comes back; see `kernels.product`."""
        (m, k), n = a.shape[-2:], b.shape[-1]
        plan = Plan.of(m, n, k if sums is None else 0, self._tiles, self._networks)
        kernels.product[(*plan.grid, plan.sharing * self._networks)](
            a, b, c, bias, outputs, sums, self._pieces, self._arrived, m, n, k, *a.stride()[-2:], *b.stride()[-2:],
            *self._next(a, b, c, bias, outputs, sums), self._negative_slope,
            CLOSING=closing.value, BIAS=bias is not None, ADD=add, SUM=sums is not None and closing != kernels.WEIGHTS,
            SPLIT=plan.sharing, PRECISION=self._precision, BLOCK_M=plan.tile[0], BLOCK_N=plan.tile[1], BLOCK_K=plan.tile[2],
            num_warps=4, num_stages=3,
        )  # fmt: skip
        return c


class TritonMlp(OwnKernels):
    """An MLP and its Adam on flat buffers, whose kernels are our own."""

    def __init__(self, network: nn.Sequential, optimizer: Adam, dtype: torch.dtype, *, precision: str = "float32") -> None:
        super().__init__(network, optimizer, dtype, wide_gradients=True)
        self._begin(precision, [self._group["betas"]], self._group["eps"])


class ManyTritonMlps(OwnKernels, ManyMlps):
    """K MLPs of one shape and their Adams likewise: each launch is for all of them. One whose logits are not finite is left as it is."""

    OF_EACH = (*ManyMlps.OF_EACH, "_state", "_constants")

    def __init__(
        self, networks: Sequence[nn.Sequential], optimizers: Sequence[Adam], dtype: torch.dtype, *, precision: str = "float32"
    ) -> None:
        super().__init__(networks, optimizers, dtype, wide_gradients=True)
        self._begin(precision, self._betas, self._eps)

    @property
    def _rate(self) -> Tensor:
        return self._rates


def _log(beta: float) -> float:
    return math.log(beta) if beta else -math.inf
