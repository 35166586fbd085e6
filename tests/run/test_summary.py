"""A run at a glance: its summary and what was written behind it; without one its index, or samples of its log."""

import json
import math
import os
from pathlib import Path
from unittest.mock import Mock

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli
from gan_tui.dashboard.run_row import Reading, Row
from gan_tui.run import events, index, log
from gan_tui.run.cut import cut_to_step
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import EventWriter, read_state
from gan_tui.run.state import BRIEF
from gan_tui.run.summary import look_at, summarise
from tests.dashboard.helpers import BIRTH, HeldRun, append, make_run, metrics, recorded, started

SOURCES = ("summary", "index", "log")
"""What a run is read from."""


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    return make_run(tmp_path)


def only_from(source: str, run: RunDirectory) -> None:
    """Take the other sources away."""
    state = read_state(run.events)
    for path in (index.path_of(run.events), index.summary_of(run.events)):
        path.unlink(missing_ok=True)
    if source == "summary":
        index.save_summary(run.events, state, run.events.stat().st_size)
    if source == "index":
        index.save(run.events, state, run.events.stat().st_size)


def reading_of(run: RunDirectory) -> Reading:
    reading = Row(run).read()
    assert reading is not None
    return reading


def evaluation(step: int, score: float) -> events.Evaluation:
    return events.Evaluation(scalars={"fd": events.to_scalar(score)}, network="mnist-cnn-v1", seconds=1.0, step=step)


def verdict(text: str, step: int) -> events.Verdict:
    return events.Verdict(rule="any", level="info", text=text, advice="", step=step)


def counted(monkeypatch: pytest.MonkeyPatch) -> Mock:
    decode = Mock(side_effect=events.decode)
    monkeypatch.setattr(events, "decode", decode)
    return decode


@pytest.mark.parametrize("source", SOURCES)
def test_speed_and_remaining_time_belong_to_the_living(run: RunDirectory, source: str) -> None:
    append(run, *recorded())
    only_from(source, run)
    dead = summarise(run)
    assert (dead.state, dead.rate, dead.remaining) == ("interrupted", None, None)
    with HeldRun(run):
        live = summarise(run)
    assert live.state == "training"
    assert live.rate == pytest.approx(135.0)
    assert live.remaining == pytest.approx((120_000 - 22_020) / 100, rel=0.05)
    assert live.to_json()["started"] == "2026-09-21T14:13:20+00:00"


def test_a_run_that_never_began_has_the_epochs_of_its_settings(run: RunDirectory) -> None:
    append(run, events.Phase(name="starting"), events.Error(text="no data"), events.Finished(outcome="failed", epoch=0, elapsed=0.0))
    assert (summarise(run).state, summarise(run).epoch, summarise(run).epochs) == ("failed", 0, 200)
    run.config_file.unlink()
    assert summarise(run).epochs is None


@pytest.mark.parametrize("source", SOURCES)
def test_a_listing_shows_the_same_wherever_it_comes_from(run: RunDirectory, source: str) -> None:
    append(run, started(), metrics(1, 0.5), metrics(2, math.nan), evaluation(2, 30.0), evaluation(3, math.inf), metrics(3, 0.7))
    append(run, verdict("so it is", 3))
    only_from(source, run)
    reading = reading_of(run)
    assert [(bucket.step, bucket.low) for bucket in reading.loss] == [(1, 0.5), (2, None), (3, 0.7)]
    assert [bucket.low for bucket in reading.curve] == [30.0, None]
    assert reading.best == 30.0
    assert reading.state.scalars["fd"] == math.inf
    assert reading.state.verdict is not None
    assert reading.state.verdict.text == "so it is"


