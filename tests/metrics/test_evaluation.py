"""What the evaluator says of real digits, and of digits that are wrong in one known way."""

import math
from itertools import pairwise

import pytest
import torch
from torch import Tensor
from torch.nn.functional import avg_pool2d

from gan_tui.metrics.evaluation import Evaluation, Evaluator
from gan_tui.metrics.feature_networks import Classifier, RandomConv
from tests.metrics.conftest import SAMPLES, Digits

CLASS_NUMBERS = {"modes", "classes", "class_kl", "confident", "diversity", "diversity_min"}
ALWAYS = {"samples", "fd", "fd_floor", "kid", "density", "coverage", "copies"}


@pytest.fixture(scope="module")
def honest(evaluator: Evaluator, digits: Digits) -> Evaluation:
    return evaluator.evaluate(digits.fresh[:SAMPLES])


def read(evaluator: Evaluator, images: Tensor) -> dict[str, float]:
    return evaluator.evaluate(images[:SAMPLES]).scalars()


def test_an_honest_generator(honest: Evaluation, evaluator: Evaluator) -> None:
    found = honest.scalars()
    assert found.keys() == ALWAYS | CLASS_NUMBERS
    assert found["samples"] == SAMPLES
    assert found["fd_floor"] == evaluator.floor()
    assert found["fd"] == pytest.approx(found["fd_floor"], rel=0.6)
    assert abs(found["kid"]) < 0.02
    assert found["density"] == pytest.approx(1, abs=0.1)
    assert found["coverage"] > 0.93
    assert found["copies"] < 0.03
    assert found["modes"] == 10
    assert found["classes"] > 9.9
    assert found["class_kl"] < 0.01
    assert found["confident"] == pytest.approx(0.95, abs=0.02)
    assert found["diversity"] == pytest.approx(1, abs=0.1)
    assert 0.6 < found["diversity_min"] < found["diversity"]


def test_real_images_themselves(classifier: Classifier, digits: Digits) -> None:
    few = digits.train[:2000]
    found = Evaluator(classifier, few, digits.held_out, samples=2000).evaluate(few).scalars()
    assert found["fd"] == pytest.approx(0, abs=1e-4)
    assert found["kid"] < 0
    assert found["coverage"] == 1
    assert found["class_kl"] == pytest.approx(0, abs=1e-9)
    assert found["diversity"] == pytest.approx(1)
    assert found["copies"] == 1


def test_copies_of_training_images(evaluator: Evaluator, digits: Digits) -> None:
    found = evaluator.evaluate(digits.train[:SAMPLES])
    assert found.copies == 1
    assert found.fd < 2 * found.fd_floor


def test_a_class_that_is_missing(evaluator: Evaluator, honest: Evaluation, digits: Digits) -> None:
    found = read(evaluator, digits.fresh[digits.fresh_labels != 3])
    assert found["classes"] == pytest.approx(9, abs=0.15)
    assert found["modes"] in (9, 10)  # some 5 or 8 looks like a 3
    assert found["class_kl"] > 0.08
    assert found["fd"] > 3 * honest.fd
    assert found["kid"] > honest.kid + 0.02
    assert found["coverage"] < honest.coverage - 0.05


def test_the_histogram_shows_which_class_is_missing(evaluator: Evaluator, digits: Digits) -> None:
    found = evaluator.evaluate(digits.fresh[digits.fresh_labels != 3][:SAMPLES])
    assert len(found.shares) == len(found.real_shares) == 10
    assert sum(found.shares) == pytest.approx(1)
    assert min(range(10), key=found.shares.__getitem__) == 3
    assert found.shares[3] < 0.01 < 0.08 < found.real_shares[3]


def test_one_digit_repeated(evaluator: Evaluator, digits: Digits) -> None:
    found = read(evaluator, digits.fresh[:1].expand(SAMPLES, -1, -1, -1))
    assert found["diversity"] == pytest.approx(0, abs=1e-6)
    assert found["coverage"] < 0.03
    assert found["classes"] == 1
    assert found["fd"] > 20


