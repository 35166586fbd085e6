"""The script that made the shipped weights, in small."""

import struct
import sys
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from gan_tui.data import known_files, mnist
from gan_tui.data.known_files import PARTS, checksum
from tests.metrics.conftest import Digits
from tools.train_classifier import TrainingNetwork, main, move, roughen, spoil, train


def test_a_seed_gives_the_same_weights(digits: Digits, capsys: pytest.CaptureFixture[str]) -> None:
    images, labels = digits.fresh[:500], digits.fresh_labels[:500]
    first, second, other = (train("digits", images, labels, classes=10, epochs=1, seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(value, second[name]) for name, value in first.items())
    assert not torch.equal(first["head.weight"], other["head.weight"])
    assert capsys.readouterr().out.count("epoch 1/1 loss") == 3


def test_folding_changes_no_more_than_rounding(digits: Digits) -> None:
    network = TrainingNetwork("digits", 10)
    for norm in network.modules():
        if isinstance(norm, nn.BatchNorm1d | nn.BatchNorm2d):
            norm.running_mean = torch.randn(norm.num_features) * 0.1
            norm.running_var = torch.rand(norm.num_features) + 0.5
    plain = network.fold()
    with torch.no_grad():
        features, logits = network(digits.fresh[:100])
    seen = plain(digits.fresh[:100])
    torch.testing.assert_close(seen.features, features, atol=0.02, rtol=0.02)
    assert seen.logits is not None
    torch.testing.assert_close(seen.logits, logits, atol=0.02, rtol=0.02)


def test_moved_and_roughened_digits_stay_in_range(digits: Digits) -> None:
    some, generator = digits.fresh[:100], torch.Generator().manual_seed(0)
    for change in (move, roughen):
        changed = change(some, generator)
        assert changed.shape == some.shape
        assert -1 - 1e-5 <= float(changed.min()) < float(changed.max()) <= 1 + 1e-5
        assert not torch.equal(changed, some)
    assert 0.1 < float((roughen(some, generator) == some).flatten(1).all(1).float().mean()) < 0.4


def test_spoiled_digits_get_honest_answers(digits: Digits) -> None:
    spoiled, answers = spoil(digits.fresh[:20], digits.fresh_labels[:20], 10, torch.Generator().manual_seed(0))
    # The first half is cut up: the same pixels elsewhere, and no class is likelier than another.
    torch.testing.assert_close(spoiled[:10].flatten(1).sort(1).values, digits.fresh[:10].flatten(1).sort(1).values)
    assert bool((answers[:10] == 0.1).all())
    # The second half is two digits at once, each as likely.
    assert torch.equal(spoiled[10], torch.maximum(digits.fresh[10], digits.fresh[11]))
    assert answers.sum(1).tolist() == pytest.approx([1] * 20)
    assert answers[10, digits.fresh_labels[10]] >= 0.5


def test_another_data_set_gets_a_classifier_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """KMNIST's files, with digits in them: images and labels of 600 to learn from, and of 100 others."""
    halves = [mnist.load(train=True), mnist.load(train=False)]
    parts = [part[:count] for half, count in zip(halves, (600, 100), strict=True) for part in half]
    for name, part in zip(PARTS, parts, strict=True):
        array = part.to(torch.uint8).reshape(len(part), *part.shape[2:])
        header = b"\0\0\x08" + bytes([array.dim()]) + struct.pack(f">{array.dim()}I", *array.shape)
        (tmp_path / name).write_bytes(header + array.numpy().tobytes())
    options = ("--dataset", "kmnist", "--data-dir", str(tmp_path), "--epochs", "1", "--out", str(tmp_path))
    sums = tuple(checksum((tmp_path / name).read_bytes()) for name in PARTS)
    monkeypatch.setattr(known_files, "KNOWN", known_files.KNOWN | {"KMNIST": sums})
    monkeypatch.setattr(sys, "argv", ["train_classifier", *options])
    main()
    assert "accuracy: validation" in capsys.readouterr().out
    weights = load_file(tmp_path / "kmnist-cnn-v1.safetensors")
    assert weights["head.weight"].shape == (10, 64)
