"""Learning rates over a run: in which shape they fall, from when to when, and by which clock."""

import math
import re
from dataclasses import replace

import pytest
import torch

from gan_tui import config
from gan_tui.errors import UserError
from gan_tui.run import events
from gan_tui.training import build
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.loop import epoch_words
from gan_tui.training.randomness import BLOCK
from gan_tui.training.rates import Position, by_time, rate_share
from gan_tui.training.session import Session
from tests.conftest import SMALL, Cli, events_of
from tests.training.test_resume import newest_state


def share(at: dict[str, float], epochs: int = 10, budget: str = "", **optimizer: object) -> float:
    """Of a run whose epochs have 100 steps of 50 images, and which has done a step in 10 ms: at so many steps, or else as `at` says."""
    settings = config.resolve(tables=[{"optimizer": {"floor": 0.2, **optimizer}, "train": {"epochs": epochs, "budget": budget}}])
    steps = at.get("steps", 0.0)
    return rate_share(settings, Position(steps, 50 * steps, steps / 100, at.get("seconds", steps / 100)))


@pytest.mark.parametrize(("shape", "half"), [("cosine", 0.2 + 0.8 * 0.5), ("linear", 0.2 + 0.8 * 0.5), ("constant", 1.0)])
def test_rates_fall_to_the_floor_at_the_end_of_the_run(shape: str, half: float) -> None:
    assert share({"steps": 0}, schedule=shape) == 1
    assert share({"steps": 500}, schedule=shape) == pytest.approx(half)
    end = 1.0 if shape == "constant" else 0.2
    assert share({"steps": 1000}, schedule=shape) == pytest.approx(end)
    assert share({"steps": 5000}, schedule=shape) == pytest.approx(end), "a run that went on is not trained with a rising rate"


def test_a_cosine_is_one_and_a_line_is_one() -> None:
    assert share({"steps": 250}, schedule="cosine") == pytest.approx(0.2 + 0.8 * (1 + math.cos(math.pi / 4)) / 2)
    assert share({"steps": 250}, schedule="linear") == pytest.approx(0.2 + 0.8 * 0.75)


@pytest.mark.parametrize("hold", ["200 steps", "2 epochs", "10000 images", "2s"])
@pytest.mark.parametrize(("until", "budget"), [("", ""), ("1000 steps", ""), ("10 epochs", ""), ("50000 images", "1h"), ("", "10s")])
def test_they_hold_first_and_all_units_are_one(hold: str, until: str, budget: str) -> None:
    """A step takes 10 ms throughout, so a length in seconds is one in steps."""
    found = [share({"steps": steps}, schedule="linear", hold=hold, until=until, budget=budget) for steps in (0, 199, 200, 600, 1000, 1500)]
    assert found == pytest.approx([1, 1, 1, 0.2 + 0.8 * 0.5, 0.2, 0.2])


def test_a_hold_in_epochs_under_a_budget_follows_the_speed_so_far() -> None:
    """Of 20 s, at 200 steps a second: two epochs end after 1 s, and half of the fall is behind after 10.5."""
    assert share({"steps": 2100, "seconds": 10.5}, schedule="linear", hold="2 epochs", budget="20s") == pytest.approx(0.6)


def test_a_hold_beyond_the_end_is_a_constant_rate() -> None:
    assert share({"steps": 999}, schedule="cosine", hold="30 epochs") == 1


def test_they_rise_first_by_blocks() -> None:
    assert [share({"steps": block * BLOCK}, warmup_steps=5 * BLOCK) for block in range(6)] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1, 1])


def test_which_schedules_go_by_the_clock() -> None:
    def clocked(**tables: dict[str, object]) -> bool:
        return by_time(config.resolve(tables=[tables]))

    assert not clocked(train={"budget": "5m"}), "a constant rate is the same at any time"
    assert clocked(train={"budget": "5m"}, optimizer={"schedule": "cosine"})
    assert not clocked(train={"budget": "5m"}, optimizer={"schedule": "cosine", "until": "300 steps"})
    assert clocked(optimizer={"schedule": "linear", "hold": "60s"})


