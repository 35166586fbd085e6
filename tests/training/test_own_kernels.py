"""GPU kernels of our own: beside their twins in torch, and where there are none."""

import shutil
import subprocess
import sys

import pytest
import torch

from gan_tui.training.engines.own_kernels import obstacle, own_kernels
from tests.fake_cuda import card

GPU = torch.device("cuda", 0)


@pytest.mark.slow
def test_steps_by_our_kernels_are_those_of_their_twins() -> None:
    pytest.importorskip("triton")
    done = subprocess.run([sys.executable, "-m", "tests.training.triton_twin"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.count("off by") == 5


def test_they_are_for_recent_cards_with_a_compiler_and_a_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    assert obstacle(torch.device("cpu"))
    with card(capability=(7, 5)):
        assert "Ampere" in str(obstacle(GPU))
    with card():
        assert "libcuda" in str(obstacle(GPU)) or torch.version.cuda is None
        monkeypatch.setattr(shutil, "which", lambda name: None)  # noqa: ARG005
        assert "gcc" in str(obstacle(GPU))


def test_where_there_are_none_nothing_is_wrong() -> None:
    with card(capability=(7, 5)):
        assert own_kernels("float32", GPU) == (None, None)


def test_a_kernel_that_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.training.engines.own_kernels.obstacle", lambda device: None)  # noqa: ARG005
    with card():
        made, fault = own_kernels("float32", GPU)
    assert made is None
    assert fault
