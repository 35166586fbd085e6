"""The MLPs of `flat_mlp.py` on a GPU, with a quarter of the kernels: each product does what stands beside it (see triton_kernels.py)."""

import math
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Self

import torch
import triton
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.losses import LossPair
from gan_tui.training.engines import triton_kernels as kernels
from gan_tui.training.engines.flat_mlp import FlatMlp

PRECISIONS = {"float32": "tf32x3", "tf32": "tf32", "bfloat16": "ieee"}
"""How `train.precision` multiplies. Three products of numbers in tf32 are as exact as one in float32, and tensor cores compute them."""
ADAM_BLOCK = 1024
"""Weights that one program of Adam's kernel updates."""
SMALL_TILE, LARGE_TILE, BLOCK_K = (16, 32), (32, 64), 64
"""Rows and columns that one program of `product` makes, and how much of the sum it takes at a time. The fastest of 34 on an H200."""
MOST_PROGRAMS = 264
"""Of small tiles: two for each processor of the largest cards."""
LONG, FEW_PROGRAMS, SPLIT = 512, 132, 4
"""A sum of so many products is shared by SPLIT programs, where there are so few of them otherwise."""
ROOM = FEW_PROGRAMS * SPLIT * math.prod(SMALL_TILE)
"""Numbers that they leave for each other."""
AT_ONCE = 1024
"""Numbers that one program looks at in one go."""
ROWS, COLUMNS = 2, 16
"""Of D's last layer, that one program works on."""


class Plan(NamedTuple):
    """How a product (m, k) @ (k, n) is divided among programs."""

    tile: tuple[int, int]
    grid: tuple[int, int, int]
    """Tiles down, tiles across, and programs that share each."""

    @classmethod
    def of(cls, m: int, n: int, k: int) -> Self:
        """Small tiles, so that there are enough for a whole GPU; larger ones where there are too many of these. `k` = 0: none is shared."""

        def grid(rows: int, columns: int) -> tuple[int, int]:
            return math.ceil(m / rows), math.ceil(n / columns)

        small = grid(*SMALL_TILE)
        if math.prod(small) > MOST_PROGRAMS:
            return cls(LARGE_TILE, (*grid(*LARGE_TILE), 1))
        return cls(SMALL_TILE, (*small, SPLIT if k >= LONG and math.prod(small) <= FEW_PROGRAMS else 1))


