from importlib import resources

import pytest
import torch
from safetensors.torch import load

from gan_tui.style.features import LAYERS, STYLE_LAYERS, shipped
from tests.style.gatys import pictures


def test_the_network_gives_the_layers_that_are_asked_for_at_their_sizes() -> None:
    content, _ = pictures(48, 64)
    found = shipped()(content)
    assert list(found) == list(LAYERS)
    assert [tuple(found[layer].shape) for layer in STYLE_LAYERS] == [
        (1, 64, 48, 64), (1, 128, 24, 32), (1, 256, 12, 16), (1, 512, 6, 8),
    ]  # fmt: skip
    assert list(shipped()(content, ["conv2_1", "conv1_1"])) == ["conv1_1", "conv2_1"]


def test_no_weight_learns() -> None:
    network = shipped()
    picture = pictures()[0].clone().requires_grad_()
    network(picture)["conv4_1"].sum().backward()
    assert not list(network.parameters())
    assert picture.grad is not None
    assert bool(picture.grad.abs().sum() > 0)


def test_a_pixel_of_the_first_layer_by_hand() -> None:
    """Blue comes first, values are 0 to 255 less the mean, and a weight is its int8 times the scale of its channel."""
    content, _ = pictures(16, 16)
    file = resources.files("gan_tui") / "style" / "weights" / "vgg16-edge-int8.safetensors"
    tensors = load(file.read_bytes())
    blue_first = content[0].flip(0) * 255 - torch.tensor([103.939, 116.779, 123.68]).view(3, 1, 1)
    patch = blue_first[:, 7:10, 4:7]
    weight = tensors["conv1_1.weight"].float() * tensors["conv1_1.scale"].view(-1, 1, 1, 1)
    by_hand = ((weight * patch).sum((1, 2, 3)) + tensors["conv1_1.bias"]).relu()
    torch.testing.assert_close(shipped()(content, ["conv1_1"])["conv1_1"][0, :, 8, 5], by_hand, atol=1e-3, rtol=1e-4)


def test_red_and_blue_are_told_apart() -> None:
    red, blue = torch.zeros(1, 3, 16, 16), torch.zeros(1, 3, 16, 16)
    red[:, 0], blue[:, 2] = 1, 1
    network = shipped()
    assert network(red)["conv1_1"].mean((0, 2, 3)).tolist() != pytest.approx(network(blue)["conv1_1"].mean((0, 2, 3)).tolist())
