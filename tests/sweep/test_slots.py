"""How many trials run at once, what each gets of the machine, and that they do run at once."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest
from click.testing import CliRunner

from gan_tui import config
from gan_tui.cli.sweep import sweep
from gan_tui.config import RATES
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.events import Finished
from gan_tui.run.log import EventWriter
from gan_tui.sweep import slots
from gan_tui.sweep.plan import settings_of
from gan_tui.sweep.runner import Sweep
from gan_tui.sweep.slots import Slot, choose_slots
from gan_tui.sweep.space import Dimension, examples
from gan_tui.sweep.trial_process import TrialProcess
from tests.sweep import fake_trainer


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight cores, 100 GB free, no GPU."""
    monkeypatch.delenv(slots.VISIBLE, raising=False)
    monkeypatch.setattr(slots, "usable_cores", lambda: 8.0)
    monkeypatch.setattr(slots, "find_nvidia", lambda: None)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=100 << 30))


def settings(**train: object) -> config.RunConfig:
    return config.resolve(tables=[{"train": train}])


@pytest.mark.parametrize(
    ("train", "parallel", "trials", "count", "threads", "why"),
    [
        ({}, None, 64, 8, "1", "one for each of 8 cores"),
        ({}, None, 3, 3, "2", "as many as there are"),
        ({}, 2, 64, 2, "4", "as asked"),
        ({}, 20, 64, 20, "1", "as asked"),
        ({"threads": 4}, None, 64, 2, "4", "4 threads each on 8 cores"),
        ({"device": "cpu"}, None, 64, 8, "1", "one for each of 8 cores"),
    ],
)
def test_cores_are_shared(train: dict[str, Any], parallel: int | None, trials: int, count: int, threads: str, why: str) -> None:
    rooms = choose_slots(settings(**train), parallel, trials)
    assert (len(rooms.slots), rooms.why) == (count, why)
    assert all(slot.environment and slot.environment["OMP_NUM_THREADS"] == threads for slot in rooms.slots)


def test_a_single_trial_is_left_as_it_would_be() -> None:
    assert choose_slots(settings(), 1, 64).slots == [Slot("", None)]
    assert len(choose_slots(settings(device="cuda:1"), None, 64).slots) == 1
    assert choose_slots(settings(devices=2), None, 64).why == "each takes 2 devices"


def test_memory_that_is_free_bounds_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=3 << 30))
    rooms = choose_slots(settings(), None, 64)
    assert (len(rooms.slots), rooms.why) == (3, "memory is free for 3")


@pytest.mark.parametrize(("said", "names"), [(None, ["0", "1", "2"]), ("4, GPU-a", ["4", "GPU-a"])])
def test_each_trial_sees_a_gpu_of_its_own(said: str | None, names: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "find_nvidia", lambda: SimpleNamespace(nodes=3, driver="570", refused=None))
    if said is not None:
        monkeypatch.setenv(slots.VISIBLE, said)
    rooms = choose_slots(settings(), None, 64)
    assert [slot.environment and slot.environment[slots.VISIBLE] for slot in rooms.slots] == names
    assert f"{len(names)} GPUs" in rooms.why
    shared = choose_slots(settings(), len(names) + 1, 64).slots
    assert [slot.name for slot in shared] == [f"gpu {name}" for name in (*names, names[0])]


def test_hidden_gpus_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slots, "find_nvidia", lambda: SimpleNamespace(nodes=3, driver="570", refused=None))
    monkeypatch.setenv(slots.VISIBLE, "")
    assert "8 cores" in choose_slots(settings(), None, 64).why


def differing(base: config.RunConfig, *keys: str) -> list[config.RunConfig]:
    """Two trials that differ in them."""
    return [settings_of(base, keys, value, 0) for value in (1.0, 2.0)]


