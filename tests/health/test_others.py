"""The verdict on runs of other programs, which log whatever names they have."""

import math
import re
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.health.diagnosis import Health
from gan_tui.health.judged_log import JudgedLog
from gan_tui.health.rules import RULES
from gan_tui.health.statistics import Statistics
from gan_tui.run.events import Metrics, Verdict, to_scalar
from gan_tui.run.log import EventWriter, read_all

SETTINGS = {setting.key for setting in config.settings()}


def verdicts(folder: Path, **means: float) -> list[Verdict]:
    """What is said of a run of 1,200 steps that logs these."""
    log = folder / "events.jsonl"
    with EventWriter(log) as writer:
        judged = JudgedLog(writer, Health(evaluates=False, ours=False))
        for step in range(50, 1250, 50):
            scalars = {name: to_scalar(value) for name, value in means.items()}
            judged.metrics(Metrics(step=step, scalars=scalars, elapsed=step / 100, rate=100.0))
    return [event for event in read_all(log) if isinstance(event, Verdict)]


@pytest.mark.parametrize(
    ("means", "rule"),
    [
        ({"D(x)": 0.99, "D(G(z))": 0.01, "d_loss": 0.02, "g_loss": 6.0}, "d-won"),
        ({"D(x)": 0.95, "D(G(z))": 0.05}, "d-wins"),
        ({"d_pair_accuracy": 0.3}, "g-wins"),
        ({"D(x)": 0.6, "D(G(z))": 0.4, "g_loss": 80.0}, "diverging"),
        ({"g_grad": 5000.0}, "diverging"),
        ({"d_loss": -120.0, "g_loss": 300.0}, "early"),
        ({"D(x)": 0.99, "accuracy": 0.5}, "early"),
    ],
)
def test_a_rule_speaks_where_the_names_that_it_needs_are_logged(tmp_path: Path, means: dict[str, float], rule: str) -> None:
    assert {verdict.rule for verdict in verdicts(tmp_path, **means)} == {rule}


def test_of_what_is_no_gan_only_a_loss_that_is_lost_is_a_verdict(tmp_path: Path) -> None:
    assert verdicts(tmp_path, anything=1.0, accuracy=0.5, train_loss=80.0) == []
    lost, back = Health(evaluates=False, ours=False), {"train_loss": 0.5, "accuracy": math.nan}
    assert lost.take_metrics(50, 50, back) is None
    found = lost.take_metrics(60, 10, {"train_loss": math.nan, "val_loss": math.inf})
    assert found is not None
    assert (found.rule, found.advice) == ("diverging", "lower the learning rate")
    assert "train_loss, val_loss are not finite" in found.text
    found = lost.take_metrics(70, 10, {"train_loss": 0.5, "val_loss": 0.5})
    assert found is not None
    assert (found.level, found.text) == ("info", "every loss is finite again")


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_loss_that_is_not_finite_is_a_verdict_at_once(tmp_path: Path, value: float) -> None:
    first, *_ = verdicts(tmp_path, d_loss=value, g_loss=1.0)
    assert (first.rule, first.step) == ("diverging", 50)
    assert "d_loss" in first.text


def test_advice_names_no_setting_of_ours() -> None:
    quality = {"fd": 50.0, "fd_floor": 0.1, "coverage": 0.0, "density": 0.0}
    for critic in (False, True):
        means = {"d_pair_accuracy": 0.5 if critic else 0.999, "g_grad": 500.0}
        distances = [(1000, 50.0), (4000, 50.0)]
        seen = Statistics(means, [0.1, 0.9], quality, distances, 4000, critic=critic, evaluates=False, ours=False)
        for rule in RULES:
            advice = rule.advice_for(seen)
            assert not set(re.findall(r"[a-z]+\.[a-z_0-9]+", advice)) & SETTINGS, advice
            assert not re.search(r"--lr|preset|best\.pt|\bkeys? [a-z0-9]|gan-tui", advice), advice
