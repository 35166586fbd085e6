"""A layer and its LeakyReLU in one call of oneDNN give what the two give one after the other; without that call these are used."""

from collections.abc import Callable, Iterator

import pytest
import torch
from torch import Tensor
from torch.nn.functional import conv2d, leaky_relu

from gan_tui.training.engines import leaky_layers
from gan_tui.training.engines.leaky_layers import leaky_convolution, leaky_linear


@pytest.fixture(autouse=True)
def asked_anew() -> Iterator[None]:
    leaky_layers.fused.cache_clear()
    yield
    leaky_layers.fused.cache_clear()


def of_linear(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Found, and the twin in float64."""
    torch.manual_seed(0)
    x, weight, bias = (torch.randn(*shape).to(dtype) for shape in ((9, 33), (33, 17), (17,)))
    twin = leaky_relu(x.double() @ weight.double() + bias.double(), 0.2)
    return leaky_linear(x, weight.t(), bias), twin


def of_convolution(dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    torch.manual_seed(0)
    x, filters, bias = (torch.randn(*shape).to(dtype) for shape in ((3, 16, 14, 14), (32, 16, 4, 4), (32,)))
    twin = leaky_relu(conv2d(x.double(), filters.double(), bias.double(), 2, 1), 0.2)
    return leaky_convolution(x.to(memory_format=torch.channels_last), filters, bias, 2), twin


@pytest.mark.parametrize(("dtype", "near"), [(torch.float32, 1e-6), (torch.bfloat16, 4e-3)])
@pytest.mark.parametrize("case", [of_linear, of_convolution])
def test_both_are_what_they_say(case: Callable[[torch.dtype], tuple[Tensor, Tensor]], dtype: torch.dtype, near: float) -> None:
    found, twin = case(dtype)
    assert found.dtype == dtype
    assert (found.double() - twin).norm() < near * twin.norm()


def gone(*_: object) -> Tensor:
    raise AttributeError("no such call")


def without_activation(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.addmm(bias, x, weight.t())


@pytest.mark.parametrize("other", [gone, without_activation])
@pytest.mark.parametrize("case", [of_linear, of_convolution])
def test_a_torch_without_the_calls(
    case: Callable[[torch.dtype], tuple[Tensor, Tensor]], other: Callable[..., Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leaky_layers, "_linear", other)
    assert not leaky_layers.fused()
    found, twin = case(torch.bfloat16)
    assert (found.double() - twin).norm() < 4e-3 * twin.norm()
