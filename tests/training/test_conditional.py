"""Conditional runs: classes through the trainer, the grids, the samples and the scores."""

import json
from dataclasses import replace
from pathlib import Path

import numpy
import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.health.diagnosis import Health
from gan_tui.pixel_range import from_uint8
from gan_tui.run import directory, preview
from gan_tui.training import build, checkpoint, scoring
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.evaluation import EvaluationScheduler
from gan_tui.training.restore import restore
from gan_tui.training.session import Session
from tests.conftest import SMALL, Cli

CPU = torch.device("cpu")


def settings(**samples: int) -> RunConfig:
    return config.resolve(tables=[{"model": {"conditional": True, "hidden": 16}, "samples": samples, "evaluation": {"samples": 200}}])


def test_a_column_of_a_grid_is_a_class() -> None:
    ten = Dataset("mnist", images := torch.zeros(1, 1, 28, 28, dtype=torch.uint8), images, classes=10)
    found = scoring.grid_labels(settings(count=30, columns=10), ten, CPU)
    assert found is not None
    assert found.view(3, 10).tolist() == [list(range(10))] * 3
    narrow = scoring.grid_labels(settings(count=30, columns=12), ten, CPU)
    assert narrow is not None
    assert narrow[:13].tolist() == [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 0]
    many = scoring.grid_labels(settings(count=30, columns=10), replace(ten, classes=26), CPU)
    assert many is not None
    assert many.tolist() == [*range(26), 0, 1, 2, 3], "where there are too few columns, every class has its turn"
    assert scoring.grid_labels(config.resolve(), ten, CPU) is None


def test_drawn_classes_are_as_frequent_as_the_datas() -> None:
    known = torch.tensor([0] * 900 + [3] * 100)
    drawn = scoring.draw_labels(known, 10_000, torch.Generator().manual_seed(0))
    assert drawn is not None
    assert drawn.unique().tolist() == [0, 3]
    assert (drawn == 3).float().mean().item() == pytest.approx(0.1, abs=0.02)
    assert scoring.draw_labels(None, 5, torch.Generator()) is None


def test_an_unconditional_run_is_told_nothing() -> None:
    data = build.load_data(config.resolve(), CPU)
    assert data.labels is None
    assert data.test_labels is None


def test_generated_images_have_the_class_of_the_real_one_beside_them() -> None:
    whole = build.load_data(settings(), CPU)
    assert whole.labels is not None
    session = Session(settings(), CPU, replace(whole, images=whole.images[:300], labels=whole.labels[:300]), None, Ranks())
    work = session.engine._inputs._replace(batch_size=3)  # type: ignore[attr-defined]
    batch = torch.tensor([7, 3, 99])
    assert torch.equal(work.classes(batch), whole.labels[batch])
    assert torch.equal(work.real(batch), from_uint8(whole.flat[batch]))
    z_d, z_g = work.latents(0, 0)
    assert z_d.shape == z_g.shape == (3, 64)
    assert session.gan.generator(z_d, work.classes(batch)).shape == (3, 784)


def test_an_older_checkpoint_is_still_read(tmp_path: Path) -> None:
    """It has the class of each image behind its latents, and other names."""
    told = config.override(settings(count=30, columns=10), {"ema": {"half_life": 1000}})
    session = Session(told, CPU, build.load_data(told, CPU), None, Ranks())
    run = directory.create(tmp_path, told, "told")
    assert session.fixed_labels is not None
    older = torch.cat([session.fixed_latents, session.fixed_labels.unsqueeze(1).float()], 1)
    checkpoint.save(run, told, session.gan, older, session.progress)
    loaded, _ = checkpoint.load_newest(run)
    assert loaded is not None
    loaded.state["average"] = loaded.state.pop("g_ema")
    loaded.state["average"]["embed.weight"].fill_(0.5)
    assert torch.equal(restore(loaded, told, session.gan)[1], session.fixed_latents)
    assert (session.sampler.embed.weight == 0.5).all()  # type: ignore[union-attr]


def test_quality_is_measured_with_classes() -> None:
    whole = build.load_data(settings(), CPU)
    assert whole.labels is not None
    data = replace(whole, images=whole.images[:3000], labels=whole.labels[:3000])
    session = Session(settings(), CPU, data, None, Ranks())
    evaluations = EvaluationScheduler(settings(), data)
    scalars = evaluations.run(session, Health()).scalars
    assert scalars["fd"] > scalars["fd_floor"]
    assert 0.3 < scalars["d_overfitting"] < 0.7


@pytest.mark.slow
def test_from_the_command_line(cli: Cli, tmp_path: Path) -> None:
    done = cli("--headless", "--epochs", "1", "--batch-size", "75", "--conditional", "--name", "told", *SMALL)
    assert done.returncode == 0, done.stderr
    run = cli.run("told")
    loaded, _ = checkpoint.load_newest(run)
    assert loaded is not None
    assert loaded.state["fixed_latents"].shape == (16, 64)
    seen = preview.read(run.path)
    assert seen is not None
    assert seen.images is not None
    assert (seen.images.count, seen.images.height, seen.images.channels) == (16, 28, 1)
    found = {}
    for name, options in (("all", ()), ("zeros", ("--class", "0"))):
        (tmp_path / "x.npy").unlink(missing_ok=True)
        assert cli("sample", "told", "-n", "12", "--npy", str(tmp_path / "x.npy"), *options).returncode == 0
        found[name] = numpy.load(tmp_path / "x.npy")
        assert found[name].shape == (12, 28, 28)
    assert [bool((found["all"][index] == found["zeros"][index]).all()) for index in (0, 1, 9, 10, 11)] == [True, False, False, True, False]
    refused = cli("sample", "told", "--class", "10", "-o", str(tmp_path / "x.png"))
    assert refused.returncode == 2
    assert "--class 10" in refused.stderr
    assert "0 to 9" in refused.stderr
    evaluated = cli("evaluate", "told", "--samples", "200", "--json")
    assert evaluated.returncode == 0, evaluated.stderr
    assert json.loads(evaluated.stdout)["scalars"]["samples"] == 200
    assert cli("--headless", "--epochs", "1", "--batch-size", "75", "--name", "untold", *SMALL).returncode == 0
    refused = cli("sample", "untold", "--class", "1", "-o", str(tmp_path / "x.png"))
    assert refused.returncode == 2
    assert "--conditional" in refused.stderr


def test_a_folder_without_sub_folders_has_no_classes(cli: Cli, tmp_path: Path) -> None:
    for number in range(60):
        Image.new("L", (8, 8), number).save(tmp_path / f"{number}.png")
    refused = cli("--dataset", f"folder:{tmp_path}", "--conditional")
    assert refused.returncode == 2
    assert "the images lie in no sub-folders" in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
