"""`--from RUN`, `--freeze-d N` and `--dry-run`."""

import re
from pathlib import Path

import msgspec
import pytest
import torch
from PIL import Image

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError
from gan_tui.models.layers import layers_of
from gan_tui.run import directory
from gan_tui.training import checkpoint, engines
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.session import Session
from tests.conftest import SMALL, Cli

CPU = torch.device("cpu")
DATA = Dataset("some", torch.randint(0, 256, (64, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(1)),
               torch.zeros(10, 1, 28, 28, dtype=torch.uint8))  # fmt: skip


def settings(begin_from: Path | None = None, freeze_d: int = 0, half_life: float = 0.0, **model: object) -> RunConfig:
    train = {"batch_size": 16, "begin_from": str(begin_from or ""), "freeze_d": freeze_d, "seed": 3 if begin_from else 2}
    return config.resolve(tables=[{"train": train, "model": {"hidden": 8, **model}, "ema": {"half_life": half_life}}])


def session(of: RunConfig) -> Session:
    return Session(of, CPU, DATA, None, Ranks())


@pytest.fixture
def parent(tmp_path: Path) -> tuple[Path, Session]:
    """A run of some steps, and its session."""
    told = settings(half_life=100.0)
    run = directory.create(tmp_path, told, "parent")
    trained = session(told)
    for _ in range(3):
        trained.advance()
    trained.engine.sync()
    checkpoint.save(run, told, trained.gan, trained.fixed_latents, trained.progress)
    return run.path, trained


def test_every_layer_that_fits_is_taken_and_the_average_begins_there(parent: tuple[Path, Session]) -> None:
    path, before = parent
    begun = session(settings(path, half_life=100.0))
    assert begun.notes == [
        f"begins with the weights of parent, step {before.progress.step}: 3 of 3 layers of G fit; 3 of 3 layers of D fit"
    ]
    assert begun.gan.g_ema is not None
    assert before.gan.g_ema is not None
    for mine, its in ((begun.gan.generator, before.gan.generator), (begun.gan.discriminator, before.gan.discriminator),
                      (begun.gan.g_ema, before.gan.g_ema)):  # fmt: skip
        assert all(torch.equal(value, its.state_dict()[name]) for name, value in mine.state_dict().items())
    assert begun.progress.step == 0
    assert {bool(state["exp_avg"].any()) for state in begun.gan.g_optimizer.state.values()} == {False}


def test_what_does_not_fit_is_new_and_named(parent: tuple[Path, Session]) -> None:
    path, _ = parent
    begun = session(settings(path, latent_dim=32, hidden_layers=3))
    assert "2 of 4 layers of G fit, new are 0, 4; " not in begun.notes[0]
    assert begun.notes[0].endswith("1 of 4 layers of G fit, new are 0, 4, 6; 2 of 4 layers of D fit, new are 4, 6")
    with pytest.raises(UserError, match=r"no layer of it fits these networks .*; take over \[model\] of .*run\.toml"):
        session(settings(path, hidden=9))
    with pytest.raises(UserError, match=r"--preset classic makes such as it has"):
        session(msgspec.structs.replace(settings(path, hidden=9), preset="mlp-r3"))


def test_with_classes_in_one_of_the_two_the_other_layers_fit(tmp_path: Path) -> None:
    """Their names were others: not one layer was taken over."""
    told = Dataset(DATA.name, DATA.images, DATA.test, labels=torch.arange(64) % 4, test_labels=torch.arange(10) % 4, classes=4)
    for family in ("mlp", "dcgan"):
        for conditional in (True, False):
            of, data, other = settings(family=family, channels=4, conditional=conditional), *((told, DATA) if conditional else (DATA, told))
            run = directory.create(tmp_path, of, f"{family}-{conditional}")
            before = Session(of, CPU, data, None, Ranks())
            checkpoint.save(run, of, before.gan, before.fixed_latents, before.progress)
            begun = Session(settings(run.path, family=family, channels=4, conditional=not conditional), CPU, other, None, Ranks())
            said = next(note for note in begun.notes if note.startswith("begins with"))
            g, d = said.split(": ", 1)[1].split("; ")[:2]
            assert re.search(r"new are \d$" if conditional else r"new are core\.\d, embed$", g)
            assert d.endswith("of D fit" if conditional else "of D fit, new are embed")
            assert ("class vectors are left out" in said) == conditional
            mine, its = (layers_of(one.gan.discriminator)[:3] for one in (begun, before))
            for one, another in zip(mine, its, strict=True):
                assert isinstance(one, torch.nn.Embedding) or torch.equal(one.weight, another.weight)  # type: ignore[arg-type]


def test_frozen_layers_stay_and_the_others_learn(parent: tuple[Path, Session]) -> None:
    path, before = parent
    told = settings(path, freeze_d=2)
    assert engines.choose(told, CPU) == "eager"
    begun = session(told)
    assert re.search(r"\b2 of 3 layers of D\b", begun.notes[1])
    for _ in range(3):
        begun.advance()
    same = [torch.equal(mine.weight, its.weight)  # type: ignore[arg-type]
            for mine, its in zip(layers_of(begun.gan.discriminator), layers_of(before.gan.discriminator), strict=True)]  # fmt: skip
    assert same == [True, True, False]
    with pytest.raises(UserError, match="D has 3 layers, and one at least must learn"):
        session(settings(path, freeze_d=3))
    with pytest.raises(UserError, match="without --from RUN"):
        settings(freeze_d=1)


def test_what_cannot_be_begun_with(tmp_path: Path) -> None:
    run = directory.create(tmp_path, settings(), "young")
    run.checkpoints.mkdir(exist_ok=True)
    with pytest.raises(UserError, match="it has no checkpoint yet"):
        session(settings(run.path))
    with pytest.raises(UserError, match="there is no such run any more"):
        session(settings(tmp_path / "gone"))


@pytest.mark.slow
def test_from_the_command_line(cli: Cli, tmp_path: Path) -> None:
    options = ("--headless", "--epochs", "1", "--batch-size", "150", *SMALL)
    assert cli(*options, "--name", "parent").returncode == 0
    done = cli(*options, "--name", "child", "--from", "par", "--freeze-d", "1", "--seed", "1")
    assert done.returncode == 0, done.stderr
    assert re.search(r"\bparent, step 10: 3 of 3 layers of G\b", done.stderr)
    (cli.run("parent").path / "run.toml").rename(tmp_path / "run.toml")
    done = cli("resume", "child", "--headless", "--epochs", "2")
    assert done.returncode == 0, done.stderr
    assert "begins with" not in done.stderr
    refused = cli(*options, "--from", "nobody")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


@pytest.mark.slow
def test_a_dry_run_says_what_there_would_be_and_makes_nothing(cli: Cli, tmp_path: Path) -> None:
    for number in range(64):
        (tmp_path / "photos" / "ab"[number % 2]).mkdir(parents=True, exist_ok=True)
        Image.new("L", (30, 30), number).save(tmp_path / "photos" / "ab"[number % 2] / f"{number}.png")
    done = cli("train", "--dry-run", "--dataset", f"folder:{tmp_path / 'photos'}", "--conditional", *SMALL)
    assert done.returncode == 0, done.stderr
    table = {line.split()[0]: line.split(maxsplit=1)[1] for line in done.stdout.splitlines()}
    assert " 58 images" in table["begins"]
    assert table.keys() == {"begins", "data", "images", "networks", "engine", "note", "speed", "whole", "memory", "disk"}
    assert re.fullmatch(r"58 .*\b6 .*; 32 x 32, colour; 2 classes: a, b", table["images"])
    assert "parameters, D " in table["networks"]
    assert table["note"].endswith("'manual-grad' cannot train with model.conditional")
    assert "5 checkpoints" in table["disk"]
    assert not cli.runs_dir.exists() or not list(cli.runs_dir.iterdir())
    refused = cli("train", "--dry-run", "--dataset", "folder:nowhere")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)
