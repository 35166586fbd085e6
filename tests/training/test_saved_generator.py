"""`gan_tui.load_generator`: images from a run, in a program."""

from pathlib import Path

import numpy as np
import pytest
import torch

import gan_tui
from gan_tui.errors import UserError
from tests.conftest import SMALL, Cli


@pytest.mark.slow
def test_it_draws_what_gan_tui_sample_draws(cli: Cli, tmp_path: Path) -> None:
    done = cli("train", "--headless", "--name", "mine", "--epochs", "1", "--batch-size", "125", *SMALL)
    assert done.returncode == 0, done.stderr
    generator = gan_tui.load_generator("mine", runs_dir=cli.runs_dir)
    images = generator.sample(5, seed=3)
    assert (images.shape, images.dtype) == ((5, 1, 28, 28), torch.float32)
    assert cli("sample", "mine", "-n", "5", "--seed", "3", "--npy", str(tmp_path / "images.npy")).returncode == 0
    assert np.array_equal(np.load(tmp_path / "images.npy"), images.mul(255).add(0.5).clamp(0, 255).to(torch.uint8).squeeze(1).numpy())
    with pytest.raises(UserError, match="no classes"):
        generator.sample(1, labels=3)
    with pytest.raises(UserError, match="1 image or more"):
        generator.sample(0)


def test_a_run_without_weights_is_a_line(tmp_path: Path) -> None:
    with gan_tui.track("mine", runs_dir=tmp_path), pytest.raises(UserError):
        gan_tui.load_generator("mine", runs_dir=tmp_path)
