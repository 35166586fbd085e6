"""Interpolation over a hole of any shape: of all surfaces through what is around it, the one that bends least.

In one dimension that is the cubic spline, in two the discrete thin plate: the sum of its squared second differences is smallest (Duchon
1977). It is found by conjugate gradients.
"""

import torch
from torch import Tensor
from torch.nn import functional

MOST_ITERATIONS = 2000
PRECISE = 1e-12
"""Of the squared residual, over that at the beginning."""
SECOND_DIFFERENCES = (((1.0, -2.0, 1.0),), ((1.0,), (-2.0,), (1.0,)), ((2**0.5, -(2**0.5)), (-(2**0.5), 2**0.5)))
"""Along rows, along columns, and mixed, which counts twice."""


def fill(pictures: Tensor, hole: Tensor) -> Tensor:
    """Pictures (N, C, H, W) with the values in `hole`, bool (H, W), made from those around it; what stood there does not matter."""
    single = pictures.double().flatten(0, 1).unsqueeze(1)
    known, unknown = single * ~hole, torch.zeros_like(single)
    residual = -_bending(known) * hole
    direction, norm = residual.clone(), _product(residual, residual)
    goal = PRECISE * norm
    for _ in range(MOST_ITERATIONS):
        if bool((norm <= goal).all()):
            break
        bent = _bending(direction) * hole
        step = norm / _product(direction, bent).clamp_min(1e-300)
        unknown += step * direction
        residual -= step * bent
        before, norm = norm, _product(residual, residual)
        direction = residual + norm / before.clamp_min(1e-300) * direction
    return (known + unknown).view_as(pictures).to(pictures.dtype)


def _bending(values: Tensor) -> Tensor:
    """Half the gradient of the sum of all squared second differences that lie inside of the picture. `values`: (N, 1, H, W)."""
    found = torch.zeros_like(values)
    for kernel in SECOND_DIFFERENCES:
        weights = torch.tensor(kernel, dtype=values.dtype, device=values.device)[None, None]
        if values.shape[-2] >= weights.shape[-2] and values.shape[-1] >= weights.shape[-1]:
            found += functional.conv_transpose2d(functional.conv2d(values, weights), weights)
    return found


def _product(one: Tensor, other: Tensor) -> Tensor:
    return (one * other).sum((1, 2, 3), keepdim=True)
