"""The judge of Stacked MNIST: a thousand modes that can be counted, held to what is known of a perfect sampler."""

import math

import pytest
import torch

from gan_tui.data import mnist
from gan_tui.data.stacked_mnist import stack
from gan_tui.metrics.classes import class_divergence, class_histogram, modes
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.metrics.feature_networks import Classifier, StackedClassifier
from gan_tui.pixel_range import from_uint8


@pytest.fixture(scope="module")
def judge(classifier: Classifier) -> StackedClassifier:
    return StackedClassifier(classifier)


def test_each_colour_is_read_by_itself(judge: StackedClassifier, classifier: Classifier) -> None:
    digits, numbers = mnist.load(train=False)
    images, labels = stack(digits[:2000], numbers[:2000], seed=3)
    pictures = from_uint8(images)
    features, logits = judge(pictures)
    assert logits is not None
    assert (features.shape, logits.shape) == ((2000, 192), (2000, 1000))
    assert float((logits.argmax(1) == labels).double().mean()) > 0.97, "three times right, of 99.6 % each"
    green, of_green = classifier(pictures[:, 1:2])
    assert of_green is not None
    assert torch.allclose(features[:, 64:128], green)
    shares = logits.softmax(1).view(-1, 10, 10, 10)
    assert torch.allclose(shares.sum((1, 3)), of_green.softmax(1), atol=1e-5)


def test_the_shares_of_all_classes_are_known_from_few_images(judge: StackedClassifier) -> None:
    logits = torch.eye(1000)[torch.tensor([111, 111, 119, 911])]
    shares = judge.real_shares(logits)
    assert float(shares.sum()) == pytest.approx(1)
    assert float(shares[111]) == pytest.approx(3 / 4 * 3 / 4)
    assert float(shares[919]) == pytest.approx(1 / 4 * 1 / 4)


def test_a_perfect_sampler_of_26000(judge: StackedClassifier) -> None:
    """The divergence that such a sampler reads by chance: (classes - 1) / (2 N), 0.0192 here; papers report 0.019 or more."""
    generator = torch.Generator().manual_seed(0)
    drawn = torch.randint(1000, (26_000,), generator=generator).bincount(minlength=1000).double() / 26_000
    assert modes(drawn) == 1000
    assert class_divergence(drawn, torch.full((1000,), 1e-3, dtype=torch.float64)) == pytest.approx(0.0192, abs=0.002)
    assert math.isnan(modes(class_histogram(torch.full((4, 1000), math.nan))))
    assert judge.classes == 1000


@pytest.mark.slow
def test_lost_modes_are_counted_and_no_variety_is_made_up(judge: StackedClassifier) -> None:
    digits, numbers = mnist.load(train=True)
    train, _ = stack(digits[:4000], numbers[:4000], seed=1)
    unseen, labels = stack(*mnist.load(train=False), seed=2)
    evaluator = Evaluator(judge, train, unseen, samples=1000)
    honest = evaluator.evaluate(unseen[:1000]).scalars()
    assert honest["fd"] < 3 * honest["fd_floor"]
    assert 580 < honest["modes"] < 680, "1000 (1 - 1/e) of a thousand draws"
    assert honest["class_kl"] == pytest.approx(0.573, abs=0.08), "E k ln k, k ~ Poisson(1)"
    assert "diversity" not in honest
    few = evaluator.evaluate(unseen[labels < 500][:1000]).scalars()
    assert few["modes"] < 440
    assert few["class_kl"] > honest["class_kl"] + 0.4
    assert few["fd"] > 2 * honest["fd"]
