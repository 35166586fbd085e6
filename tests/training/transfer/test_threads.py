"""CPU threads of a run that optimises pictures, beside others who want the cores; how they are chosen is in test_kept_threads.py."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Note, Threads
from gan_tui.run.log import read_all
from gan_tui.training.cpu_threads import ThreadChange
from gan_tui.training.found import Found
from gan_tui.training.kept_threads import KeptThreads
from gan_tui.training.optimisation import begin
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.begin import transfer
from tests.conftest import Cli
from tests.training.transfer.pictures import not_begun


@pytest.fixture
def run(cli: Cli, tmp_path: Path) -> RunDirectory:
    return not_begun(cli, tmp_path)


@pytest.fixture(autouse=True)
def two_threads(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = torch.get_num_threads()
    monkeypatch.setattr(begin, "default_threads", lambda: 2)
    yield
    torch.set_num_threads(before)


def notes_of(run: RunDirectory) -> str:
    return "\n".join(event.text for event in read_all(run.events) if isinstance(event, Note))


def test_it_begins_with_one_where_others_are_busy_and_its_checkpoint_keeps_that(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(begin, "threads_to_begin_with", lambda most: most - 1)
    transfer(run, StopRequest(), Found())
    assert "1 of 2 CPU threads to begin with: faster beside other programs" in notes_of(run)
    assert "`--set transfer.threads=2` takes all" in notes_of(run)
    newest = max(run.checkpoints.glob("step-*.pt"))
    assert torch.load(newest, weights_only=True)["threads"] == 1
    monkeypatch.setattr(begin, "threads_to_begin_with", lambda most: most)
    transfer(run, StopRequest(), Found())
    assert torch.get_num_threads() == 1
    assert "as before" in notes_of(run)


def test_a_change_on_its_way_is_logged(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    changes = [ThreadChange(1, 2, 9.0, 0.5)]
    told: list[float] = []
    monkeypatch.setattr(begin, "threads_to_begin_with", lambda most: most)
    monkeypatch.setattr(KeptThreads, "stepped", lambda _self, steps, seconds: told.append(steps * seconds))
    monkeypatch.setattr(KeptThreads, "news", lambda _self: changes.pop() if len(told) == 3 and changes else None)
    transfer(run, StopRequest(), Found())
    (event,) = (event for event in read_all(run.events) if isinstance(event, Threads))
    assert (event.step, event.count, event.most, event.rate, event.before) == (3, 1, 2, 9.0, 0.5)
    assert len(told) == 6
    assert all(seconds > 0 for seconds in told)