def test_a_summary_is_small_and_keeps_every_spike(run: RunDirectory) -> None:
    append(run, started(), *(metrics(step, 50.0 if step == 4321 else 0.5) for step in range(1, 6001)))
    append(run, *(evaluation(step, 3.0 if step == 6200 else 9.0) for step in range(6001, 6400)))
    written = index.summary_of(run.events).read_bytes()
    assert len(written) < 20_000 < run.events.stat().st_size // 10
    assert json.loads(written)["state"]["step"] == 6399, "scripts can read it"
    reading = reading_of(run)
    assert len(reading.loss) <= BRIEF
    assert max(bucket.high or 0.0 for bucket in reading.loss) == 50.0
    assert (reading.loss[0].step, reading.best) == (1, 3.0)
    assert reading.loss[-1].step > 5800


def test_a_live_run_costs_a_few_lines(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long its log is: what was written behind the summary, and no more."""
    monkeypatch.setattr(log, "SUMMARY_SECONDS", 0.0)
    with EventWriter(run.events) as writer, HeldRun(run):
        writer.write(started())
        for step in range(1, 301):
            writer.write(metrics(step))
        writer.write(events.Note(text="which is written at once"))
        monkeypatch.setattr(log, "SUMMARY_SECONDS", 1e9)
        for step in range(301, 350):
            writer.write(metrics(step))
        writer.write(evaluation(350, 12.0))
        decode = counted(monkeypatch)
        reading = reading_of(run)
        assert (reading.state.step, reading.best, reading.summary.state) == (350, 12.0, "starting")
        assert decode.call_count < 200


@pytest.mark.parametrize(
    "damage",
    [b"", b"{", b"[]", b"\xff" * 100, b"[" * 100_000, b'{"version": 1}'],
    ids=["empty", "torn", "list", "no text", "deep", "older"],
)
def test_a_summary_that_says_nothing_is_none(run: RunDirectory, damage: bytes) -> None:
    append(run, started(), metrics(7))
    index.summary_of(run.events).write_bytes(damage)
    assert summarise(run).step == 7


def test_a_summary_of_another_log_is_none(run: RunDirectory) -> None:
    append(run, started(), *(metrics(step) for step in range(100)))
    other = index.summary_of(run.events).read_bytes()
    run.events.unlink()
    append(run, started(), *(metrics(step, 0.7) for step in range(50)), *(metrics(step) for step in range(50, 200)))
    index.summary_of(run.events).write_bytes(other)
    assert summarise(run).step == 199
    assert min(bucket.low or 0.0 for bucket in reading_of(run).loss) == 0.7


def long_ago(run: RunDirectory) -> None:
    """A log of 70 MB that an earlier version wrote, without index or summary."""
    line = events.encode(metrics(1))
    append(run, started())
    with open(run.events, "ab") as file:
        file.write(line * 200_000 + events.encode(evaluation(5, 12.0)) + events.encode(verdict("late", 5)) + line * 200_000)
    index.summary_of(run.events).unlink()


def test_a_million_points_are_no_more_work(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    long_ago(run)
    decode = counted(monkeypatch)
    reading = reading_of(run)
    assert 10 < decode.call_count < 10_000, "of 400,000 events"
    assert reading.best == 12.0
    assert reading.state.verdict is not None
    assert reading.state.verdict.text == "late", "however far behind the newest numbers it lies"
    assert summarise(run).started == BIRTH


@pytest.mark.parametrize("source", ["summary", "log"])
def test_what_was_cut_says_nothing(run: RunDirectory, source: str) -> None:
    append(run, started(), evaluation(100, 50.0), *(metrics(step) for step in range(101, 200)), evaluation(200, 20.0))
    append(run, verdict("late", 200))
    only_from(source, run)
    assert reading_of(run).best == 20.0
    cut_to_step(run.events, 150)
    append(run, *(metrics(step, 0.9) for step in range(151, 500)))
    reading = reading_of(run)
    assert (reading.best, reading.state.verdict) == (50.0, None)


def test_a_line_that_is_being_written_waits(run: RunDirectory) -> None:
    line = events.encode(evaluation(1, 9.0))
    run.events.write_bytes(line[:30])
    assert reading_of(run).best is None
    run.events.write_bytes(line)
    assert reading_of(run).best == 9.0


@pytest.mark.parametrize("source", SOURCES)
def test_a_resume_with_more_epochs_is_seen(run: RunDirectory, source: str) -> None:
    append(run, started(epochs=60), *(metrics(step) for step in range(1, 2001)))
    append(run, started(epochs=250, resumed=True, step=2000), *(metrics(step) for step in range(2001, 5001)))
    only_from(source, run)
    assert summarise(run).epochs == 250
    cut_to_step(run.events, 1500)
    append(run, *(metrics(step, 0.9) for step in range(1501, 4001)))
    assert summarise(run).epochs == 60


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"no json\n" * 50_000, b"\0" * 300_000, b'{"kind":"metrics"' * 20_000, b'{"kind":"evaluation"' * 99_999]
)
def test_rubbish_says_nothing(content: bytes, run: RunDirectory) -> None:
    run.events.write_bytes(content)
    state = look_at(run)
    assert (state.history, state.last_event) == ({}, None)
    assert (summarise(run).damage is None) == (not content)


def test_a_damaged_run_is_listed_as_such_and_its_numbers_and_films_are_refused(run: RunDirectory, tmp_path: Path) -> None:
    run.events.write_bytes(b"\x00garbage\n\xff\n")
    run.config_file.write_bytes(b"\xff= [")

    def said(*words: str) -> str:
        found = CliRunner().invoke(cli, [*words, "--runs-dir", str(run.path.parent)], standalone_mode=False)
        return found.stdout if found.exception is None else getattr(found.exception, "message", str(found.exception))

    assert "  damaged " in said("runs", "--plain")
    assert "events.jsonl" in json.loads(said("runs", "--json"))[0]["verdict"]
    for words in (
        ["export", run.name, "-o", "n.csv"],
        ["plot", run.name, "-o", "p.svg"],
        ["cast", run.name, "-o", "f.gif"],
        ["animate", run.name, "-o", "f.gif"],
    ):
        words[-1] = str(tmp_path / words[-1])
        assert said(*words).startswith(f"{run.events} ")
        assert not Path(words[-1]).exists()


def test_what_cannot_be_read_is_said_of_each(run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    append(run, started(), metrics(100))
    run.config_file.write_text("[data")
    for name in ("empty", "locked"):
        (run.path.parent / name).mkdir()
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: access(path, mode) and Path(path).name != "locked")

    def said(*words: str) -> tuple[int, str]:
        found = CliRunner().invoke(cli, [*words, "--runs-dir", str(run.path.parent)], standalone_mode=False)
        return (2, str(found.exception)) if found.exception else (0, found.stderr)

    damage = f"the settings file {run.config_file} is not valid TOML"
    status, listed = said("runs", "--plain")
    assert status == 0
    assert [line.split(": ")[1] for line in listed.splitlines()] == [run.name, "locked"]
    assert damage in listed
    for command in ("plot", "report"):
        status, words = said(command, run.name)
        assert status == 0
        assert damage in words
        assert f"what is shown of {run.name} is what its log says" in words
        assert said(command, "empty")[1].endswith("empty is no run: it holds neither run.toml nor events.jsonl nor a checkpoint")
        assert "locked: permission denied; `ls -ld " in said(command, "locked")[1]
    assert "is not valid TOML" in (tmp_path / f"{run.name}-report.html").read_text("utf-8")


def test_a_run_whose_trainer_never_came_is_said_so(run: RunDirectory) -> None:
    assert summarise(run).state == "starting", "it was made just now"
    os.utime(run.config_file, (BIRTH, BIRTH))
    assert summarise(run).state == "never began"
    run.events.touch()
    assert summarise(run).state == "starting", "a trainer has made its log just now"
    run.config_file.unlink()
    os.utime(run.events, (BIRTH, BIRTH))
    assert summarise(run).state == "never began", "an empty log is no beginning"
    with HeldRun(run):
        assert summarise(run).state == "starting"
    append(run, started())
    assert summarise(run).state == "interrupted"
