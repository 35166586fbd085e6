"""Class histogram, legibility and spread of a handful of samples."""

import math

import pytest
import torch

from gan_tui.metrics.classes import (
    class_divergence,
    class_histogram,
    class_variances,
    confidence,
    confidence_threshold,
    confident_fraction,
    effective_classes,
    intra_class_diversity,
)


def test_histogram_entropy_and_divergence_by_hand() -> None:
    logits = torch.tensor([[5.0, 0, 0, 0], [0, 5, 0, 0], [9, 0, 0, 0], [1, 2, 0, 0]])
    histogram = class_histogram(logits)
    assert histogram.tolist() == [0.5, 0.5, 0, 0]
    assert effective_classes(histogram) == pytest.approx(2)
    even = torch.full((4,), 0.25, dtype=torch.float64)
    assert effective_classes(even) == pytest.approx(4)
    assert class_divergence(histogram, even) == pytest.approx(math.log(2))
    assert class_divergence(even, even) == 0
    assert class_divergence(even, histogram) == math.inf
    uneven = torch.tensor([0.9, 0.1], dtype=torch.float64)
    assert effective_classes(uneven) == pytest.approx(0.9**-0.9 * 0.1**-0.1)


def test_logits_that_are_not_finite_read_nan() -> None:
    histogram = class_histogram(torch.tensor([[0.0, math.nan]]))
    assert math.isnan(effective_classes(histogram))
    assert math.isnan(class_divergence(histogram, torch.tensor([0.5, 0.5], dtype=torch.float64)))
    assert math.isnan(confident_fraction(torch.tensor([[0.0, math.nan]]), 0.5))


def test_as_many_real_images_as_promised_are_illegible() -> None:
    logits = torch.stack([torch.linspace(0, 5, 1000), torch.zeros(1000)], 1)
    threshold = confidence_threshold(logits)
    assert threshold == pytest.approx(float(torch.tensor(0.25).sigmoid()), abs=1e-4)
    assert confident_fraction(logits, threshold) == pytest.approx(0.95)
    assert confidence(torch.tensor([[0.0, 0.0]])).tolist() == [0.5]


def test_spread_of_two_classes() -> None:
    classes = torch.tensor([0] * 10 + [1] * 10)
    signs = torch.tensor([1.0, -1.0] * 10)[:, None]
    centre = 100.0 * classes[:, None]
    real = class_variances(centre + signs, classes, 3)
    assert real.variance.tolist() == pytest.approx([10 / 9, 10 / 9, 0])
    assert real.images.tolist() == [10, 10, 0]
    fake = class_variances(centre + signs * torch.where(classes == 0, 2.0, 0.5)[:, None], classes, 3)
    found = intra_class_diversity(real, fake)
    assert found.per_class[:2] == pytest.approx([4, 0.25])
    assert math.isnan(found.per_class[2])
    assert found.worst == pytest.approx(0.25)
    assert found.overall == pytest.approx((4 + 0.25) / 2)


def test_a_class_with_few_samples_is_not_asked() -> None:
    classes = torch.tensor([0] * 10 + [1] * 9)
    points = torch.randn(19, 4, generator=torch.Generator().manual_seed(0))
    both = class_variances(points, classes, 2)
    found = intra_class_diversity(both, both)
    assert (found.overall, found.worst, found.per_class[0]) == (1, 1, 1)
    assert math.isnan(found.per_class[1])
    few = class_variances(points[:5], classes[:5], 2)
    assert math.isnan(intra_class_diversity(both, few).overall)


def test_features_that_are_not_finite_have_no_spread() -> None:
    classes = torch.zeros(10, dtype=torch.int64)
    points = torch.randn(10, 4)
    real = class_variances(points, classes, 1)
    points[0] = math.nan
    assert math.isnan(intra_class_diversity(real, class_variances(points, classes, 1)).overall)
