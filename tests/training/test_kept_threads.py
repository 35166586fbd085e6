"""CPU threads of a run that keeps them: as many as it begins with, and one while others make more a hopeless number."""

import pytest
import torch

from gan_tui import config
from gan_tui.training import build, kept_threads, session
from gan_tui.training.checkpoint import Progress
from gan_tui.training.cpu_threads import ThreadChange
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.kept_threads import NEXT, QUIET, KeptThreads
from tests.training.quick import give_few_images

FAST, SLOW = 90, 3
"""Steps a second, of two threads by themselves and beside others."""


class Machine:
    """Tells the run's rates, and keeps what was tried and set."""

    def __init__(self, products: dict[int, float], waits: float = 0.0, *, begins: int = 2, may_return: bool = True) -> None:
        self.now, self.others, self.tried, self.set = 0.0, 4.0, list[int](), list[int]()
        self.products = products
        self.kept = KeptThreads(
            begins, 2, self._trial, self.set.append, lambda: self.now, lambda: waits, lambda: self.others, may_return=may_return
        )

    def _trial(self, count: int) -> float:
        self.tried.append(count)
        return self.products[count]

    def seconds(self, rate: int, count: int) -> None:
        for _ in range(count):
            self.now += 1.0
            self.kept.stepped(rate, 1.0)


def test_where_others_take_the_cores_it_goes_on_with_one_while_they_stay() -> None:
    machine = Machine({1: 10.0, 2: 1.0})
    machine.seconds(FAST, 5)
    machine.seconds(SLOW, 3)
    assert (machine.kept.count, machine.set) == (1, [1])
    assert machine.kept.news() is None, "how fast it is now is not known yet"
    machine.seconds(40, 1)
    assert machine.kept.news() == ThreadChange(1, 2, 40, SLOW)
    machine.seconds(FAST, 100)
    assert machine.kept.news() is None
    assert machine.set == [1]


def test_when_they_have_been_gone_for_a_minute_it_takes_all_again() -> None:
    machine = Machine({1: 1.0, 2: 1.8}, begins=1)
    machine.seconds(FAST, QUIET + 10)
    machine.others = 0.0
    machine.seconds(FAST, QUIET - 1)
    assert machine.tried == []
    machine.seconds(FAST, 1)
    assert (machine.kept.count, machine.set) == (2, [2])
    machine.seconds(FAST + 50, 1)
    assert machine.kept.news() == ThreadChange(2, 2, FAST + 50, FAST)
    machine.products = {1: 10.0, 2: 1.0}
    machine.seconds(FAST, 3)
    machine.seconds(SLOW, 3)
    assert machine.set == [2, 1], "and gives them up again"
    machine.products = {1: 1.0, 2: 1.8}
    machine.seconds(FAST, QUIET + 1)
    assert machine.set == [2, 1], "the second time it waits longer"
    machine.seconds(FAST, QUIET)
    assert machine.set == [2, 1, 2]


def test_a_moment_of_company_is_none_and_half_a_minute_of_it_is() -> None:
    machine = Machine({1: 1.0, 2: 1.0}, begins=1)
    for others, seconds in ((0.0, 50), (1.0, 1), (0.0, 34)):
        machine.others = others
        machine.seconds(FAST, seconds)
    assert machine.tried == []
    machine.seconds(FAST, 1)
    assert machine.tried == [2, 1]
    assert (machine.kept.count, machine.set) == (1, [1]), "two would be no faster"
    for _ in range(20):
        machine.others = 1.0
        machine.seconds(FAST, 5)
        machine.others = 0.0
        machine.seconds(FAST, 60)
    assert machine.tried == [2, 1]


def test_the_number_of_a_resumed_run_stays() -> None:
    machine = Machine({1: 1.0, 2: 1.8}, begins=1, may_return=False)
    machine.others = 0.0
    machine.seconds(FAST, 10 * QUIET)
    assert machine.tried == []


def test_one_that_was_slow_from_its_beginning_is_seen_by_its_waiting_for_a_core() -> None:
    machine = Machine({1: 10.0, 2: 1.0}, waits=0.5)
    machine.seconds(SLOW, 2)
    assert machine.tried == []
    machine.seconds(SLOW, 1)
    assert (machine.kept.count, machine.set) == (1, [1])


def test_what_passes_and_what_one_thread_does_not_mend_change_nothing() -> None:
    machine = Machine({1: 1.0, 2: 1.5})
    machine.seconds(FAST, 5)
    machine.seconds(SLOW, 2)
    machine.seconds(FAST // 3, 5)
    assert machine.tried == []
    machine.seconds(SLOW, 3 + int(NEXT) - 1)
    assert (machine.kept.count, machine.tried, machine.set) == (2, [1, 2], [2])
    machine.seconds(SLOW, 1)
    assert machine.tried == [1, 2, 1, 2]


@pytest.mark.parametrize(
    ("busy", "gain", "begun", "threads"),
    [(5.0, 0.2, 0, 1), (5.0, 1.8, 0, 4), (0.1, 0.2, 0, 4), (5.0, 0.2, 4, 4), (0.1, 1.8, 1, 1), (0.1, 1.8, 64, 4)],
)
def test_a_run_that_keeps_its_threads_begins_with_one_where_more_are_slower(
    monkeypatch: pytest.MonkeyPatch, busy: float, gain: float, begun: int, threads: int
) -> None:
    monkeypatch.setattr(kept_threads, "busy", lambda: busy)
    monkeypatch.setattr(kept_threads, "products_a_second", lambda count: 1.0 if count == 1 else gain)
    monkeypatch.setattr(session, "default_threads", lambda: 4)
    give_few_images(monkeypatch)
    settings = config.resolve(tables=[{"train": {"batch_size": 4, "engine": "eager"}, "model": {"hidden": 8}}])
    monkeypatch.setattr(session, "Progress", lambda: Progress(threads=begun))
    before = torch.get_num_threads()
    try:
        trained = session.Session(settings, torch.device("cpu"), build.load_data(settings, torch.device("cpu")), None, Ranks())
        assert torch.get_num_threads() == trained.progress.threads == threads
        assert trained.kept_threads is not None
        trained.kept_threads.count = 1
        trained.advance()
        assert trained.progress.threads == 1, "a checkpoint has it"
        assert bool([note for note in trained.notes if "train.threads=4" in note]) is (threads < 4)
    finally:
        torch.set_num_threads(before)


def test_products_are_counted_with_the_threads_that_are_asked_for() -> None:
    before = torch.get_num_threads()
    try:
        assert kept_threads.products_a_second(1) > 0
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
