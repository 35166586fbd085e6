"""A layer and the LeakyReLU behind it, in one pass over what comes out.

oneDNN applies the activation while the numbers are still in a register; torch has that for its compiler only, as private calls. They are
used for bfloat16 on a CPU, where reading and writing the numbers once more takes half as long as the layer itself, and where they give what
their public twins do: these, for all else, are the layer and then the activation.
"""

from functools import lru_cache

import torch
from torch import Tensor
from torch.nn.functional import conv2d, leaky_relu_

from gan_tui.models.layers import NEGATIVE_SLOPE

LEAKY = "leaky_relu", [NEGATIVE_SLOPE], ""
"""As oneDNN is told of an activation: its name, its numbers, which algorithm."""
NEAR = 0.02
"""How far a number of bfloat16 may be from its twin's, relative and absolute: some units in the last place."""


def leaky_linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """LeakyReLU of `x @ weight.t() + bias`. x: (B, inputs). weight: (outputs, inputs), of any strides. bias: (outputs,)."""
    if _fits(x) and fused():
        return _linear(x, weight, bias)
    return leaky_relu_(torch.addmm(bias, x, weight.t()), NEGATIVE_SLOPE)


def leaky_convolution(x: Tensor, filters: Tensor, bias: Tensor, stride: int) -> Tensor:
    """LeakyReLU of a convolution that looks 1 beyond the border; see torch's conv2d."""
    if _fits(x) and fused():
        return _convolution(x, filters, bias, stride)
    return leaky_relu_(conv2d(x, filters, bias, stride, 1), NEGATIVE_SLOPE)


def _fits(x: Tensor) -> bool:
    return x.dtype == torch.bfloat16 and x.device.type == "cpu"


@lru_cache(maxsize=1)
def fused() -> bool:
    """Has this torch the calls, and do they give what their twins do? Takes a millisecond, once in a process."""
    try:
        return torch.backends.mkldnn.is_available() and _agree()
    except Exception:  # a call that is gone or takes other arguments fails in any way it likes
        return False


@torch.no_grad()
def _agree() -> bool:
    x = torch.linspace(-2.0, 1.5, 64).bfloat16()
    bias = torch.tensor([0.5, -1.5]).bfloat16()
    rows, weight = x.view(4, 16), x.flip(0)[:32].view(16, 2).t()
    images, filters = x.view(1, 4, 4, 4).permute(0, 3, 1, 2), torch.cat([x, x.flip(0)]).view(2, 4, 4, 4).permute(0, 3, 1, 2)
    pairs = [
        (_linear(rows, weight, bias), torch.addmm(bias, rows, weight.t())),
        (_convolution(images, filters, bias, 2), conv2d(images, filters, bias, 2, 1)),
    ]
    return all(torch.allclose(found, leaky_relu_(twin, NEGATIVE_SLOPE), rtol=NEAR, atol=NEAR) for found, twin in pairs)


def _linear(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    found: Tensor = torch.ops.mkldnn._linear_pointwise(x, weight, bias, *LEAKY)
    return found


def _convolution(x: Tensor, filters: Tensor, bias: Tensor, stride: int) -> Tensor:
    found: Tensor = torch.ops.mkldnn._convolution_pointwise(x, filters, bias, [1, 1], [stride, stride], [1, 1], 1, *LEAKY)
    return found
