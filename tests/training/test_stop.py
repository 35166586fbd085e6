"""`train.stop`: a run that ends before its last epoch, because its samples will not get better."""

from pathlib import Path

import pytest
from PIL import Image

from gan_tui import config
from gan_tui.health.diagnosis import Health
from gan_tui.run import directory
from gan_tui.run.events import Evaluation, Metrics, Note, Started, from_scalar
from gan_tui.run.log import read_all
from gan_tui.run.state import RunState
from gan_tui.training import evaluation, scoring
from gan_tui.training.main import train
from tests.health.test_health import RECORDED

EPOCHS = 40
STUCK = {
    "data": {"image_size": 32, "channels": 1},
    "model": {"hidden": 8, "hidden_layers": 1},
    "optimizer": {"d_lr": 1e-9, "g_lr": 1e-9},
    "train": {"epochs": EPOCHS, "threads": 1},
    "evaluation": {"samples": 100},
    "checkpoints": {"every_seconds": 0},
}
"""Networks that hardly learn: whatever they draw, they will go on drawing. An epoch of the folder below is one step."""


def trained(folder: Path, monkeypatch: pytest.MonkeyPatch, stop: str, own: float, fresh: float) -> tuple[RunState, str]:
    """How a run ended that is evaluated after every step, and what it said last; with these AUCs of its D and of a newly trained one."""
    monkeypatch.setattr(evaluation.EvaluationScheduler, "due", lambda *_: True)
    monkeypatch.setattr(evaluation, "c2st_auc", lambda *_: fresh)
    monkeypatch.setattr(scoring, "auc", lambda *_: own)
    images = folder / "images"
    images.mkdir()
    for number in range(80):
        Image.new("L", (32, 32), 3 * number).save(images / f"{number}.png")
    settings = config.resolve("classic", [STUCK, {"train": {"stop": stop}, "data": {"dataset": f"folder:{images}"}}])
    run = directory.create(folder, settings, "stuck")
    assert train(run) == 0
    events = read_all(run.events)
    return RunState.of(events), next((event.text for event in reversed(events) if isinstance(event, Note)), "")


def test_a_run_that_stands_still_ends_where_that_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, said = trained(tmp_path, monkeypatch, "plateau", own=0.9, fresh=0.95)
    assert state.outcome == "stopped"
    assert 8 < state.step < EPOCHS
    assert said.startswith("stopping: plateau: ")
    assert all(words in said for words in ("FD", "AUC of 0.95", "train.stop = plateau")), said


@pytest.mark.slow
def test_it_goes_on_where_a_fresh_discriminator_can_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, _ = trained(tmp_path, monkeypatch, "equilibrium", own=0.5, fresh=0.9)
    assert (state.outcome, state.step) == ("completed", EPOCHS)


def test_it_ends_where_neither_discriminator_can(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    state, said = trained(tmp_path, monkeypatch, "equilibrium", own=0.5, fresh=0.52)
    assert state.outcome == "stopped"
    assert said.startswith("stopping: equilibrium: ")
    assert "0.52" in said
    assert "0.50" in said


def test_a_real_run_at_its_equilibrium_is_told_so() -> None:
    """Its images are samples of the very G that it begins with, and its rates are next to nothing."""
    health, reason = Health(), None
    for event in read_all(RECORDED / "equilibrium.jsonl"):
        if isinstance(event, Evaluation):
            health.take_evaluation(event.step, {key: from_scalar(value) for key, value in event.scalars.items()})
            reason = health.reason_to_stop("equilibrium")
            assert (reason is None) == ("c2st_auc" not in event.scalars), "it asks a newly trained D as soon as FD stands still"
    assert reason is not None
    assert reason.startswith("equilibrium: neither a newly trained D (AUC 0.")
    assert health.outlook().startswith("equilibrium test: AUC of a newly trained D 0.")


@pytest.mark.parametrize(("name", "ends"), [("classic", False), ("memorising", True), ("one-latent", True), ("few-images", False)])
def test_on_recorded_runs(name: str, ends: bool) -> None:
    """Whether it is collapsed, memorising or narrow besides: only in the first case will it be otherwise."""
    health, last, reasons = Health(), 0, []
    for event in read_all(RECORDED / f"{name}.jsonl"):
        if isinstance(event, Started):
            health = Health(event.probabilities)
        elif isinstance(event, Metrics):
            health.take_metrics(event.step, event.step - last, {key: from_scalar(value) for key, value in event.scalars.items()})
            last = event.step
        elif isinstance(event, Evaluation):
            health.take_evaluation(event.step, {key: from_scalar(value) for key, value in event.scalars.items()})
            if event.step < 6000 or name != "classic":
                reasons.append(health.reason_to_stop("plateau"))
            assert health.reason_to_stop("never") is None
            assert health.reason_to_stop("equilibrium") is None
    assert any(reasons) == ends
