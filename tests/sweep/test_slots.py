"""How many trials run at once, what each gets of the machine, and that they do run at once."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from gan_tui import config
from gan_tui.config import RATES
from gan_tui.errors import UserError
from gan_tui.sweep import slots
from gan_tui.sweep.runner import Sweep
from gan_tui.sweep.slots import Slot, choose_slots
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


@pytest.mark.parametrize(
    ("together", "gpus", "keys", "parallel", "trials", "rooms"),
    [
        ("auto", 1, RATES, None, 24, [24]),
        ("auto", 2, RATES, None, 9, [5, 5]),
        ("auto", 2, RATES, 8, 100, [4, 4]),
        ("auto", 2, RATES, None, 7, [1, 1]),
        ("auto", 1, RATES, None, 500, [slots.MOST_TOGETHER]),
        ("auto", 1, RATES, None, 3, [1]),
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
    found = choose_slots(settings(), parallel, trials, together, keys)
    assert [slot.room for slot in found.slots] == rooms
    assert ("together" in found.why) == (together == "always" or max(rooms) > 1)


@pytest.mark.parametrize(
    ("preset", "keys", "words"), [("classic", ("model.hidden",), "model.hidden"), ("dcgan", RATES, "model.family = dcgan")]
)
def test_those_that_cannot_be_are_not(preset: str, keys: tuple[str, ...], words: str) -> None:
    with pytest.raises(UserError, match=f"--together always: trials with {words} cannot"):
        choose_slots(config.resolve(preset), None, 8, "always", keys)
    assert choose_slots(config.resolve(preset), None, 8, "auto", keys).why == "as many as there are"


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
