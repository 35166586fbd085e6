"""Copies among a few points, and among real digits."""

import math

import pytest
import torch
from torch.nn.functional import adaptive_avg_pool2d

from gan_tui.metrics import distances, overfitting
from gan_tui.metrics.overfitting import copy_share, copy_threshold, nn_distance_ratio, thumbnails
from gan_tui.pixel_range import from_uint8
from tests.metrics.conftest import Digits


def test_nearness_on_a_line() -> None:
    train = torch.tensor([[0.0], [10.0], [20.0], [20.0]])
    points = torch.tensor([[0.0], [1.0], [5.0], [20.0]])
    assert nn_distance_ratio(points, train).tolist() == pytest.approx([0, 1 / 9, 1, 0])


def test_the_threshold_is_the_nominal_quantile() -> None:
    assert copy_threshold(torch.linspace(0, 1, 101)) == pytest.approx(0.01)


def test_thumbnails_average() -> None:
    image = torch.arange(28.0).expand(1, 1, 28, 28)
    small = thumbnails(image).view(14, 14)
    assert small[0].tolist() == [2 * column + 0.5 for column in range(14)]
    assert thumbnails(torch.zeros(2, 3, 64, 50)).shape == (2, 3 * 14 * 14)


@pytest.mark.parametrize("size", [(28, 28), (32, 32), (64, 64), (32, 28), (64, 50)])
def test_thumbnails_are_adaptive_pooling_for_every_size(size: tuple[int, int]) -> None:
    """Which Apple GPUs refuse where 14 does not divide the size."""
    images = torch.rand(3, 3, *size, generator=torch.Generator().manual_seed(0)) * 2 - 1
    torch.testing.assert_close(thumbnails(images), adaptive_avg_pool2d(images, 14).flatten(1))


def test_thumbnails_of_other_sizes_never_ask_for_adaptive_pooling(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(images: torch.Tensor, side: int) -> torch.Tensor:
        raise RuntimeError(f"Adaptive pool MPS: input sizes must be divisible by output sizes {side}, not {tuple(images.shape)}")

    monkeypatch.setattr(overfitting, "adaptive_avg_pool2d", refused)
    torch.testing.assert_close(thumbnails(torch.ones(2, 3, 32, 32)), torch.ones(2, 3 * 14 * 14))


def test_an_image_that_is_not_finite() -> None:
    train = torch.tensor([[0.0], [1.0]])
    assert math.isnan(copy_share(torch.tensor([[0.0], [math.nan]]), train, 0.5))


def test_digits_copied_nearly_copied_and_new(digits: Digits) -> None:
    train = thumbnails(from_uint8(digits.train[:20_000]))
    threshold = copy_threshold(nn_distance_ratio(thumbnails(from_uint8(digits.held_out[:1000])), train))
    generator = torch.Generator().manual_seed(0)
    copied = from_uint8(digits.train[:300])

    def share(images: torch.Tensor) -> float:
        return copy_share(thumbnails(images), train, threshold)

    assert share(copied) == 1
    assert share((copied + 0.15 * torch.randn(copied.shape, generator=generator)).clamp(-1, 1)) > 0.9
    assert share(digits.fresh[:1000]) < 0.03
    # A plain digit lies near many training images, and copies none.
    mean_one = digits.fresh[digits.fresh_labels == 1].mean(0, keepdim=True)
    assert share(mean_one) == 0


def test_the_nearest_are_found_whatever_fits_into_memory_in_bytes_and_in_floats(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    images = torch.randint(0, 256, (90, 12), dtype=torch.uint8, generator=generator)
    points = torch.rand(7, 12, generator=generator) * 2 - 1
    expected = torch.cdist(points, from_uint8(images)).topk(3, largest=False).indices
    assert torch.equal(distances.nearest(points, images, 3), expected)
    monkeypatch.setattr(distances, "CELLS", 30)  # two images, of which three are asked for
    assert torch.equal(distances.nearest(points, from_uint8(images), 3), expected)
