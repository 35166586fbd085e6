"""A run at a glance: both ends of its log, probes in between, and no more."""

import math
from pathlib import Path
from unittest.mock import Mock

import pytest

from gan_tui.dashboard.run_list import Row
from gan_tui.run import course, events, index, summary
from gan_tui.run.course import Course
from gan_tui.run.cut import cut_to_step
from gan_tui.run.log import EventWriter
from gan_tui.run.summary import read_ends, summarise
from tests.dashboard.helpers import BIRTH, HeldRun, append, make_run, metrics, recorded, started


def evaluation(step: int, score: float) -> events.Evaluation:
    return events.Evaluation(scalars={"fd": events.to_scalar(score)}, network="mnist-cnn-v1", seconds=1.0, step=step)


def test_speed_and_remaining_time_belong_to_the_living(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    append(run, *recorded())
    dead = summarise(run)
    assert (dead.state, dead.rate, dead.remaining) == ("interrupted", None, None)
    with HeldRun(run):
        live = summarise(run)
    assert live.state == "training"
    assert live.rate == pytest.approx(135.0)
    assert live.remaining == pytest.approx((120_000 - 22_020) / 100, rel=0.05)
    assert live.to_json()["started"] == "2026-09-21T14:13:20+00:00"


def test_a_short_log_is_read_whole(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    append(run, started(), metrics(1, 0.5), metrics(2, math.nan), evaluation(2, 30.0), metrics(3, 0.7))
    found = Course(run.events)
    found.look()
    assert [(bucket.step, bucket.low) for bucket in found.loss] == [(1, 0.5), (2, None), (3, 0.7)]
    assert found.best == 30.0


def test_a_long_log_is_probed_from_end_to_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    append(run, started(), *(metrics(step, step / 1000) for step in range(1, 4001)))
    read: list[int] = []
    decode = events.decode

    def counted(line: bytes) -> events.AnyEvent | None:
        read.append(len(line))
        return decode(line)

    monkeypatch.setattr(events, "decode", counted)
    found = Course(run.events)
    found.look()
    assert sum(read) <= course.PROBES * course.PROBE < run.events.stat().st_size
    steps = [bucket.step for bucket in found.loss]
    assert len(steps) == course.PROBES
    assert steps == sorted(steps)
    assert steps[0] < 50
    assert steps[-1] == 4000
    assert all(bucket.low == bucket.step / 1000 for bucket in found.loss)
    read.clear()
    found.look()
    assert read == [], "nothing new, nothing read"


def test_the_best_score_is_the_lowest_of_all_and_is_searched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "CHUNK", 1000)
    run = make_run(tmp_path)
    found = Course(run.events)
    found.look()
    assert found.best is None
    for step, score in ((100, 50.0), (200, 20.0), (300, math.nan), (400, 25.0)):
        append(run, *(metrics(step + index) for index in range(20)), evaluation(step + 20, score))
        found.look()
    assert found.best == 20.0
    assert [bucket.low for bucket in found.scores.buckets] == [50.0, 20.0, None, 25.0]
    whole = Course(run.events)
    whole.look()
    assert whole.scores.buckets == found.scores.buckets
    cut_to_step(run.events, 150)
    found.look()
    assert found.best == 50.0, "a resume cuts the log, and what stood behind is gone"


def verdict(text: str, step: int) -> events.Verdict:
    return events.Verdict(rule="any", level="info", text=text, advice="", step=step)


def test_the_verdict_is_the_last_one_however_far_behind_it_lies(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    numbers = [metrics(step) for step in range(1, 2001)]
    append(run, started(), verdict("early", 1), *numbers, verdict("late", 2000), *numbers)
    assert read_ends(run).verdict is None, "neither end knows"
    row = Row(run)
    reading = row.read()
    assert reading is not None
    assert reading.state.verdict is not None
    assert reading.state.verdict.text == "late"
    cut_to_step(run.events, 1500)
    found = row.read()
    assert found is not None
    assert found.state.verdict is not None
    assert found.state.verdict.text == "early"


def test_a_line_that_is_being_written_waits(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    line = events.encode(evaluation(1, 9.0))
    run.events.write_bytes(line[:30])
    found = Course(run.events)
    found.look()
    assert found.best is None
    run.events.write_bytes(line)
    found.look()
    assert found.best == 9.0


@pytest.mark.parametrize("growth", [40_000, 1 << 30])
def test_a_resume_with_more_epochs_is_seen_wherever_it_stands(growth: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "GROWTH", growth)
    run = make_run(tmp_path)
    append(run, started(epochs=60), *(metrics(step) for step in range(1, 2001)))
    append(run, started(epochs=250, resumed=True, step=2000), *(metrics(step) for step in range(2001, 5001)))
    assert run.events.stat().st_size > 5 * summary.ENDS
    assert (index.load(run.events) is not None) == (growth == 40_000)
    assert summarise(run).epochs == 250
    cut_to_step(run.events, 1500)
    append(run, *(metrics(step, 0.9) for step in range(1501, 4001)))
    assert summarise(run).epochs == 60, "what was cut says nothing"


def test_a_listing_notices_that_the_log_was_cut_and_is_longer_than_before(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    append(run, started(), evaluation(100, 50.0), *(metrics(step) for step in range(101, 200)), evaluation(200, 20.0))
    found = Course(run.events)
    found.look()
    cut_to_step(run.events, 150)
    append(run, *(metrics(step, 0.9) for step in range(151, 500)))
    found.look()
    assert found.best == 50.0


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"no json\n" * 50_000, b"\0" * 300_000, b'{"kind":"metrics"' * 20_000, b'{"kind":"evaluation"' * 99_999]
)
def test_rubbish_says_nothing(content: bytes, tmp_path: Path) -> None:
    run = make_run(tmp_path)
    run.events.write_bytes(content)
    found = Course(run.events)
    found.look()
    assert (found.loss, found.best) == ([], None)


def test_a_million_points_are_no_more_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = make_run(tmp_path)
    line = events.encode(metrics(1))
    with EventWriter(run.events) as log:
        log.write(started())
    with open(run.events, "ab") as file:
        file.write(line * 200_000 + events.encode(evaluation(5, 12.0)) + line * 200_000)
    decode = Mock(side_effect=events.decode)
    monkeypatch.setattr(events, "decode", decode)
    found = Course(run.events)
    found.look()
    summarise(run)
    assert 10 < decode.call_count < 10_000, "of 400,000 events"
    assert found.best == 12.0
    assert summarise(run).started == BIRTH
