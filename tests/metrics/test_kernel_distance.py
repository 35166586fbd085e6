"""The kernel distance against sums done by hand."""

import math

import pytest
import torch
from torch import Tensor

from gan_tui.metrics.distances import kernel_distance


def column(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)[:, None]


def test_two_points_against_two() -> None:
    # k(x, y) = (x y + 1)^3. Real: k(0,1) = 1. Fake: k(1,2) = 27. Across: 1, 1, 8, 27, on average 9.25.
    estimate = kernel_distance(column(0, 1), column(1, 2))
    assert estimate.value == pytest.approx(1 + 27 - 2 * 9.25)
    assert math.isnan(estimate.standard_error)


def test_the_dot_product_is_divided_by_the_number_of_features() -> None:
    # k = (x.y / 2 + 1)^3. Real: (0,0), (1,1): 1. Fake: (1,1), (2,2): 27. Across as above.
    real, fake = torch.tensor([[0.0, 0.0], [1.0, 1.0]]), torch.tensor([[1.0, 1.0], [2.0, 2.0]])
    assert kernel_distance(real, fake).value == pytest.approx(9.5)


def test_blocks_are_averaged_and_tell_the_error() -> None:
    # The second block: real k(0,0) = 1, fake k(0,0) = 1, across 1: nothing.
    estimate = kernel_distance(column(0, 1, 0, 0), column(1, 2, 0, 0), block=2)
    assert estimate.value == pytest.approx(9.5 / 2)
    assert estimate.standard_error == pytest.approx(9.5 / 2)


def test_it_is_unbiased() -> None:
    generator = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(4000, 8, generator=generator) for _ in range(2))
    estimate = kernel_distance(real, fake, block=20)
    assert abs(estimate.value) < 3 * estimate.standard_error


def test_what_has_no_answer() -> None:
    with pytest.raises(ValueError, match="at least 2"):
        kernel_distance(torch.zeros(1, 3), torch.zeros(9, 3))
    assert math.isnan(kernel_distance(torch.zeros(4, 3), torch.full((4, 3), math.nan)).value)
