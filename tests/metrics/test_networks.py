"""Which network judges what, and the random one for everything else."""

import pytest
import torch

from gan_tui.metrics.feature_networks import RandomConv, as_images, network_for
from gan_tui.pixel_range import from_uint8


def test_the_table() -> None:
    assert network_for("mnist", (1, 28, 28)).name == "mnist-cnn-v1"
    assert network_for("mnist", (1, 32, 32)).name == "random-conv-v1"
    assert network_for("fashion-mnist", (1, 28, 28)).name == "random-conv-v1"
    assert network_for("stacked-mnist", (3, 28, 28)).name == "mnist-cnn-v1 x 3"


@pytest.mark.parametrize("shape", [(1, 28, 28), (3, 32, 32), (3, 64, 64), (1, 28, 45)])
def test_random_features_of_any_shape(shape: tuple[int, int, int]) -> None:
    network = RandomConv(shape)
    images = torch.rand(5, *shape, generator=torch.Generator().manual_seed(0)) * 2 - 1
    features, logits = network(images)
    assert features.shape == (5, 64)
    assert logits is None
    assert network.classes is None
    assert torch.equal(features, RandomConv(shape)(images).features)
    assert 0.01 < float(features.std()) < 10


def test_the_random_weights_are_the_same_everywhere() -> None:
    weight = next(RandomConv((1, 28, 28)).parameters())
    assert weight.unique().tolist() == pytest.approx([-((2 / 25) ** 0.5), (2 / 25) ** 0.5])
    assert int((weight > 0).sum()) == 406


@pytest.mark.parametrize("shape", [(1, 16, 16), (3, 28, 129), (2, 32, 32)])
def test_images_that_have_no_network(shape: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match=r"1 or 3 channels of 28\.\.128 pixels"):
        network_for("pictures", shape)


def test_images_in_any_form_become_the_one() -> None:
    bytes_ = torch.tensor([[0, 255, 51, 204]], dtype=torch.uint8)
    expected = [-1, 1, -0.6, 0.6]
    assert as_images(bytes_, (1, 2, 2)).flatten().tolist() == pytest.approx(expected)
    assert as_images(bytes_.view(1, 1, 2, 2), (1, 2, 2)).flatten().tolist() == pytest.approx(expected)
    assert as_images(torch.tensor([expected]).half(), (1, 2, 2)).flatten().tolist() == pytest.approx(expected, abs=1e-3)
    with pytest.raises(ValueError, match="images of 1 x 2 x 2 are needed"):
        as_images(torch.zeros(3, 2, 2), (1, 2, 2))
    with pytest.raises(ValueError, match="uint8 images are needed"):
        from_uint8(torch.zeros(1, 1, 2, 2))
