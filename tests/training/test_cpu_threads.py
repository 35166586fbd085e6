"""The number of CPU threads follows what the machine has left, by trial; containers' limits are heeded."""

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from gan_tui import config
from gan_tui.data.dataset import Dataset
from gan_tui.training import cpu_threads, kept_threads, session
from gan_tui.training.cpu_threads import ThreadChange, ThreadTuner
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.engines.manual_grad import ManualGradEngine


@pytest.fixture(autouse=True)
def load(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_threads, "busy", lambda: 0.0)


class Machine:
    """A clock, and how many steps a second each number of threads makes."""

    def __init__(self, rates: dict[int, float]) -> None:
        self.rates = rates
        self.now = 0.0
        self.waits = 0.0
        self.count = 0
        self.taken: Counter[int] = Counter()
        """Steps with each number of threads."""
        self.told: list[ThreadChange] = []
        self.bursts: list[tuple[float, float]] = []
        """From when to when others take so much that a step takes four times as long, with however many threads."""

    def tuner(self, most: int, same: Callable[[int, int, int | None], bool] = lambda *_: True) -> ThreadTuner:
        return ThreadTuner(most, lambda count: setattr(self, "count", count), lambda: self.now, lambda: self.waits, same)

    def run(self, tuner: ThreadTuner, seconds: float) -> float:
        """Steps a second over so long."""
        began, steps = self.now, self.taken.total()
        while self.now < began + seconds:
            count = 1 if tuner.trying else 4
            took = count / self.rates[self.count]
            took *= 4 if any(start <= self.now < end for start, end in self.bursts) else 1
            self.now += took
            self.taken[self.count] += count
            tuner.stepped(count, took)
            self.told += [change] if (change := tuner.news()) else []
        return (self.taken.total() - steps) / (self.now - began)


CASES: dict[str, dict[int, float]] = {
    "a quiet machine": {1: 110.0, 2: 200.0},
    "others on both cores": {1: 60.0, 2: 5.0},
    "no difference": {1: 100.0, 2: 105.0},
    "sixteen cores, of which four serve": {1: 50.0, 2: 90.0, 4: 150.0, 8: 100.0, 16: 30.0},
    "sixteen cores that all serve": {1: 50.0, 2: 90.0, 4: 150.0, 8: 250.0, 16: 400.0},
}


@pytest.mark.parametrize("case", CASES)
def test_it_comes_within_a_tenth_of_the_best_fixed_choice(case: str) -> None:
    rates = CASES[case]
    machine = Machine(rates)
    tuner = machine.tuner(max(rates))
    machine.run(tuner, 20.0)
    assert machine.run(tuner, 120.0) > 0.9 * max(rates.values())


BURSTS = {
    "none": [],
    "one, where the first trial is": [(0.9, 1.1)],
    "two later": [(2.9, 3.05), (5.0, 5.4)],
    "all the time": [(at / 10, at / 10 + 0.1) for at in range(9, 100, 7)],
}


@pytest.mark.parametrize("bursts", BURSTS)
def test_trials_cost_a_quiet_machine_next_to_nothing(bursts: str) -> None:
    """In the first eleven seconds, and where others take the cores for a moment: no chance makes it stay with fewer threads."""
    machine, fixed = Machine({1: 160.0, 2: 280.0}), Machine({2: 280.0})
    machine.bursts = fixed.bursts = BURSTS[bursts]
    fixed.count = 2
    best = fixed.run(ThreadTuner(1, lambda _: None), 11.0)
    assert machine.run(machine.tuner(2), 11.0) > 0.96 * best
    assert machine.taken[1] < 120, "steps with one thread, of some three thousand"
    assert machine.told == []


def test_it_follows_when_others_come_and_go() -> None:
    machine = Machine({1: 110.0, 2: 200.0})
    tuner = machine.tuner(2)
    machine.run(tuner, 60.0)
    assert machine.told == []
    machine.rates = {1: 60.0, 2: 5.0}
    machine.run(tuner, 10.0)
    assert (machine.count, tuner.count) == (1, 1)
    machine.rates = {1: 110.0, 2: 200.0}
    machine.run(tuner, 40.0)
    assert machine.count == 2
    machine.run(tuner, 10.0)
    assert [(change.threads, change.most) for change in machine.told] == [(1, 2), (2, 2)]
    assert machine.told[0].rate > machine.told[0].before


