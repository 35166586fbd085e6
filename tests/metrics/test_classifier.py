"""The classifier that ships: what it can, how large it is, and that its file speaks the truth about it."""

from importlib import resources

import pytest
import torch
from safetensors.torch import load

from gan_tui.data import mnist
from gan_tui.metrics.feature_networks import Classifier, describe, load_classifier
from gan_tui.pixel_range import from_uint8
from tests.metrics.conftest import Digits
from tools.train_classifier import accuracy

FILE = resources.files("gan_tui") / "metrics" / "weights" / "mnist-cnn-v1.safetensors"


def test_it_reads_the_test_set_as_well_as_its_file_says(classifier: Classifier) -> None:
    images, labels = mnist.load(train=False)
    measured = accuracy(classifier, from_uint8(images), labels)
    assert measured >= 0.993
    # Another machine rounds its sums in another order, which may tip a digit or two.
    assert measured == pytest.approx(float(describe("mnist-cnn-v1")["test_accuracy"]), abs=0.0003)


def test_its_file_is_small_and_says_what_it_is() -> None:
    data = FILE.read_bytes()
    assert len(data) < 500_000
    assert {tensor.dtype for tensor in load(data).values()} == {torch.float16}
    facts = describe("mnist-cnn-v1")
    assert facts["name"] == "mnist-cnn-v1"
    assert facts["dataset"] == "mnist"
    assert {"seed", "epochs", "torch", "validation_accuracy", "test_accuracy"} <= facts.keys()


def test_its_features_have_a_scale_and_no_gradient(classifier: Classifier, digits: Digits) -> None:
    features, logits = classifier(digits.fresh)
    assert features.shape == (5000, 64)
    assert logits is not None
    assert logits.shape == (5000, 10)
    assert not features.requires_grad
    assert float(features.mean(0).abs().max()) < 0.5
    assert 0.4 < float(features.var(0).mean()) < 1.5


def test_chunks_change_nothing(classifier: Classifier, digits: Digits) -> None:
    some = digits.fresh[:600]
    whole = classifier(some).features
    one_by_one = torch.cat([classifier(image[None]).features for image in some[240:260]])
    torch.testing.assert_close(whole[240:260], one_by_one, atol=1e-4, rtol=1e-4)
    assert len(classifier(some[:0]).features) == 0


@pytest.mark.parametrize("images", [torch.zeros(2, 1, 32, 32), torch.zeros(2, 784), torch.zeros(2, 1, 28, 28, dtype=torch.uint8)])
def test_images_it_was_not_made_for(classifier: Classifier, images: torch.Tensor) -> None:
    with pytest.raises(ValueError, match=r"mnist-cnn-v1 takes float images \(N, 1, 28, 28\)"):
        classifier(images)


def test_a_name_that_does_not_ship() -> None:
    with pytest.raises(FileNotFoundError):
        load_classifier("mnist-cnn-v0")
