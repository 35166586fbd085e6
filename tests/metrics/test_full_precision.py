"""No TF32 while quality is measured, and everything as before afterwards; without a warning, in torch's newer and older ways."""

import warnings
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from gan_tui.metrics import full_precision as module
from gan_tui.metrics.evaluation import Evaluator
from gan_tui.metrics.feature_networks import Features, RandomConv
from gan_tui.metrics.full_precision import full_precision

HAS_NEW = hasattr(torch.backends.cudnn, "conv")


@pytest.fixture(autouse=True)
def as_it_was() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield
    torch.set_float32_matmul_precision("highest")


def now() -> tuple[str, str]:
    convolutions: Any = torch.backends.cudnn
    return convolutions.conv.fp32_precision, torch.backends.cuda.matmul.fp32_precision


@pytest.mark.skipif(not HAS_NEW, reason="torch before 2.9")
@pytest.mark.parametrize("asked_for", ["highest", "high", "medium"])
def test_it_is_off_inside_and_as_before_afterwards(asked_for: str) -> None:
    torch.set_float32_matmul_precision(asked_for)
    before = now()
    assert before[0] == "tf32", "what torch lets convolutions do"
    with full_precision():
        assert now() == ("ieee", "ieee")
        with full_precision():
            assert now() == ("ieee", "ieee")
        assert now() == ("ieee", "ieee")
    assert now() == before
    assert torch.get_float32_matmul_precision() == asked_for, "the older way can still be asked"
    assert torch.backends.cudnn.allow_tf32
    with pytest.raises(KeyError), full_precision():
        raise KeyError
    assert now() == before


@pytest.mark.skipif(not HAS_NEW, reason="torch before 2.9")
def test_the_newer_way_of_asking_for_tf32() -> None:
    torch.backends.cuda.matmul.fp32_precision = "tf32"
    with full_precision():
        assert now() == ("ieee", "ieee")
    assert now() == ("tf32", "tf32")


class OlderTorch(SimpleNamespace):
    """What torch 2.4 to 2.8 have of this, and nothing else."""

    def __init__(self) -> None:
        super().__init__(backends=SimpleNamespace(cudnn=SimpleNamespace(allow_tf32=True)), precision="medium")

    def get_float32_matmul_precision(self) -> str:
        return str(self.precision)

    def set_float32_matmul_precision(self, precision: str) -> None:
        self.precision = precision


def test_the_older_way(monkeypatch: pytest.MonkeyPatch) -> None:
    older = OlderTorch()
    monkeypatch.setattr(module, "torch", older)
    with full_precision():
        assert (older.backends.cudnn.allow_tf32, older.precision) == (False, "highest")
    assert (older.backends.cudnn.allow_tf32, older.precision) == (True, "medium")


@pytest.mark.skipif(not HAS_NEW, reason="torch before 2.9")
def test_the_feature_network_and_all_of_an_evaluation_are_measured_so(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str]] = []
    look = RandomConv.extract_features

    def watched(network: RandomConv, images: torch.Tensor) -> Features:
        seen.append(now())
        return look(network, images)

    monkeypatch.setattr(RandomConv, "extract_features", watched)
    before = now()
    images = torch.rand(40, 3, 32, 32, generator=torch.Generator().manual_seed(0)) * 2 - 1
    network = RandomConv((3, 32, 32))
    network(images)
    Evaluator(network, images, images[:20], samples=10).evaluate(images[:10])
    assert len(seen) > 3
    assert set(seen) == {("ieee", "ieee")}
    assert now() == before
