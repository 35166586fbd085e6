"""The benchmark that says how soon a preset's samples are good: its clock, and the line that others add to."""

import re
from argparse import Namespace

import pytest
import torch

from benchmarks import speedrun
from benchmarks.speedrun import Trained, in_words, line
from gan_tui import config

PLAN = Namespace(preset="conv-small", settings="train.batch_size=32", budget="70s")


@pytest.mark.slow
def test_a_run_is_as_long_as_its_budget_and_is_measured_off_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speedrun, "FIRST", 0.05)
    settings = config.resolve(tables=[{"train": {"budget": "0.2s", "batch_size": 500}, "model": {"hidden": 16}}])
    found = speedrun.train(settings, torch.device("cpu"), 100)
    assert found.steps > 0
    assert 0.2 <= found.seconds == found.distances[-1][0], "the last is that of the end"
    moments = [seconds for seconds, _ in found.distances]
    assert moments == sorted(set(moments))
    assert all(distance > 0 for _, distance in found.distances)
    assert found.processor > 0


def test_the_seconds_to_a_target_are_those_of_the_first_that_is_as_low() -> None:
    run = Trained(60.0, 110.0, 3000, [(2.0, 30.0), (7.0, 4.0), (8.0, 4.2), (20.0, 1.0), (60.0, 0.4)])
    assert [run.seconds_to(target) for target in speedrun.TARGETS] == [7.0, 20.0, None]
    facts = ["4.05", "7.0 s", "1", "20.0 s", "0.400", "3,000", "60.0 s", "20.0 ms", "110 s"]
    assert re.findall(r"[\d.,]*\d(?: m?s\b)?", in_words(run)) == facts


def test_a_line_has_the_median_of_the_seeds_and_nothing_where_one_has_not_come_so_far() -> None:
    runs = [Trained(60.0, 110.0, 3000, [(seconds, 4.0), (60.0, end)]) for seconds, end in ((7.0, 0.4), (9.0, 0.2), (8.0, 0.3))]
    cells = [cell.strip() for cell in line(runs, "a CPU, 2 threads", PLAN).split("|")[1:-1]]
    assert cells[:-1] == ["a CPU, 2 threads", "`conv-small --set train.batch_size=32`, 70s", "3 seeds", "8.0", "60.0", "", "0.300"]
