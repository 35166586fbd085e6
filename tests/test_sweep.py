"""`gan-tui sweep`: which values are tried, what is recommended, and the whole thing as a process."""

import json
import math

import pytest

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.sweep import RATES, Outcome, recommend, settings_of, values_of
from tests.conftest import SMALL, Cli


def test_a_range_is_cut_at_equal_ratios() -> None:
    assert values_of("1e-4..1e-2", 3) == [1e-4, 1e-3, 1e-2]
    assert values_of("3e-4,1e-3", 7) == [3e-4, 1e-3]
    assert len(values_of("1e-5..1e-2", 7)) == 7


@pytest.mark.parametrize("text", ["", "1e-3", "1e-2..1e-4", "0..1", "-1..1", "a,b", "1..inf", "1,1", "nan,1..2"])
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"range|different"):
        values_of(text, 5)


def test_a_value_reaches_its_settings() -> None:
    settings = settings_of(config.resolve(), RATES, 1e-3, 4)
    assert (settings.optimizer.d_lr, settings.optimizer.g_lr, settings.train.seed) == (1e-3, 1e-3, 4)
    assert settings_of(config.resolve(), ("train.d_steps",), 3.0, 0).train.d_steps == 3
    with pytest.raises(UserError, match="not allowed"):
        settings_of(config.resolve(), RATES, 11.0, 0)
    with pytest.raises(UserError, match="no setting"):
        settings_of(config.resolve(), ("optimizer.lr",), 1.0, 0)


def test_the_recommendation_names_its_evidence() -> None:
    values = [1e-4, 1e-3, 1e-2]
    clear = [Outcome(1e-4, (30.0, 32.0)), Outcome(1e-3, (10.0, 12.0)), Outcome(1e-2, (math.inf, math.inf))]
    assert recommend(clear, values) == "take 0.001: FD 11 (10 to 12, 2 seeds); next is 0.0001 with 31 (30 to 32, 2 seeds); broke down: 0.01"
    close = [Outcome(1e-4, (11.0, 32.0)), Outcome(1e-3, (10.0, 12.0))]
    assert "these seeds cannot tell it from 0.0001" in recommend(close, values)
    assert "highest value tried" in recommend([Outcome(1e-4, (9.0,)), Outcome(1e-2, (5.0,))], values)
    assert "one seed is not much evidence" in recommend([Outcome(1e-3, (5.0,))], values)
    assert recommend([Outcome(1e-3, (math.inf,))], values).startswith("every value broke down")
    assert recommend([], values) == "no trial has ended"


def test_a_sweep_from_end_to_end(cli: Cli) -> None:
    settings = ("--set", "train.batch_size=3000", *SMALL, "--set", "evaluation.budget=0.05", "--set", "evaluation.samples=200")
    done = cli("sweep", "--lr", "1e-3,10", "--epochs", "1", "--name", "rates", "--json", *settings)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(trial["value"], trial["seed"]) for trial in found["trials"]] == [(0.001, 0), (10.0, 0)]
    assert found["trials"][0]["fd"] > 1
    assert found["recommendation"].startswith("take 0.001")
    assert json.loads((cli.runs_dir / "rates" / "sweep.json").read_text()) == found
    again = cli("sweep", "--name", "rates")
    assert (again.returncode, "exists already" in again.stderr) == (2, True)
    for mistake in (
        ("--lr", "1..x"),
        ("--lr", "1,2", "--over", "loss.r1=1,2"),
        ("--over", "nothing=1,2"),
        ("--set", "evaluation.budget=0"),
    ):
        assert cli("sweep", *mistake).returncode == 2
