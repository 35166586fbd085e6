"""Which preset's measured FD a run is held to when it stands still."""

from pathlib import Path

import pytest
import torch

from gan_tui import config
from gan_tui.run.log import EventWriter
from gan_tui.training import build
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.recorder import Recorder
from gan_tui.training.session import Session
from tests.training.quick import give_few_images

CPU = torch.device("cpu")


@pytest.mark.parametrize(("changed", "told"), [([], True), (["model.family=conv"], False), (["model.hidden=8"], False)])
def test_a_preset_with_other_networks_is_not_the_one_that_was_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changed: list[str], told: bool
) -> None:
    """`classic` with `model.family=conv` was told to try an MLP."""
    give_few_images(monkeypatch)
    words = ["data.dataset=fashion-mnist", "train.threads=1", "train.batch_size=4", *changed]
    settings = config.resolve("classic", [config.parse_assignment(word) for word in words])
    with EventWriter(tmp_path / "events.jsonl") as writer:
        recorder = Recorder(writer, CPU, Ranks())
        recorder.begin(Session(settings, CPU, build.load_data(settings, CPU), None, Ranks()))
        health = recorder.health
        health.take_metrics(600, 600, {"d_loss": 0.8, "g_loss": 2.0, "d_pair_accuracy": 0.9})
        for epoch in range(1, 21):
            health.take_evaluation(600 * epoch, {"fd": 6.0, "fd_floor": 0.2, "precision": 0.8, "coverage": 0.8})
    assert health.diagnosis is not None
    assert health.diagnosis.rule == "plateau"
    assert ("preset mlp-r3" in health.diagnosis.advice) is told
