"""`gan-tui export --weights`: what is written draws what gan-tui draws."""

import importlib.util
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

import gan_tui
from gan_tui import Trainer
from gan_tui.errors import UserError
from gan_tui.pixel_range import denorm
from gan_tui.run.directory import RunDirectory
from gan_tui.training import exported, sampling
from tests.training.quick import QUICK, give_few_images

WITH_CLASSES = {**QUICK, "model.family": "conv", "model.channels": 2, "model.conditional": True}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> RunDirectory:
    give_few_images(monkeypatch)
    Trainer("classic", getattr(request, "param", QUICK), name="mine", runs_dir=tmp_path).train(steps=1)
    return RunDirectory(tmp_path / "mine")


def test_plain_weights_are_those_of_the_run(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert exported.write(run, "safetensors", tmp_path / "g.safetensors").difference == 0
    weights, ours = load_file(tmp_path / "g.safetensors"), torch.load(run.generator, weights_only=True)
    assert weights.keys() == ours.keys()
    assert all(torch.equal(weights[key], ours[key]) for key in ours)
    with safe_open(tmp_path / "g.safetensors", "pt") as file:
        said = tomllib.loads(file.metadata()["model"])
    assert said == {table: tomllib.loads(run.config_file.read_text())[table] for table in ("model", "data")}
    (tmp_path / "g.safetensors").write_text("another's")
    for _ in range(2):
        with pytest.raises(UserError, match=r"g\.safetensors"):
            exported.write(run, "safetensors", tmp_path / "g.safetensors")
        monkeypatch.setattr(os.path, "lexists", lambda _: False)  # it came meanwhile
    assert (tmp_path / "g.safetensors").read_text() == "another's"


@pytest.mark.parametrize("run", [QUICK, WITH_CLASSES], ids=["classic", "classes"], indirect=True)
def test_a_traced_generator_needs_nothing_of_ours(run: RunDirectory, tmp_path: Path) -> None:
    done = exported.write(run, "torchscript", tmp_path / "g.pt")
    assert "z float32 (N, 64)" in done.interface
    assert done.difference < 1e-6
    theirs: Any = torch.jit.load(tmp_path / "g.pt")
    settings, generator = sampling.load_generator(run)
    z, y = torch.randn(5, 64), torch.arange(5) if settings.model.conditional else None
    with torch.no_grad():
        ours = denorm(generator(z, y)).view(5, 1, 28, 28)
        torch.testing.assert_close(theirs(z) if y is None else theirs(z, y), ours)
    assert gan_tui.load_generator("mine", tmp_path).sample(1).shape == ours[:1].shape


class FixedCount(torch.nn.Module):
    """Of as many images as it is traced with."""

    def forward(self, z: torch.Tensor, _y: torch.Tensor | None = None) -> torch.Tensor:
        return z[: len(z)].reshape(len(z), 64).repeat(1, 13)[:, :784].reshape(len(z), 784)


def test_what_draws_otherwise_is_not_written(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings, _ = sampling.load_generator(run)
    monkeypatch.setattr(sampling, "load_generator", lambda _: (settings, FixedCount()))
    with pytest.raises(UserError, match=r"as torchscript, this G does not give what it gives here \(.*\): nothing was written"):
        exported.write(run, "torchscript", tmp_path / "g.pt")
    assert not (tmp_path / "g.pt").exists()


@pytest.mark.skipif(importlib.util.find_spec("onnxscript") is not None, reason="onnxscript is installed")
def test_without_the_library_it_is_named(run: RunDirectory, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"gan-tui\[onnx\]"):
        exported.write(run, "onnx", tmp_path / "g.onnx")


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("onnxscript") is None, reason="onnxscript is not installed")
@pytest.mark.parametrize("run", [WITH_CLASSES], indirect=True)
def test_onnx_draws_the_same(run: RunDirectory, tmp_path: Path) -> None:
    import onnx

    assert exported.write(run, "onnx", tmp_path / "g.onnx").difference < 1e-5
    model = onnx.load(tmp_path / "g.onnx")
    assert [one.name for one in model.graph.input] == ["z", "y"]
