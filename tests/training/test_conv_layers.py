"""The layers whose gradients are written out give what torch's own give with autograd."""

from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn.functional import leaky_relu

from gan_tui.models.layers import NEGATIVE_SLOPE
from gan_tui.training.engines.conv_layers import Bands, Dense, Down, Filters, Layer, Up, Weight, kernel_of

BATCH = 5


def weight_of(parameter: Tensor | None) -> Weight:
    assert parameter is not None
    return Weight(parameter.data, torch.full_like(parameter.data, float("nan"), dtype=torch.float32))


def rows(images: Tensor) -> Tensor:
    return images.permute(0, 2, 3, 1).reshape(len(images), -1)


def assert_alike(layer: Layer, weights: tuple[Weight, Weight], module: nn.Module, x: Tensor, y: Tensor, behind: Tensor) -> None:
    """`x`, `y`, `behind`: rows; `module` has gone back from `behind`."""
    assert isinstance(module, (nn.Linear, nn.Conv2d, nn.ConvTranspose2d))
    assert x.grad is not None
    with torch.no_grad():
        layer.refresh()
        torch.testing.assert_close(layer.forward(x, leaky=False), y, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(layer.forward(x, leaky=True), leaky_relu(y, NEGATIVE_SLOPE), rtol=1e-4, atol=1e-5)
        layer.learn(x, behind)
        torch.testing.assert_close(layer.input_gradient(behind), x.grad, rtol=1e-4, atol=1e-5)
        slope = torch.where(x > 0, 1, NEGATIVE_SLOPE)
        torch.testing.assert_close(layer.input_gradient(behind, x), x.grad * slope, rtol=1e-4, atol=1e-5)
    for weight, parameter in zip(weights, module.parameters(), strict=True):
        torch.testing.assert_close(weight.gradient, parameter.grad, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("channels_last", [True, False])
@pytest.mark.parametrize(("large", "small", "side"), [(1, 6, 14), (1, 3, 4), (1, 3, 20), (3, 5, 4), (4, 6, 7)])
@pytest.mark.parametrize("kind", [Down, Up])
def test_convolutions(kind: type[Down] | type[Up], large: int, small: int, side: int, channels_last: bool) -> None:
    torch.manual_seed(0)
    down = kind is Down
    module = nn.Conv2d(large, small, 4, stride=2, padding=1) if down else nn.ConvTranspose2d(small, large, 4, stride=2, padding=1)
    if channels_last:
        module = module.to(memory_format=torch.channels_last)
    weight, bias = weight_of(module.weight), weight_of(module.bias)
    before, after = ((large, 2 * side), (small, side)) if down else ((small, side), (large, 2 * side))
    x = torch.randn(BATCH, before[1] ** 2 * before[0]).requires_grad_()
    images = x.view(BATCH, before[1], before[1], before[0]).permute(0, 3, 1, 2)
    found = module(images)
    behind = torch.randn(BATCH, after[0], after[1], after[1])
    found.backward(behind)
    layer = kind(kernel_of(weight, side), bias)
    assert_alike(layer, (weight, bias), module, x, rows(found.detach()), rows(behind))


def test_fully_connected_ones() -> None:
    torch.manual_seed(0)
    module, x, behind = nn.Linear(7, 3), torch.randn(BATCH, 7).requires_grad_(), torch.randn(BATCH, 3)
    y = module(x)
    y.backward(behind)
    weight, bias = weight_of(module.weight), weight_of(module.bias)
    assert_alike(Dense(weight, bias), (weight, bias), module, x, y.detach(), behind)


def test_bands_are_for_small_images_of_one_channel() -> None:
    def chosen(large: int, side: int) -> type:
        parameter = nn.Parameter(torch.zeros(2, large, 4, 4))
        return type(kernel_of(weight_of(parameter), side))

    assert [chosen(1, 14), chosen(1, 16), chosen(1, 32), chosen(3, 14)] == [Bands, Bands, Filters, Filters]


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("large", [1, 4])
@pytest.mark.parametrize("kind", [Down, Up])
def test_in_bfloat16_gradients_are_wide_and_near(kind: type[Down] | type[Up], large: int) -> None:
    """Each is made of numbers of 8 bits; sums of many are good to some of them. With several threads some come another way."""
    torch.manual_seed(0)
    small, side = 6, 7
    values = torch.randn(small, large, 4, 4), torch.randn(small if kind is Down else large)
    big, little = torch.randn(BATCH, (2 * side) ** 2 * large), torch.randn(BATCH, side**2 * small)
    x, behind = (big, little) if kind is Down else (little, big)
    results = []
    for dtype in (torch.float32, torch.bfloat16):
        weight, bias = (Weight(value.to(dtype), torch.zeros_like(value)) for value in values)
        layer = kind(kernel_of(weight, side), bias)
        layer.refresh()
        layer.learn(x.to(dtype), behind.to(dtype))
        results.append(
            [layer.forward(x.to(dtype), leaky=True).float(), layer.input_gradient(behind.to(dtype)).float(), weight.gradient, bias.gradient]
        )
    for exact, rounded in zip(*results, strict=True):
        assert rounded.dtype == torch.float32
        assert (rounded - exact).norm() < 0.02 * exact.norm()