@pytest.mark.parametrize(
    ("together", "gpus", "keys", "parallel", "trials", "rooms"),
    [
        ("auto", 1, RATES, None, 24, [24]),
        ("auto", 2, RATES, None, 9, [5, 4]),
        ("auto", 2, RATES, 9, 100, [5, 4]),
        ("always", 4, RATES, None, 5, [3, 2]),
        ("auto", 2, RATES, 8, 100, [4, 4]),
        ("auto", 2, RATES, None, 7, [4, 3]),
        ("auto", 2, RATES, None, 3, [1, 1]),
        ("auto", 1, RATES, None, 500, [slots.MOST_TOGETHER]),
        ("auto", 1, RATES, None, 1, [1]),
        ("auto", 1, RATES, None, 2, [2]),
        ("auto", 1, ("loss.r1", "model.hidden"), None, 24, [1]),
        ("never", 1, RATES, None, 24, [1]),
        ("auto", 0, RATES, None, 24, [1] * 8),
        ("always", 0, RATES, None, 24, [24]),
        ("always", 2, RATES, None, 1, [1]),
    ],
)
def test_trials_that_can_be_are_trained_together(
    together: slots.Together, gpus: int, keys: tuple[str, ...], parallel: int | None, trials: int, rooms: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(slots, "find_nvidia", lambda: SimpleNamespace(nodes=gpus, driver="570", refused=None) if gpus else None)
    found = choose_slots(settings(), parallel, trials, together, differing(settings(), *keys))
    assert [slot.room for slot in found.slots] == rooms
    assert ("together" in found.why) == (together == "always" or max(rooms) > 1)


@pytest.mark.parametrize(
    ("preset", "keys", "words"),
    [("classic", ("model.hidden",), "that differ in model.hidden"), ("dcgan", RATES, "with model.family = dcgan")],
)
def test_those_that_cannot_be_are_not(preset: str, keys: tuple[str, ...], words: str) -> None:
    with pytest.raises(UserError, match=f"--together always: trials {words} cannot"):
        choose_slots(config.resolve(preset), None, 8, "always", differing(config.resolve(preset), *keys))
    assert choose_slots(config.resolve(preset), None, 8, "auto", differing(config.resolve(preset), *keys)).why == "as many as there are"


@pytest.mark.parametrize(
    ("table", "keys", "values", "words"),
    [
        ({"loss": {"penalty": "fd"}}, ("loss.r1",), (0.0, 1.0), "with loss.penalty = fd"),
        ({}, ("ema.half_life",), (0.0, 1000.0), "with and without an EMA"),
        ({}, ("train.threads",), (1.0, 2.0), "that differ in train.threads"),
    ],
)
def test_what_is_in_the_way_lies_in_the_trials(
    table: dict[str, Any], keys: tuple[str, ...], values: tuple[float, ...], words: str, tmp_path: Path
) -> None:
    base = config.resolve("classic", [table])
    grid = Sweep(tmp_path / "sweep", base, keys, values, seeds=1).examples
    dimension = Dimension(keys, low=values[0], high=values[1], whole=keys == ("train.threads",))
    search = examples(base, [Dimension(RATES, 1e-4, 1e-3, log=True), dimension])
    for found in (grid, search):
        with pytest.raises(UserError, match=f"trials {words}"):
            choose_slots(base, None, 8, "always", found)
    assert choose_slots(base, None, 8, "always", search[:1]).slots == [Slot("", None, room=8)]


def test_a_search_shows_each_choice_and_no_settings_that_do_not_go_together() -> None:
    names = Dimension(("loss.name",), choices=("hinge", "wasserstein", "saturating"))
    found = examples(settings(), [names, Dimension(("loss.r1",), 0.0, 2.0)])
    assert [(one.loss.name, one.loss.r1) for one in found] == [("hinge", 0.0), ("wasserstein", 2.0), ("saturating", 2.0)]
    assert len(examples(settings(), [Dimension(("optimizer.warmup_steps",), -1, 5, whole=True)])) == 1


@pytest.mark.parametrize(("device", "platform", "parallel", "words"), [
    ("auto", "darwin", None, "on a Mac's GPU"), ("mps", "darwin", None, "on a Mac's GPU"), ("cpu", "linux", 1, "with --parallel 1"),
])  # fmt: skip
def test_always_is_never_passed_over(device: str, platform: str, parallel: int | None, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    with pytest.raises(UserError, match=f"--together always: trials {words}"):
        choose_slots(settings(device=device), parallel, 8, "always")


def test_one_that_ended_before_it_was_looked_at_does_not_wait_for_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.sweep.trial_process.trainer_command", lambda *_: ["sleep", "60"])
    runs = [directory.create(tmp_path, settings(), name) for name in ("a", "b")]
    first, other = map(TrialProcess, runs)
    with EventWriter(runs[0].events, calls=False) as log:
        log.write(Finished(step=3, outcome="stopped", epoch=0, elapsed=1.0))
    first.look()
    first.start(other)
    try:
        assert first.running(), "that it was stopped before says nothing"
        with EventWriter(runs[0].events, calls=False) as log:
            log.write(Finished(step=3, outcome="failed", epoch=0, elapsed=1.0))
        assert not first.running()
        assert other.running()
    finally:
        first.close()


def test_one_process_trains_several_and_each_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[tuple[str, ...]] = []

    def command(*words: str) -> list[str]:
        started.append(words)
        return [sys.executable, "-m", fake_trainer.__name__, *words]

    monkeypatch.setattr("gan_tui.sweep.trial_process.trainer_command", command)
    plan = Sweep(tmp_path / "sweep", config.resolve(), RATES, [1e-4, 1e-3, 1e-2, 10.0], seeds=1)
    for _ in plan.run([Slot("", None, room=3)]):
        assert len(plan.at_work) <= 3
    assert [(words[0], len(words)) for words in started] == [("--together", 4), (str(tmp_path / "sweep" / "lr-10-seed-0"), 1)]
    assert [trial.distance for trial in plan.trials] == [30.0, 10.0, 30.0, None]
    assert not plan.trials[3].trouble


def test_no_more_are_said_to_be_at_work_than_there_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.sweep.trial_process.trainer_command", lambda path: [sys.executable, "-m", fake_trainer.__name__, path])
    done = CliRunner().invoke(sweep, ["--lr", "1e-3,1e-2", "--parallel", "20", "--runs-dir", str(tmp_path), "--name", "few"])
    assert "few\ngan-tui: 2 at once, as asked" in done.stderr


def test_a_grid_is_trained_side_by_side(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.sweep.trial_process.trainer_command", lambda path: [sys.executable, "-m", fake_trainer.__name__, path])
    hold = tmp_path / "hold"
    hold.touch()
    plan = Sweep(tmp_path / "sweep", config.resolve(), RATES, [1e-4, 1e-3, 1e-2, 10.0], seeds=1)
    most = 0
    for _ in plan.run([Slot("", None)] * 3):
        most = max(most, len(plan.at_work))
        if sum(trial.state.step == fake_trainer.STEPS // 2 for trial in plan.at_work) == 3:
            hold.unlink(missing_ok=True)
    assert most == 3
    assert [trial.distance for trial in plan.trials] == [30.0, 10.0, 30.0, None]
    assert [(one.value, one.fd) for one in plan.report().trials] == [(1e-4, 30.0), (1e-3, 10.0), (1e-2, 30.0), (10.0, None)]