@pytest.mark.parametrize("text", ["0s", "5", "5 mm", "-5m", "m", "5m\n", "0.0h", "0h 00m", "2s 1m", "1m30", "1m  30s", " 5m", "1e3s"])
def test_a_budget_is_a_time(text: str) -> None:
    with pytest.raises(UserError, match=r"train\.budget = .* is not allowed: expected a time above 0"):
        config.resolve(tables=[{"train": {"budget": text}}])


@pytest.mark.parametrize(("text", "seconds"), [("2m30s", 150), ("1h 02m", 3720), ("1 h 30 min", 5400), ("0h 05m", 300), ("1.5h", 5400)])
def test_a_budget_is_written_as_times_are_shown(text: str, seconds: float) -> None:
    assert config.resolve(tables=[{"train": {"budget": text}}]).train.seconds == seconds
    assert share({"steps": 1000, "seconds": seconds / 2}, schedule="linear", until=text) == pytest.approx(0.6)


def test_a_number_alone_is_no_length() -> None:
    with pytest.raises(UserError, match=r"optimizer\.hold = 60 is not allowed: expected a number with its unit"):
        config.resolve(tables=[{"optimizer": {"hold": 60}}])


def test_an_older_files_cosine_is_still_one() -> None:
    found = config.from_table({"optimizer": {"cosine_images": 50_000, "cosine_floor": 0.3}}).optimizer
    assert (found.schedule, found.until, found.floor) == ("cosine", "50000 images", 0.3)
    assert config.from_table({"optimizer": {"cosine_images": 0, "cosine_floor": 0.1}}).optimizer.schedule == "constant"


def test_a_budget_ends_a_run_and_a_longer_one_goes_on(cli: Cli) -> None:
    words = ("--headless", "--batch-size", "100", "--set", "optimizer.schedule=cosine", "--set", "log.metrics_hz=0.1", *SMALL)
    done = cli(*words, "--budget", "0.3s", "--name", "short")
    assert done.returncode == 0, done.stderr
    run = cli.run("short")
    (started,) = events_of(run, events.Started)
    (finished,) = events_of(run, events.Finished)
    assert isinstance(started, events.Started)
    assert isinstance(finished, events.Finished)
    assert (started.budget, finished.outcome) == (0.3, "completed")
    assert finished.elapsed >= 0.3, "and it is known though metrics are logged every ten seconds"
    state = newest_state(run)
    rate = state["d_optimizer"]["param_groups"][0]["lr"]
    assert rate < 3e-4, "the schedule is that of the budget, of 200 epochs next to nothing is behind"
    refused = cli("resume", "short", "--headless")
    assert refused.returncode == 2
    assert re.search(r" 0\.3s: .*--budget", refused.stderr)
    longer = round(state["elapsed"] + 0.3, 1)
    done = cli("resume", "short", "--headless", "--budget", f"{longer}s")
    assert done.returncode == 0, done.stderr
    assert newest_state(run)["elapsed"] >= longer > state["elapsed"]
    assert newest_state(run)["step"] > state["step"]


def test_a_run_has_one_length(cli: Cli) -> None:
    refused = cli("--headless", "--budget", "5m", "--epochs", "3")
    assert (refused.returncode, len(refused.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize("ramp", [0.05, 0.5])
def test_the_average_reaches_back_over_a_share_of_the_images_seen(ramp: float) -> None:
    settings = config.resolve(tables=[{"ema": {"half_life": 10_000, "ramp": ramp}, "model": {"hidden": 8}}])
    data = build.load_data(settings, torch.device("cpu"))
    session = Session(settings, torch.device("cpu"), replace(data, images=data.images[:1000]), None, Ranks())
    for step, half_life in ((200, ramp * 20_000), (100_000, 10_000)):
        session.progress.step = step
        session.change("optimizer.d_lr=1e-4")
        assert session.gan.ema_weight.item() == pytest.approx(1 - 0.5 ** (100 / half_life), rel=1e-4)


def test_under_a_budget_the_printed_line_counts_epochs_and_seconds_apart() -> None:
    for elapsed, words in ((14.2, "14s"), (254.0, "4m 14s")):
        assert epoch_words(25, config.resolve(tables=[{"train": {"budget": "5m"}}]), elapsed) == f"Epoch [25], {words} of 5m"
    assert epoch_words(25, config.resolve(), 14.2) == "Epoch [25/200]", "the tutorial's, letter for letter"
