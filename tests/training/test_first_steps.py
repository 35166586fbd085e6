"""Before G's first step: with `train.d_steps` above 1 a run can be saved, resumed and rolled back while only D has been trained."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from PIL import Image
from torch import Tensor
from torch.optim import Adam

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.errors import UserError
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.training import build, checkpoint
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.main import train
from gan_tui.training.session import Session
from tests.conftest import SMALL, Cli, events_of
from tests.training.test_resume import TWENTY_STEPS, assert_same_state, newest_state

CPU = torch.device("cpu")


def settings_of(engine: str, d_steps: int = 5) -> RunConfig:
    """Some engines take several steps at a time, but none beyond one that is to be saved."""
    saved = {"checkpoints": {"every_steps": 3}}
    return config.resolve(tables=[{"model": {"hidden": 16}, "train": {"d_steps": d_steps, "engine": engine}}, saved])


def small_data() -> Dataset:
    images = torch.randint(0, 256, (700, 1, 28, 28), dtype=torch.uint8, generator=torch.Generator().manual_seed(1))
    return Dataset("mnist", images, images[:60])


def saved_after(steps: int, settings: RunConfig, run: RunDirectory, loaded: checkpoint.Loaded | None = None) -> Session:
    session = Session(settings, CPU, small_data(), loaded, Ranks())
    while session.progress.step < steps:
        session.advance()
    session.engine.sync()
    run.checkpoints.mkdir(exist_ok=True)
    checkpoint.save(run, settings, session.gan, session.fixed_latents, session.progress)
    return session


def newest(run: RunDirectory) -> checkpoint.Loaded:
    loaded, _ = checkpoint.load_newest(run)
    assert loaded is not None
    return loaded


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return directory.create(tmp_path, config.resolve(), "young")


def test_a_new_gan_has_the_state_that_torchs_own_adam_begins_with() -> None:
    gan = build.make_gan(config.resolve("dcgan"), CPU)
    for optimizer, network in ((gan.g_optimizer, gan.generator), (gan.d_optimizer, gan.discriminator)):
        begun = {key: dict(value) for key, value in optimizer.state_dict()["state"].items()}
        torchs = Adam(network.parameters(), lr=0.0, fused=True)
        for parameter in network.parameters():
            parameter.grad = torch.zeros_like(parameter)
        torchs.step()
        assert begun.keys() == torchs.state_dict()["state"].keys()
        for key, its in torchs.state_dict()["state"].items():
            mine = begun[key]
            assert list(mine) == list(its)
            for name, tensor in its.items():
                assert (mine[name].dtype, mine[name].shape, mine[name].stride()) == (tensor.dtype, tensor.shape, tensor.stride())
                assert not mine[name].any()


@pytest.mark.parametrize("engine", ["eager", "manual-grad"])
def test_three_steps_of_d_alone_are_saved_and_go_on_as_if_undisturbed(engine: str, run: RunDirectory) -> None:
    settings = settings_of(engine)
    session = saved_after(3, settings, run)
    assert {float(state["step"]) for state in session.gan.g_optimizer.state.values()} == {0}
    saved_after(6, settings, run, newest(run))
    halves = newest(run).state
    whole = saved_after(6, settings, run)
    assert {float(state["step"]) for state in whole.gan.g_optimizer.state.values()} == {1}
    assert_same_state(halves, newest(run).state)


def drop_state(optimizer: str) -> Callable[[Any], None]:
    return lambda state: state[optimizer]["state"].clear()


@pytest.mark.parametrize("engine", ["eager", "manual-grad"])
def test_an_old_checkpoint_without_gs_state_goes_on(engine: str, run: RunDirectory) -> None:
    settings = settings_of(engine)
    saved_after(3, settings, run)
    loaded = newest(run)
    drop_state("g_optimizer")(loaded.state)
    saved_after(6, settings, run, loaded)
    halves = newest(run).state
    saved_after(6, settings, run)
    assert_same_state(halves, newest(run).state)


@pytest.mark.parametrize(("steps", "optimizer"), [(5, "g_optimizer"), (1, "d_optimizer")])
def test_a_state_that_cannot_be_missing_is_missed(steps: int, optimizer: str, run: RunDirectory) -> None:
    settings = settings_of("eager")
    saved_after(steps, settings, run)
    loaded = newest(run)
    drop_state(optimizer)(loaded.state)
    with pytest.raises(UserError, match="optimiser"):
        Session(settings, CPU, small_data(), loaded, Ranks())


@pytest.mark.slow
def test_a_whole_run_is_resumed_before_gs_first_step(cli: Cli) -> None:
    steps = (*TWENTY_STEPS, "--set", "train.d_steps=30", *SMALL)
    for name, epochs in (("halves", "1"), ("whole", "2")):
        done = cli("--headless", "--epochs", epochs, "--name", name, *steps)
        assert done.returncode == 0, done.stderr
    assert {float(state["step"]) for state in newest_state(cli.run("halves"))["g_optimizer"]["state"].values()} == {0}
    done = cli("resume", "halves", "--epochs", "2", "--headless")
    assert done.returncode == 0, done.stderr
    assert {float(state["step"]) for state in newest_state(cli.run("halves"))["g_optimizer"]["state"].values()} == {1}
    assert_same_state(newest_state(cli.run("halves")), newest_state(cli.run("whole")))


def test_a_roll_back_to_before_gs_first_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for number in range(80):
        Image.new("L", (32, 32), 3 * number).save(images / f"{number}.png")
    tables: list[dict[str, Any]] = [
        {"data": {"dataset": f"folder:{images}", "image_size": 32, "channels": 1}, "model": {"hidden": 8}},
        {"train": {"d_steps": 10, "epochs": 2, "batch_size": 9, "threads": 1, "engine": "eager"}, "evaluation": {"budget": 0}},
        {"checkpoints": {"every_steps": 3}, "log": {"metrics_hz": 0.1}, "optimizer": {"g_lr": 1e-7}},
    ]
    run = directory.create(tmp_path, config.resolve("classic", tables), "wild")
    advance = Session.advance
    spoiled: list[int] = []

    def once_not_finite(session: Session, *most: int) -> Tensor:
        metrics = advance(session, *most)
        if session.progress.step == 5 and not spoiled:
            spoiled.append(session.progress.step)
            metrics = torch.full_like(metrics, torch.nan)
        return metrics

    monkeypatch.setattr(Session, "advance", once_not_finite)
    assert train(run) == 0
    (back,) = events_of(run, events.RolledBack)
    assert isinstance(back, events.RolledBack)
    said = capsys.readouterr().err
    assert "1e-07" in said, "which is far from usual"
    assert "step 3 " in said
    assert (back.count, back.limit) == (1, 3)
    assert (back.step, back.from_step) == (3, 5), "it is noticed at once, however seldom metrics are logged"
    assert newest(run).step == 16
