"""Density and coverage of points on a line."""

import math

import pytest
import torch
from torch import Tensor

from gan_tui.metrics import distances
from gan_tui.metrics.distances import density_coverage, radii


def column(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float32)[:, None]


REAL = column(0, 1, 3, 7)


def test_radii_reach_to_the_kth_other_point() -> None:
    assert radii(REAL, 1).tolist() == pytest.approx([1, 1, 4, 16])
    assert radii(REAL, 2).tolist() == pytest.approx([9, 4, 9, 36])
    with pytest.raises(ValueError, match="at least 5 samples"):
        radii(REAL, 4)


def test_points_on_a_line() -> None:
    # 0.5 is in the balls around 0 and 1, 6 is in that around 7; 3 has nobody.
    found = density_coverage(REAL, radii(REAL, 1), column(0.5, 6), 1)
    assert (found.density, found.coverage) == (3 / 2, 3 / 4)


def test_far_away() -> None:
    assert density_coverage(REAL, radii(REAL, 1), column(100, 200), 1) == (0, 0)


def test_it_does_not_matter_how_many_rows_fit_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    generator = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(100, 8, generator=generator) for _ in range(2))
    whole = density_coverage(real, radii(real), fake)
    monkeypatch.setattr(distances, "CELLS", 700)
    assert density_coverage(real, radii(real), fake) == whole


def test_real_against_real_reads_what_is_promised() -> None:
    generator = torch.Generator().manual_seed(0)
    real, fake = (torch.randn(2000, 8, generator=generator) for _ in range(2))
    found = density_coverage(real, radii(real), fake)
    assert found.density == pytest.approx(1, abs=0.05)
    assert found.coverage == pytest.approx(1 - 2**-5, abs=0.01)


def test_features_that_are_not_finite_read_nan() -> None:
    found = density_coverage(REAL, radii(REAL, 1), column(1, math.nan), 1)
    assert math.isnan(found.density)
    assert math.isnan(found.coverage)
