"""Private calls of torch that the manual-grad engine needs, and the check that they still do what they did.

Each has a public twin: autograd for the two gradients, and for Adam its formula (Kingma and Ba, arXiv:1412.6980, algorithm 1).
"""

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor
from torch.nn.functional import conv2d, leaky_relu

from gan_tui.errors import first_line
from gan_tui.training import products

TOLERANCE = {torch.float32: 1e-5, torch.bfloat16: 0.02}
"""How far a number may be from its twin's, relative and absolute: some units in the last place."""

MINUS_ONE = torch.tensor(-1.0)

PIECES = 32
"""In which a GPU's Adam gets its buffers: one launch takes 36 tensors."""


def leaky_relu_backward_(gradient: Tensor, result: Tensor, negative_slope: float) -> Tensor:
    """The gradient before a LeakyReLU, in place of that behind it; the sign of its result is that of its input."""
    return leaky_relu_backward(gradient, result, negative_slope, out=gradient)


def leaky_relu_backward(gradient: Tensor, result: Tensor, negative_slope: float, *, out: Tensor) -> Tensor:
    """The same, into `out`."""
    torch.ops.aten.leaky_relu_backward.grad_input(gradient, result, negative_slope, True, grad_input=out)
    return out


def tanh_backward_(gradient: Tensor, result: Tensor) -> Tensor:
    """The gradient before a tanh, in place of that behind it."""
    torch.ops.aten.tanh_backward.grad_input(gradient, result, grad_input=gradient)
    return gradient


def tanh_(x: Tensor) -> None:
    """In place: on a CPU as 2 sigmoid(2x) - 1, which is seven times faster in torch."""
    if x.is_cuda:
        x.tanh_()
    else:
        tanh_of_half_(x.mul_(2))


def tanh_of_half_(x: Tensor) -> None:
    """In place: tanh(x / 2) = 2 sigmoid(x) - 1, for whoever has the double."""
    torch.add(MINUS_ONE, x.sigmoid_(), alpha=2, out=x)


def length(flat: Tensor, out: Tensor) -> None:
    """That of a vector, into a scalar: on a CPU as the root of a product, which takes torch half as long."""
    if flat.is_cuda:
        torch.linalg.vector_norm(flat, out=out)
    else:
        with products.of_vectors():
            torch.dot(flat, flat, out=out).sqrt_()


def filters_gradient(large: Tensor, small: Tensor, weight: Tensor, stride: int = 2) -> Tensor:
    """The gradient of a convolution's filters, which look 1 beyond the border, from its input and the gradient behind it, or of a
    transposed one's from its output and what went into it.

    large: (B, large channels, H, W). small: (B, small channels, h, w). weight: (small channels, large channels, k, k), for its shape.
    """
    found: Tensor = torch.ops.aten.convolution_backward(
        small, large, weight, None, [stride, stride], [1, 1], [1, 1], False, [0, 0], 1, [False, True, False]
    )[1]
    return found


def table_gradient(gradient: Tensor, y: Tensor, classes: int) -> Tensor:
    """The gradient of a table of vectors, (classes, width), from that of those, (B, width), that were looked up by y, int64 (B,)."""
    found: Tensor = torch.ops.aten.embedding_dense_backward(gradient, y, classes, -1, False)
    return found


def adam_(
    weights: Tensor,
    gradients: Tensor,
    mean: Tensor,
    square: Tensor,
    steps: Tensor,
    *,
    lr: float | Tensor,
    betas: tuple[float, float],
    eps: float,
    skip: Tensor,
) -> None:
    """One Adam step in one pass over flat float32 buffers, left out where `skip`, a scalar, is 1. `steps` counts this one already."""
    # A GPU gives each tensor a few of its processors at most: as one tensor, weights of an MLP would keep five of them busy.
    size = 4 * math.ceil(len(weights) / (4 * PIECES)) if weights.is_cuda else len(weights)  # four floats are read at once
    w, g, m, v = (list(flat.split(size)) for flat in (weights, gradients, mean, square))
    torch._fused_adam_(
        w, g, m, v, [], [steps] * len(w),
        lr=lr, beta1=betas[0], beta2=betas[1], eps=eps, weight_decay=0.0, amsgrad=False, maximize=False, grad_scale=None, found_inf=skip,
    )  # fmt: skip


