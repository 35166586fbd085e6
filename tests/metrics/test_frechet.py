"""The Frechet distance against closed forms."""

import math

import pytest
import torch

from gan_tui.metrics.distances import Moments, frechet_distance, moments


def between(real: torch.Tensor, fake: torch.Tensor) -> float:
    return frechet_distance(moments(real), moments(fake))


def test_in_one_dimension_it_is_the_squares_of_both_differences() -> None:
    real = torch.tensor([[0.0], [2.0]])  # mean 1, variance 2
    fake = torch.tensor([[10.0], [16.0]])  # mean 13, variance 18
    assert between(real, fake) == pytest.approx(12**2 + (math.sqrt(18) - math.sqrt(2)) ** 2)


def test_covariances_that_do_not_commute() -> None:
    mean = torch.zeros(2, dtype=torch.float64)
    real = Moments(mean, torch.tensor([[2.0, 1.0], [1.0, 2.0]], dtype=torch.float64))
    fake = Moments(mean, torch.tensor([[1.0, 0.0], [0.0, 4.0]], dtype=torch.float64))
    # Of a 2 x 2 matrix the trace of the root is sqrt(trace + 2 sqrt(determinant)); the product has trace 10, determinant 12.
    expected = 4 + 5 - 2 * math.sqrt(10 + 2 * math.sqrt(12))
    assert frechet_distance(real, fake) == pytest.approx(expected)
    assert frechet_distance(fake, real) == pytest.approx(expected)


def test_a_set_is_nowhere_from_itself_though_its_covariance_is_singular() -> None:
    few = torch.randn(3, 64, generator=torch.Generator().manual_seed(0))
    assert between(few, few) == pytest.approx(0, abs=1e-5)
    assert between(few, few + 2) == pytest.approx(64 * 2**2, rel=1e-5)


def test_samples_all_alike_leave_the_real_variance() -> None:
    real = torch.tensor([[-1.0, 0.0], [1.0, 0.0], [0.0, -2.0], [0.0, 2.0]])
    same = torch.zeros(4, 2)
    assert between(real, same) == pytest.approx(float(moments(real).covariance.trace()))


def test_two_samples_are_the_least() -> None:
    with pytest.raises(ValueError, match="at least 2 samples, not 1"):
        between(torch.zeros(5, 3), torch.zeros(1, 3))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_features_that_are_not_finite_read_nan(bad: float) -> None:
    fake = torch.zeros(4, 3)
    fake[1, 2] = bad
    assert math.isnan(between(torch.randn(9, 3), fake))
