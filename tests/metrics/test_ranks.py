"""The area under the curve and D's held-out gap, counted pair by pair."""

import math

import pytest
import torch

from gan_tui.metrics.overfitting import auc, held_out_gap


def test_pairs_counted_by_hand_ties_as_a_half() -> None:
    # Against 2: less, equal, equal; against 0: greater three times.
    assert auc(torch.tensor([1.0, 2.0, 2.0]), torch.tensor([2.0, 0.0])) == pytest.approx((0 + 0.5 + 0.5 + 3) / 6)


def test_the_ends_and_the_middle() -> None:
    low, high = torch.tensor([0.0, 1.0]), torch.tensor([[2.0], [3.0]])
    assert (auc(high, low), auc(low, high), auc(low, low)) == (1, 0, 0.5)
    assert auc(torch.zeros(7), torch.zeros(3)) == 0.5


def test_many_pairs_agree_with_counting() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randint(0, 20, (size,), generator=generator).float() for size in (300, 200))
    counted = (a[:, None] > b).double().mean() + (a[:, None] == b).double().mean() / 2
    assert auc(a, b) == pytest.approx(float(counted))


def test_what_is_not_finite_or_not_there() -> None:
    assert auc(torch.tensor([math.inf]), torch.tensor([3.0, math.inf])) == 0.75
    assert math.isnan(auc(torch.tensor([math.nan, 1.0]), torch.zeros(2)))
    with pytest.raises(ValueError, match="empty"):
        auc(torch.zeros(0), torch.zeros(2))


def test_a_discriminator_that_remembers() -> None:
    gap = held_out_gap(torch.tensor([[3.0], [5.0]]), torch.tensor([[1.0], [3.0]]))
    assert gap.difference == 2
    assert gap.auc == (1 + 0.5 + 1 + 1) / 4