def test_ten_digits_repeated(evaluator: Evaluator, digits: Digits) -> None:
    ten = torch.stack([digits.fresh[digits.fresh_labels == number][0] for number in range(10)])
    found = read(evaluator, ten.repeat(SAMPLES // 10, 1, 1, 1))
    assert found["classes"] == pytest.approx(10)
    assert found["diversity"] == pytest.approx(0, abs=1e-6)
    assert found["coverage"] < 0.1


@pytest.mark.parametrize("damage", ["noise", "blur"])
def test_damage_reads_worse_the_more_there_is(damage: str, evaluator: Evaluator, honest: Evaluation, digits: Digits) -> None:
    real = digits.fresh[:SAMPLES]
    noise = torch.randn(real.shape, generator=torch.Generator().manual_seed(0))
    if damage == "noise":
        worse = [(real + strength * noise).clamp(-1, 1) for strength in (0.5, 0.75, 1.0)]
    else:
        worse = [avg_pool2d(real + 1, size, stride=1, padding=size // 2) - 1 for size in (3, 5, 7)]
    found = [honest, *(evaluator.evaluate(images) for images in worse)]
    assert all(better.fd < worse.fd for better, worse in pairwise(found))
    confident = [float(evaluation.confident or 0) for evaluation in found]
    assert confident == sorted(confident, reverse=True)
    assert found[-1].fd > 30 * honest.fd
    assert confident[-1] < 0.3


def test_things_that_are_no_digits(evaluator: Evaluator, digits: Digits) -> None:
    halves = torch.cat([digits.fresh[:SAMPLES, :, :, :14], digits.fresh[SAMPLES : 2 * SAMPLES, :, :, 14:]], 3)
    noise = torch.rand(SAMPLES, 1, 28, 28, generator=torch.Generator().manual_seed(0)) * 2 - 1
    blank = torch.full((SAMPLES, 1, 28, 28), -1.0)
    assert [(read(evaluator, images)["confident"] < bound) for images, bound in ((halves, 0.5), (noise, 0.01), (blank, 0.01))] == [True] * 3


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_one_bad_pixel_is_nan_and_no_crash(bad: float, evaluator: Evaluator, digits: Digits) -> None:
    images = digits.fresh[:SAMPLES].clone()
    images[-1, 0, 5, 5] = bad
    measured = evaluator.evaluate(images)
    assert (measured.shares, measured.real_shares) == ((), ())
    found = measured.scalars()
    assert {name for name, value in found.items() if math.isnan(value)} == (ALWAYS | CLASS_NUMBERS) - {"samples", "fd_floor"}


def test_fewer_samples_than_features(classifier: Classifier, digits: Digits) -> None:
    evaluator = Evaluator(classifier, digits.train[:1000], digits.held_out[:300], samples=40)
    found = evaluator.evaluate(digits.fresh[:40]).scalars()
    assert found["fd"] == pytest.approx(found["fd_floor"], rel=0.5)
    assert math.isfinite(found["kid"])
    assert "diversity" not in found  # no digit comes thirty times among forty


def test_random_features_know_no_classes(digits: Digits) -> None:
    evaluator = Evaluator(RandomConv((1, 28, 28)), digits.train[:5000].flatten(1), digits.held_out.flatten(1), samples=500)
    found = evaluator.evaluate(digits.fresh[:500].flatten(1)).scalars()
    assert found.keys() == ALWAYS
    assert found["fd"] == pytest.approx(found["fd_floor"], rel=0.6)
    blurred = evaluator.evaluate(avg_pool2d(digits.fresh[:500], 5, stride=1, padding=2, count_include_pad=False))
    assert blurred.fd > 5 * found["fd"]


def test_it_is_made_ready_in_pieces_and_always_the_same(digits: Digits) -> None:
    network = RandomConv((1, 28, 28))
    whole, pieces = (Evaluator(network, digits.train[:5000], digits.held_out, samples=200, seed=7) for _ in range(2))
    count = 1
    while not pieces.prepare_piece():
        count += 1
    assert count > 10
    assert pieces.prepare_piece()
    assert pieces.evaluate(digits.fresh[:200]) == whole.evaluate(digits.fresh[:200])


def test_a_failure_on_the_way_is_not_remembered(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    evaluator = Evaluator(RandomConv((1, 28, 28)), digits.train[:3000], digits.held_out, samples=200)
    evaluator.prepare_piece()
    with monkeypatch.context() as patch:
        patch.setattr(RandomConv, "extract_features", lambda *_: torch.zeros(0)[1])
        with pytest.raises(IndexError):
            evaluator.floor()
    assert evaluator.floor() > 0


@pytest.mark.slow
def test_the_floor_is_topped_up_where_few_images_are_held_out(digits: Digits) -> None:
    network = RandomConv((1, 28, 28))
    few = Evaluator(network, digits.train, digits.held_out[:100], samples=2000).floor()
    many = Evaluator(network, digits.train, digits.held_out, samples=2000).floor()
    # A hundred images alone would read ten times as much.
    assert 0.3 * many < few < 1.5 * many


def test_the_floor_of_a_small_folder_is_not_that_of_the_few_images_it_holds_back(classifier: Classifier, digits: Digits) -> None:
    few = Evaluator(classifier, digits.train[:900], digits.held_out[:100], samples=2000).floor()
    enough = Evaluator(classifier, digits.train[:900], digits.held_out, samples=2000).floor()
    # A hundred images read eight times as much as two thousand do.
    assert 0.5 * enough < few < 1.5 * enough


def test_questions_that_cannot_be_asked(evaluator: Evaluator, classifier: Classifier, digits: Digits) -> None:
    with pytest.raises(ValueError, match=f"sets of {SAMPLES} images, these are 7"):
        evaluator.evaluate(digits.fresh[:7])
    with pytest.raises(ValueError, match="images of 1 x 28 x 28 are needed"):
        evaluator.evaluate(torch.zeros(SAMPLES, 1, 32, 32))
    with pytest.raises(ValueError, match="1 x 28 x 28"):
        Evaluator(classifier, torch.zeros(50, 1, 32, 32), digits.held_out, samples=50)
    with pytest.raises(ValueError, match="too few"):
        Evaluator(classifier, digits.train[:5], digits.held_out, samples=50)


def test_against_held_out_images_those_are_the_measure(classifier: Classifier, digits: Digits) -> None:
    """Samples that are the held-out images themselves: as near as can be to them, and no copies of training images."""
    evaluator = Evaluator(classifier, digits.train, digits.held_out[:SAMPLES], samples=SAMPLES, against="held-out")
    found = evaluator.evaluate(digits.held_out[:SAMPLES]).scalars()
    assert found["fd"] < 0.01 < found["fd_floor"]
    assert found["coverage"] == 1
    assert found["copies"] < 0.03