def adam_of_many_(
    delta: Tensor, gradients: Tensor, mean: Tensor, square: Tensor, steps: Tensor, betas: Sequence[tuple[float, float]], eps: float
) -> None:
    """One Adam step at rate 1 of each row of (K, size) buffers, of which each has its own betas and its own count in `steps`, (K,)."""
    # One launch takes 36 tensors, and gives each as many programs as it has stretches of 65,536.
    size = 4 * math.ceil(delta.shape[1] / (4 * max(1, PIECES // len(delta)))) if delta.is_cuda else delta.shape[1]
    for beta1, beta2 in dict.fromkeys(betas):
        rows = [row for row, its in enumerate(betas) if its == (beta1, beta2)]
        w, g, m, v = ([piece for row in rows for piece in flat[row].split(size)] for flat in (delta, gradients, mean, square))
        counts = [steps[row] for row in rows for _ in range(len(w) // len(rows))]
        torch._fused_adam_(
            w, g, m, v, [], counts,
            lr=1.0, beta1=beta1, beta2=beta2, eps=eps, weight_decay=0.0, amsgrad=False, maximize=False,
        )  # fmt: skip


@torch.enable_grad()
def fault(dtype: torch.dtype, device: torch.device, *, convolutions: bool = False) -> str | None:
    """What is wrong with them in this torch, for layers of `dtype`; None where all agree with their twins. Takes milliseconds.

    `convolutions`: are there such, and tables of classes?
    """
    checks: dict[str, Callable[[], bool]] = {
        "leaky_relu_backward": lambda: _leaky_relu_agrees(dtype, device),
        "tanh_backward": lambda: _tanh_agrees(dtype, device),
        "_fused_adam_": lambda: _adam_agrees(device),
    }
    if convolutions:
        checks["convolution_backward"] = lambda: _convolution_agrees(dtype, device)
        checks["embedding_dense_backward"] = lambda: _embedding_agrees(device)
    for name, agrees in checks.items():
        try:
            if not agrees():
                return f"{name} of torch {torch.__version__} gives other numbers than it should"
        except Exception as error:  # a call that is gone or takes other arguments fails in any way it likes
            return f"{name} of torch {torch.__version__} cannot be called: {first_line(error, 120)}"
    return None


def _leaky_relu_agrees(dtype: torch.dtype, device: torch.device) -> bool:
    x, gradient = _case(dtype, device)
    result = leaky_relu(x, 0.2)
    (twin,) = torch.autograd.grad((result * gradient).sum(), x)
    return _close(leaky_relu_backward_(gradient.clone(), result.detach(), 0.2), twin)


def _tanh_agrees(dtype: torch.dtype, device: torch.device) -> bool:
    x, gradient = _case(dtype, device)
    result = x.tanh()
    (twin,) = torch.autograd.grad((result * gradient).sum(), x)
    return _close(tanh_backward_(gradient.clone(), result.detach()), twin)


def _adam_agrees(device: torch.device) -> bool:
    """Three steps, the second of which is left out."""
    lr, (beta1, beta2), eps = 0.01, (0.5, 0.99), 1e-6
    weights, gradient = (tensor.detach() for tensor in _case(torch.float32, device))
    mean, square, steps = torch.zeros_like(weights), torch.zeros_like(weights), torch.zeros((), device=device)
    twin, twin_mean, twin_square, taken = weights.clone(), mean.clone(), square.clone(), 0
    for skip in (0.0, 1.0, 0.0):
        steps += 1 - skip
        adam_(weights, gradient, mean, square, steps, lr=lr, betas=(beta1, beta2), eps=eps, skip=torch.tensor(skip, device=device))
        if not skip:
            taken += 1
            twin_mean = beta1 * twin_mean + (1 - beta1) * gradient
            twin_square = beta2 * twin_square + (1 - beta2) * gradient**2
            twin = twin - lr * (twin_mean / (1 - beta1**taken)) / ((twin_square / (1 - beta2**taken)).sqrt() + eps)
        gradient = gradient.flip(0) / 2
    return _close(weights, twin) and _close(mean, twin_mean) and _close(square, twin_square) and float(steps) == taken


def _convolution_agrees(dtype: torch.dtype, device: torch.device) -> bool:
    """Of one filter, whose sums are short enough for bfloat16."""
    large, small = _case(dtype, device)[0].detach()[:16].view(1, 1, 4, 4), _case(dtype, device)[1][:4].view(1, 1, 2, 2)
    weight = torch.zeros(1, 1, 4, 4, dtype=dtype, device=device, requires_grad=True)
    (twin,) = torch.autograd.grad((conv2d(large, weight, None, 2, 1) * small).sum(), weight)
    return _close(filters_gradient(large, small, weight.detach()), twin)


def _embedding_agrees(device: torch.device) -> bool:
    gradient, y = _case(torch.float32, device)[1].view(-1, 1), torch.arange(19, device=device) % 3
    twin = torch.stack([gradient[y == one].sum(0) for one in range(3)])
    return _close(table_gradient(gradient, y, 3), twin)


def _case(dtype: torch.dtype, device: torch.device) -> tuple[Tensor, Tensor]:
    """An input of both signs and the gradient behind it, (19,): longer than a vector register, and no multiple of one."""
    x = torch.linspace(-2.0, 1.5, 19, device=device).to(dtype).requires_grad_()
    return x, torch.linspace(1.0, -3.0, 19, device=device).to(dtype)


def _close(found: Tensor, twin: Tensor) -> bool:
    tolerance = TOLERANCE[found.dtype]
    return torch.allclose(found.float(), twin.float(), rtol=tolerance, atol=tolerance)