class TritonMlp(FlatMlp):
    """An MLP and its Adam on flat buffers, whose kernels are our own. Its gradients are float32 whatever the layers work in."""

    def __init__(self, network: nn.Sequential, optimizer: Adam, dtype: torch.dtype, *, precision: str = "float32") -> None:
        super().__init__(network, optimizer, dtype, wide_gradients=True)
        self._precision = PRECISIONS[precision]
        self._side = torch.cuda.Stream(self._device) if self._device.type == "cuda" else None
        self.parts = math.ceil(len(self._weights) / ADAM_BLOCK)
        self._state = self._steps.repeat(2)
        """Adam's steps before the newest update, and with it."""
        self._steps = self._state[1]
        self._pieces, self._arrived = self._zeros(ROOM), self._zeros(FEW_PROGRAMS).int()
        """Where the programs that share a product meet: see `kernels.product`."""

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
        return self.layers[-1].weight.shape[1] == 1

    def backward(self, x: Tensor, outputs: list[Tensor], gradient: Tensor, room: list[Tensor]) -> None:
        """See FlatMlp. The weights' gradients are there after `zero_of`, or `join`."""
        of_logits, first = gradient, len(self.layers)
        if self._gives_logits:
            gradient, first = room[-2], first - 1
        for index in reversed(range(first)):
            layer, inputs = self.layers[index], outputs[index - 1] if index else x
            self._beside(partial(self._product, inputs.t(), gradient, layer.weight_gradient, sums=layer.bias_gradient))
            if index:
                gradient = self._through(index, gradient, inputs, room[index - 1])
        if self._gives_logits:
            layer, inputs = self.layers[-1], outputs[-2]
            kernels.one_column_gradients[math.ceil(inputs.shape[1] / COLUMNS),](
                inputs, of_logits, layer.weight_gradient, layer.bias_gradient, *inputs.shape, BLOCK_M=128, BLOCK_K=COLUMNS,
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
        zero = zeros.new_empty((), dtype=torch.float32)
        block = min(AT_ONCE, triton.next_power_of_2(len(logits)))
        kernels.finite[1,](logits, zero, self._state, len(logits), BLOCK=block)
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
        self._product(gradient, self.layers[0].weight.t(), result, kernels.TANH_BACK, outputs=images)

    def _through(self, index: int, gradient: Tensor, inputs: Tensor, result: Tensor) -> Tensor:
        if gradient.shape[1] == 1:
            grid = math.ceil(len(inputs) / ROWS), math.ceil(inputs.shape[1] / AT_ONCE)
            block = min(AT_ONCE, triton.next_power_of_2(inputs.shape[1]))
            kernels.one_column_back[grid](
                gradient, self.layers[index].weight, inputs, result, *inputs.shape, self._negative_slope, BLOCK_M=ROWS, BLOCK_K=block,
            )  # fmt: skip
            return result
        return self._product(gradient, self.layers[index].weight.t(), result, kernels.LEAKY_RELU_BACK, outputs=inputs)

    def d_gradient(self, loss: LossPair, outputs: list[Tensor], room: list[Tensor]) -> Tensor:
        """See FlatMlp; fills in the logits, and in `room` the gradient before the last layer."""
        return self._last_layer(loss, outputs, len(outputs[-1]) // 2, room, for_d=True)

    def g_gradient(self, loss: LossPair, outputs: list[Tensor], size: int, room: list[Tensor]) -> Tensor:
        """See FlatMlp; likewise."""
        return self._last_layer(loss, outputs, size, room, for_d=False)

    def _last_layer(self, loss: LossPair, outputs: list[Tensor], size: int, room: list[Tensor], *, for_d: bool) -> Tensor:
        layer, columns = self.layers[-1], outputs[-2].shape[1]
        kernels.last_layer[math.ceil(size / ROWS),](
            outputs[-2], layer.weight, layer.bias, outputs[-1], room[-1], room[-2], size, columns, self._negative_slope,
            NAME=loss.objective.name, FOR_D=for_d, PAIRS=for_d or loss.objective.g_sees_real,
            BLOCK_M=ROWS, BLOCK_K=min(AT_ONCE, triton.next_power_of_2(columns)),
        )  # fmt: skip
        return room[-1]

    def add_gradient_penalty(self, outputs: list[Tensor], weights: Tensor) -> Tensor:
        """See FlatMlp."""
        deltas = [torch.ones_like(weights)]
        for index in reversed(range(1, len(self.layers))):
            deltas.insert(0, self._through(index, deltas[0], outputs[index - 1], torch.empty_like(outputs[index - 1])))
        first = self.layers[0].weight.t()
        carried = deltas[0].new_empty(len(weights), first.shape[1])
        norms = weights.new_empty(math.prod(Plan.of(len(weights), first.shape[1], 0).grid), dtype=torch.float32)
        self._product(deltas[0], first, carried, kernels.WEIGHTS, outputs=weights, sums=norms)
        for index, (layer, delta) in enumerate(zip(self.layers, deltas, strict=True)):
            self._product(carried.t(), delta, layer.weight_gradient, add=True)
            if layer is not self.layers[-1]:
                onward = torch.empty_like(outputs[index])
                carried = self._product(carried, layer.weight, onward, kernels.LEAKY_RELU_BACK, outputs=outputs[index])
        return norms.sum() / 2

    def update_if_finite(self, zero: Tensor, length: Tensor) -> None:
        """See FlatMlp."""
        (beta1, beta2), lr, average = self._group["betas"], self._group["lr"], self._average
        rate = lr if isinstance(lr, Tensor) else self._zeros() + lr
        kernels.adam[self.parts,](
            self._weights, self._gradients, self._mean, self._square, self._rounded, average, zero, self._state, rate, self._pull, length,
            len(self._weights), 1 - beta1, _log(beta1), beta2, 1 - beta2, _log(beta2), self._group["eps"],
            ROUND=self._rounded is not None, AVERAGE=average is not None, BLOCK=ADAM_BLOCK,
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
        (m, k), n = a.shape, b.shape[1]
        plan = Plan.of(m, n, k if sums is None else 0)
        kernels.product[plan.grid](
            a, b, c, bias, outputs, sums, self._pieces, self._arrived, m, n, k, *a.stride(), *b.stride(), self._negative_slope,
            CLOSING=closing.value, BIAS=bias is not None, ADD=add, SUM=sums is not None and closing != kernels.WEIGHTS,
            SPLIT=plan.grid[2], PRECISION=self._precision, BLOCK_M=plan.tile[0], BLOCK_N=plan.tile[1], BLOCK_K=BLOCK_K,
            num_warps=4, num_stages=3,
        )  # fmt: skip
        return c


def _log(beta: float) -> float:
    return math.log(beta) if beta else -math.inf
