"""An MLP whose biases are rows of its weights: no layer copies a bias, and none of G sums up a gradient."""

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.training.engines.flat_mlp import FlatMlp, product

ALIGNED = 16
"""Numbers of which a row is a multiple: float32 in a vector register of AVX-512."""


class BiasRowMlp(FlatMlp):
    """Behind each row that a layer takes stands a one, and in the flat buffers a bias lies behind its weight: as its last row.

    So a layer is one product, and in G so are both of its gradients. In bfloat16 rows of such lengths take oneDNN up to six times as long.
    """

    def __init__(self, network: nn.Sequential, optimizer: Adam, dtype: torch.dtype) -> None:
        """See FlatMlp; dtype: float32."""
        self._whole: list[tuple[Tensor, Tensor]] = []
        """Of each layer, (inputs + 1, outputs), and its gradient."""
        super().__init__(network, optimizer, dtype)

    def _adopt_layer(self, linear: nn.Linear, optimizer: Adam, start: int) -> int:
        end = super()._adopt_layer(linear, optimizer, start)
        weights, gradients = (flat[start:end].view(linear.in_features + 1, -1) for flat in (self._weights, self._gradients))
        self._whole.append((weights, gradients))
        return end

    def room(self, *shape: int) -> Tensor:
        """See FlatMlp; behind each row stands a one."""
        *rows, width = shape
        return torch.ones(*rows, (width // ALIGNED + 1) * ALIGNED, device=self._device)[..., :width]

    def taken(self, latents: Tensor) -> Tensor:
        """See FlatMlp."""
        return self.room(*latents.shape).copy_(latents)

    def _give(self, index: int, x: Tensor, output: Tensor, times: int) -> None:
        product(_with_ones(x), self._whole[index][0], output, times)

    def _trace(self, index: int, inputs: Tensor, gradient: Tensor) -> None:
        """See FlatMlp. In D the gradients of a batch often cancel out: a sum is 0 then, of what a product leaves Adam would make a step."""
        if self.layers[-1].bias.shape == (1,):
            super()._trace(index, inputs, gradient)
        else:
            product(_with_ones(inputs).mT, gradient, self._whole[index][1])


def _with_ones(rows: Tensor) -> Tensor:
    """(N, width) of a `room`, and behind each row its one."""
    count, width = rows.shape
    step = max(rows.stride(0), width + 1) if count == 1 else rows.stride(0)  # of a single row torch may say anything
    assert step > width, "they are of no room"
    return rows.as_strided((count, width + 1), (step, 1), rows.storage_offset())
