"""Whether the GPU kernels of triton_kernels.py can be used here, and whether they compute what they should."""

import copy
import ctypes
import os
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import nn

from gan_tui.errors import first_line
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines.flat_mlp import StepRecord

if TYPE_CHECKING:
    from gan_tui.training.engines.manual_grad import MakeMlp
    from gan_tui.training.engines.many_mlps import MakeMlps
    from gan_tui.training.engines.triton_mlp import TritonMlp

CAPABILITY = (8, 0)
"""Triton builds for Ampere and newer cards."""
TOLERANCE = {"float32": 1e-5, "tf32": 4e-3, "bfloat16": 1e-2}
"""How far a product may be from that in float64, as a share of its length; by `train.precision`."""
C_COMPILERS = ("cc", "gcc", "clang")
"""Triton builds its launchers with one of them, or with what CC names."""
NO_COMPILER = "Triton wants a C compiler, and there is none (gcc)"


LAST_LAYER = "last_layer.cubin"
"""What Triton keeps of a kernel that every step has, once it was built in any precision, by any torch."""
BUILDING = "GPU kernels are built, for the first time here: some ten seconds, and again with another precision or torch"


class Makers(NamedTuple):
    """What makes MLPs with our kernels."""

    one: "MakeMlp"
    many: "MakeMlps"


def obstacle(device: torch.device) -> str | None:
    """Why there are no kernels of ours on this device; None where there are."""
    if device.type != "cuda" or torch.version.hip:
        return "they are for NVIDIA's GPUs"
    if torch.cuda.get_device_capability(device) < CAPABILITY:
        return "they are for Ampere and newer cards"
    if not any(shutil.which(name) for name in (os.environ.get("CC") or "", *C_COMPILERS)):
        return NO_COMPILER
    try:
        ctypes.CDLL("libcuda.so.1")
        import triton  # noqa: F401
    except (OSError, ImportError) as error:
        return f"Triton, which torch brings along on Linux, cannot be used: {first_line(error, 120)}"
    return None


def must_build(device: torch.device) -> bool:
    """Will the first ones be built now, because there can be some on this device and Triton's cache has none?"""
    if obstacle(device):
        return False
    try:
        cache = Path(os.environ.get("TRITON_CACHE_DIR") or Path(os.environ.get("TRITON_HOME") or Path.home()) / ".triton" / "cache")
        return next(cache.glob(f"*/{LAST_LAYER}"), None) is None
    except (OSError, RuntimeError):  # of a user without a home
        return True


def own_kernels(precision: str, device: torch.device) -> tuple[Makers | None, str | None]:
    """What makes MLPs with them, and what is wrong with them: None where nothing is, or nothing that a person could mend.

    `precision`: as `train.precision` has it, resolved.
    """
    if lacking := obstacle(device):
        return None, lacking if lacking == NO_COMPILER else None
    try:
        from gan_tui.training.engines.triton_mlp import ManyTritonMlps, TritonMlp

        dtype = torch.bfloat16 if precision == "bfloat16" else torch.float32
        off = distance_from_exact(TritonMlp, precision, dtype, device)
    except Exception as error:  # of a compiler and a driver, which fail in any way they like
        return None, first_line(error, 120)
    if off > TOLERANCE[precision]:
        return None, f"a product is off by {off:.1g} of its length"
    return Makers(partial(TritonMlp, precision=precision), partial(ManyTritonMlps, precision=precision)), None


@torch.enable_grad()
def distance_from_exact(mlp: "type[TritonMlp]", precision: str, dtype: torch.dtype, device: torch.device) -> float:
    """How far an MLP's outputs and its weights' gradients are from those in float64, the worst as a share of its length.

    The gradients are those that are summed up in memory, and those of which Adam takes a step at once: with beta1 = 0 its mean is the
    gradient. Hidden units are far from the kink of their LeakyReLU, on both sides: where rounding takes one over it, a gradient is another
    without being wrong.
    """
    draw = torch.Generator(device).manual_seed(0)
    x, behind = (torch.randn(50, size, device=device, generator=draw).to(dtype) for size in (272, 24))
    linears = [nn.Linear(272, 48), nn.Linear(48, 40), nn.Linear(40, 24)]
    network = nn.Sequential(linears[0], nn.LeakyReLU(0.2), linears[1], nn.LeakyReLU(0.2), linears[2]).to(device)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(torch.randn(parameter.shape, device=device, generator=draw) / 16)
        for linear, far in zip(linears[:2], (8.0, 24.0), strict=True):
            linear.bias.copy_(torch.tensor([far, -far], device=device).repeat(len(linear.bias) // 2))
    twin = copy.deepcopy(network).to(dtype).double()
    optimizer = torch.optim.Adam(network.parameters(), betas=(0.0, 0.99))
    ours = mlp(network, optimizer, dtype, precision=precision)
    outputs, room = ours.buffers(len(x)), ours.buffers(len(x))
    record = StepRecord(outputs[-1], outputs[-1][:, 0], torch.zeros(ours.parts, device=device), torch.zeros((), device=device))
    with torch.no_grad():
        ours.forward(x, outputs)
        ours.backward(x, outputs, behind, room)
        ours.join()
        ours.learn(Ranks(), 1.0, x, outputs, behind, room, record)
    exact_output = twin(x.double())
    exact_output.backward(behind.double())
    pairs = [(outputs[-1], exact_output.detach())]
    for layer, linear, exact in zip(ours.layers, linears, twin[::2], strict=True):
        pairs += [(layer.weight_gradient.t(), exact.weight.grad), (optimizer.state[linear.weight]["exp_avg"], exact.weight.grad)]
        pairs += [(layer.bias_gradient, exact.bias.grad), (optimizer.state[linear.bias]["exp_avg"], exact.bias.grad)]
    return max(float((found.double() - exact).norm() / exact.norm()) for found, exact in pairs)