def test_more_threads_are_not_tried_while_this_one_waits_for_a_core() -> None:
    """A step of two threads beside others can take seconds."""
    machine = Machine({1: 60.0, 2: 0.5})
    machine.waits = 0.4
    tuner = machine.tuner(2)
    machine.run(tuner, 30.0)
    assert machine.run(tuner, 60.0) == pytest.approx(60.0, rel=0.01)
    machine.waits, machine.rates = 0.0, {1: 110.0, 2: 200.0}
    machine.run(tuner, 10.0)
    assert machine.count == 2


def test_it_begins_with_one_thread_on_a_busy_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_threads, "busy", lambda: 3.0)
    machine = Machine({1: 110.0, 2: 200.0})
    tuner = machine.tuner(2)
    assert machine.count == 1
    machine.run(tuner, 5.0)
    assert machine.count == 2, "the load of the last minute is past"


def test_after_a_roll_back_it_goes_on_with_the_number_that_was_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of which the screen speaks."""
    monkeypatch.setattr(session, "default_threads", lambda: 4)
    monkeypatch.setattr(ManualGradEngine, "same_with", lambda *_: True)
    images = torch.zeros(40, 1, 4, 4, dtype=torch.uint8)
    settings = config.resolve(tables=[{"train": {"batch_size": 20}, "model": {"hidden": 16}}])
    before = torch.get_num_threads()
    try:
        for rollbacks, found in ((0, 4), (1, 2)):
            torch.set_num_threads(2)
            data = Dataset("mnist", images, images, None, classes=0)
            begun = session.Session(settings, torch.device("cpu"), data, None, Ranks(), rollbacks)
            assert begun.threads
            assert (begun.threads.count, torch.get_num_threads()) == (found, found)
    finally:
        torch.set_num_threads(before)


def test_no_number_is_taken_that_changes_what_is_computed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_threads, "busy", lambda: 9.0)
    machine = Machine({1: 90.0, 2: 60.0, 4: 5.0})
    machine.waits = 0.5
    asked: list[tuple[int, ...]] = []

    def same(one: int, other: int, _: int | None) -> bool:
        asked.append((one, other))
        return (one, other) == (2, 4)

    machine.run(machine.tuner(4, same), 60.0)
    assert (machine.count, sorted(asked)) == (2, [(1, 4), (2, 4)]), "each is tried once"


@pytest.mark.parametrize(("begins", "crowded", "stuck"), [(9.0, 0.0, True), (0.0, 0.5, True), (0.0, 0.0, False)])
def test_where_fewer_threads_make_other_steps_it_says_that_it_is_stuck(
    monkeypatch: pytest.MonkeyPatch, begins: float, crowded: float, stuck: bool
) -> None:
    """As MKL does on an Intel with AMX. On a quiet machine nobody needs to know."""
    monkeypatch.setattr(cpu_threads, "busy", lambda: begins)
    machine = Machine({1: 110.0, 2: 200.0})
    machine.waits = crowded
    tuner = machine.tuner(2, lambda *_: False)
    if not tuner.stuck:
        machine.run(tuner, 20.0)
    assert (tuner.stuck, machine.count) == (stuck, 2)


def test_it_is_stuck_too_where_it_has_gone_as_low_as_it_may() -> None:
    """Two make the steps of four, and one does not: who looks after hopeless numbers is to know of it."""
    machine = Machine({1: 60.0, 2: 5.0, 4: 2.0})
    machine.waits = 0.5
    tuner = machine.tuner(4, lambda one, *_: one == 2)
    machine.run(tuner, 60.0)
    assert (machine.count, tuner.stuck) == (2, True)


def test_a_number_that_makes_other_steps_is_left_out_on_the_way_to_one_that_does_not() -> None:
    machine = Machine({1: 60.0, 2: 5.0, 4: 2.0})
    machine.waits = 0.5
    tuner = machine.tuner(4, lambda one, *_: one == 1)
    machine.run(tuner, 20.0)
    assert (machine.count, tuner.stuck) == (1, False)
    machine.waits, machine.rates = 0.0, {1: 60.0, 2: 110.0, 4: 200.0}
    machine.run(tuner, 60.0)
    assert (machine.count, machine.taken[2]) == (4, 0), "back again, over the same gap"


def test_what_it_is_told_to_go_on_with_is_not_left_where_that_makes_other_steps() -> None:
    """After a roll-back of a run that has gone to one thread for good."""
    machine = Machine({1: 60.0, 2: 110.0})
    tuner = ThreadTuner(2, lambda _: None, lambda: machine.now, lambda: 0.0, lambda *_: False, now=1)
    assert (tuner.count, tuner.stuck) == (1, True)


@pytest.mark.parametrize(("busy", "begun", "threads"), [(9.0, False, 1), (9.0, True, 2), (0.0, False, 2)])
def test_a_run_that_is_stuck_goes_on_as_those_that_keep_their_number(
    monkeypatch: pytest.MonkeyPatch, busy: float, begun: bool, threads: int
) -> None:
    """One that begins in company has one thread; one that was resumed keeps what it had, until it is hopeless."""
    monkeypatch.setattr(session, "default_threads", lambda: 2)
    for module in (cpu_threads, kept_threads):
        monkeypatch.setattr(module, "busy", lambda: busy)
    monkeypatch.setattr(kept_threads, "products_a_second", lambda count: 1.0 / count)
    monkeypatch.setattr(ManualGradEngine, "same_with", lambda *_: False)
    images = torch.zeros(50, 1, 28, 28, dtype=torch.uint8)
    settings = config.resolve(tables=[{"train": {"batch_size": 20}, "model": {"hidden": 16}}])
    data = Dataset("mnist", images, images, None, classes=0)
    before = torch.get_num_threads()
    try:
        trained = session.Session(settings, torch.device("cpu"), data, None, Ranks())
        if begun:
            trained.progress.threads = 0
            trained._find_threads(2, resumed=True, now=None)
        if trained.threads:
            monkeypatch.setattr(trained.threads, "stuck", True)  # as it finds out later
            trained.advance()
        assert trained.threads is None
        assert trained.kept_threads
        assert (trained.kept_threads.count, torch.get_num_threads()) == (threads, threads)
        trained.advance()
        assert trained.progress.threads == threads, "a checkpoint has it"
        assert begun or any("faster beside other programs" in note for note in trained.notes) is (threads == 1)
    finally:
        torch.set_num_threads(before)


def test_an_odd_batch_is_no_reason_to_stay_with_a_number_and_comes_out_as_ever() -> None:
    machine = Machine({1: 60.0, 2: 5.0})
    tuner = machine.tuner(2, lambda _, __, rows: rows != 37)
    machine.run(tuner, 10.0)
    assert machine.count == 1
    with tuner.odd_batch(37):
        assert machine.count == 2, "one thread would make another step of it"
    assert machine.count == 1
    with tuner.odd_batch(50):
        assert machine.count == 1


def test_an_odd_batch_of_a_run_is_taken_with_the_most_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "default_threads", lambda: 2)
    monkeypatch.setattr(cpu_threads, "busy", lambda: 9.0)
    monkeypatch.setattr(ManualGradEngine, "same_with", lambda _, __, ___, rows=None: rows != 10)
    images = torch.zeros(50, 1, 28, 28, dtype=torch.uint8)
    settings = config.resolve(tables=[{"train": {"batch_size": 20}, "model": {"hidden": 16}}])
    before = torch.get_num_threads()
    try:
        begun = session.Session(settings, torch.device("cpu"), Dataset("mnist", images, images, None, classes=0), None, Ranks())
        assert begun.threads
        begun.threads._clock = lambda: 0.0  # no trial
        advance, seen = begun.engine.advance, list[int]()

        def spied(*place: int) -> torch.Tensor:
            seen.append(torch.get_num_threads())
            return advance(*place)

        monkeypatch.setattr(begun.engine, "advance", spied)
        while begun.epochs_done < 2:
            begun.advance()
        assert seen == [1, 1, 2, 1, 1, 2]
    finally:
        torch.set_num_threads(before)


def test_a_load_that_has_just_ended_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.undo()
    source = tmp_path / "loadavg"
    for text, busy in (("3.50 1.00 0.50 1/456 99", 0), ("0.10 1.00 0.50 5/456 99", 0.1), ("3.50 1.00 0.50 5/456 99", 3.5)):
        source.write_text(text)
        assert cpu_threads.busy(source) == busy
    source.write_text("nonsense")
    monkeypatch.setattr(os, "getloadavg", lambda: (2.5, 1.0, 0.5))
    assert cpu_threads.busy(source) == 2.5


def test_what_a_thread_waits_for_a_core_is_a_share() -> None:
    queue = cpu_threads.Queue()
    sum(range(100_000))
    assert 0 <= queue.waited() <= 1


def test_only_powers_of_two_and_nothing_where_there_is_one_core() -> None:
    machine = Machine({1: 100.0, 2: 150.0, 4: 200.0})
    assert machine.tuner(6).count == 4
    alone = machine.tuner(1)
    machine.run(alone, 20.0)
    assert (machine.count, alone.trying) == (1, False)


def test_a_container_of_two_cores_on_a_large_machine_trains_with_two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cpu_threads, "TORCH_TAKES", 64)
    monkeypatch.setattr(cpu_threads, "usable_cores", lambda: 1.5)
    assert cpu_threads.default_threads() == 2
    assert cpu_threads.default_threads(4) == 1
