"""A network that is trained for one style, through the command line: its run, its end, going on, and painting with it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from safetensors.torch import load_file

from gan_tui.cli.style_net import OPTIONS, resolve
from gan_tui.data import cifar10
from gan_tui.run.directory import create
from gan_tui.run.events import Metrics, Started
from gan_tui.run.log import read_all, read_state
from gan_tui.spec.transfer import HELD_OUT
from gan_tui.training.grids import grid_png
from gan_tui.training.main import train
from gan_tui.training.transfer import begin_network
from tests.conftest import Cli, last_step, wait_for
from tests.data import test_cifar10
from tests.training.transfer.pictures import saved, size_of

PHOTOGRAPHS = 60
SHORT = ("--image-size", "32", "--batch-size", "9", "--headless", "--set", "log.metrics_hz=100", "--set", "train.threads=1")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("photographs")
    random = torch.Generator().manual_seed(0)
    for number in range(PHOTOGRAPHS):
        coarse = torch.rand(1, 3, 4, 4, generator=random)
        (folder / f"{number}.png").write_bytes(grid_png(torch.nn.functional.interpolate(coarse, (32, 40), mode="bicubic").clamp(0, 1), 1))
    return folder


def words(style: Path, photographs: Path, *more: str) -> tuple[str, ...]:
    return ("train", "--preset", "style-net", "--style", str(style), "--dataset", f"folder:{photographs}", *SHORT, *more)


class Whole(NamedTuple):
    """A network that was trained to its end, and what was said meanwhile."""

    cli: Cli
    said: "subprocess.CompletedProcess[str]"
    content: Path
    style: Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory, photographs: Path) -> Iterator[Whole]:
    folder = tmp_path_factory.mktemp("whole")
    content, style = saved(folder)
    cli = Cli(folder / "runs")
    yield Whole(cli, cli(*words(style, photographs, "--epochs", "3", "--name", "net")), content, style)
    cli.close()


@pytest.mark.slow
def test_it_is_trained_and_then_paints(whole: Whole, tmp_path: Path) -> None:
    cli, done, content, _ = whole
    assert done.returncode == 0, done.stderr
    assert "Epoch [2/3], Step[4/6], content: " in done.stdout
    assert re.search(r"\b54 .*\b6 ", done.stderr)
    assert "completed 3 epochs, 18 steps, new content " in done.stderr
    run = cli.run("net")
    state = read_state(run.events)
    assert set(state.scalars) >= {"content", "style", *(metric.name for metric in HELD_OUT)}
    assert sum("held-out/style" in event.scalars for event in read_all(run.events) if isinstance(event, Metrics)) == 3
    assert size_of(run.picture) == (32, 32)
    assert "3/3 epochs done" in cli("runs", "--plain").stdout
    painted = cli("style", "--fast", "--model", "net", str(content), "-o", str(tmp_path / "out.png"))
    assert painted.returncode == 0, painted.stderr
    assert size_of(tmp_path / "out.png") == (64, 48)
    compared = cli("style", "--compare", "--model", "net", str(content), "--size", "32", "-o", str(tmp_path / "all.png"))
    assert [line.split()[0] for line in compared.stdout.splitlines()[:3]] == ["way", "slow", "trained"], compared.stderr
    for command in (("sample", "net", "-o", "x.png"), ("evaluate", "net")):
        refused = cli(*command)
        assert refused.returncode == 2
        assert "`gan-tui style --fast --model RUN`" in refused.stderr
    again = cli("resume", "net", "--headless")
    assert again.returncode == 2
    assert "--epochs" in again.stderr


@pytest.mark.slow
def test_stopped_and_resumed_it_ends_with_the_same_weights(whole: Whole, cli: Cli, photographs: Path) -> None:
    process = cli.start(*words(whole.style, photographs, "--epochs", "3", "--name", "parts"))
    run = cli.run("parts")
    wait_for(lambda: run.alive and last_step(run) >= 2, what="some steps")
    cli("control", "parts", "stop")
    process.communicate()
    assert 2 <= last_step(run) < 18
    before = (photographs / "0.png").read_bytes()
    (photographs / "0.png").write_bytes(grid_png(torch.rand(1, 3, 32, 32), 1))
    refused = cli("resume", "parts", "--headless")
    assert refused.returncode == 1
    assert "--data-changed ok" in refused.stderr
    (photographs / "0.png").write_bytes(before)
    resumed = cli("resume", "parts", "--headless")
    assert resumed.returncode == 0, resumed.stderr
    ours, theirs = load_file(run.network), load_file(whole.cli.run("net").network)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert [event.resumed for event in read_all(run.events) if isinstance(event, Started)] == [False, True]


def test_cifar_10_has_a_length_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the small files of tests/data/test_cifar10.py, in this process: they are as large as the set here only."""
    _, style = saved(tmp_path)
    monkeypatch.setattr(cifar10, "EACH", (5, 1))
    monkeypatch.setattr(begin_network, "ENOUGH", 20)
    test_cifar10.write(tmp_path / "cifar")
    said = dict.fromkeys(OPTIONS) | {"dataset": "cifar10", "data_dir": str(tmp_path / "cifar")}
    assert resolve([str(style)], [], said, []).train.epochs == 6
    assert resolve([str(style)], [], said, ["train.epochs=9"]).train.epochs == 9
    settings = resolve([str(style)], [], said, ["train.epochs=1", "data.image_size=32", "train.batch_size=10"])
    assert settings.data.image_size == 32
    run = create(tmp_path / "runs", settings, "net")
    run.style(0).write_bytes(style.read_bytes())
    assert train(run, headless=True) == 0
    state = read_state(run.events)
    assert (state.outcome, state.step) == ("completed", 2)
    assert any(re.search(r"\b20 of the 50 ", entry.text) for entry in state.entries)
    assert size_of(run.picture) == (32, 32)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--preset", "style-net", "--dataset", "folder:photographs"], "--style"),
        (["--preset", "style-net", "--style", "stripes.png"], "say what it shall learn to repaint"),
        (["--preset", "style-net", "--style", "stripes.png", "--dataset", "mnist"], "--dataset mnist: "),
        (["--preset", "style-net", "--style", "stripes.png", "--dataset", "folder:none"], "/none"),
        (["--preset", "style-net", "--style", "stripes.png", "--dataset", "folder:photographs"], "/photographs"),
        (["--preset", "style-net", "--style", "none.png", "--dataset", "folder:photographs"], "none.png"),
        (
            ["--preset", "style-net", "--style", "stripes.png", "--dataset", "folder:photographs", "--latent-dim", "3"],
            "--latent-dim is for",
        ),
        (["--preset", "style-net", "--style", "stripes.png", "--dataset", "folder:photographs", "--image-size", "33"], "--image-size 33: "),
        (["--style", "stripes.png"], "--style is for --preset style-net"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_no_run(more: list[str], why: str, cli: Cli, tmp_path: Path) -> None:
    saved(tmp_path)
    (tmp_path / "photographs").mkdir()
    here = [word.replace("folder:", f"folder:{tmp_path}/") if word.startswith("folder:") else word for word in more]
    here = [str(tmp_path / word) if word.endswith(".png") else word for word in here]
    refused = cli("train", *here, "--headless")
    assert refused.returncode == 2
    assert why in refused.stderr
    assert "Traceback" not in refused.stderr
    assert not cli.runs_dir.exists() or not list(cli.runs_dir.iterdir())


def test_only_a_style_network_paints(cli: Cli, tmp_path: Path) -> None:
    content, style = saved(tmp_path)
    cli("style", str(content), "--style", str(style), "--steps", "1", "--size", "32", "--headless", "--name", "it")
    for more, why in (
        (("--fast", "--model", "it"), "it is a style transfer, and no style network"),
        (("--fast", "--model", "it", "--style", "3"), "leave --style and --share out"),
        (("--model", "it", "--style", str(style)), "say --fast or --compare"),
    ):
        refused = cli("style", str(content), *more)
        assert refused.returncode == 2
        assert why in refused.stderr
