"""The index of a log: what it saves, and when it is not believed."""

import os
import tracemalloc
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from gan_tui.run import events, index
from gan_tui.run.cut import cut_to_step
from gan_tui.run.entries import LONGEST
from gan_tui.run.events import AnyEvent
from gan_tui.run.log import CHUNK, EventReader, EventWriter, StateReader, iterate, read_state
from gan_tui.run.recollect import recollect
from gan_tui.run.state import ANSWERS, GRIDS, NAMES, RunState
from tests.dashboard.helpers import judged, metrics, started


def folded(path: Path) -> RunState:
    """By the plain way: every event of the log, one after the other."""
    return RunState.of(iterate(path))


def written(state: RunState) -> object:
    """All that a state holds, comparable."""
    return msgspec.to_builtins(state, enc_hook=list)


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A log of some thousand events that has got an index on its way, and has gone on since."""
    monkeypatch.setattr(index, "GROWTH", 200_000)
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as writer:
        for event in (*judged(), *(metrics(step, 50.0 if step == 23_456 else 0.5) for step in range(22_020, 26_000))):
            writer.write(event)
    return path


def test_an_index_and_what_came_after_it_are_the_whole(log: Path) -> None:
    indexed = index.load(log)
    assert indexed is not None
    assert 0 < indexed.offset < log.stat().st_size
    state = read_state(log)
    assert written(state) == written(folded(log))
    assert max(bucket.high or 0 for bucket in state.history["d_loss"].buckets) == 50.0
    for step in range(26_000, 30_000):  # and what both make of the future
        state.apply(metrics(step))
    assert len(state.recent) == 240
    assert state.step == 29_999


def test_who_has_an_index_does_not_read_the_log_again(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    decode = events.decode

    def counted(line: bytes) -> AnyEvent | None:
        read.append(len(line))
        return decode(line)

    monkeypatch.setattr(events, "decode", counted)
    read_state(log)
    assert sum(read) < log.stat().st_size / 3


def test_a_long_log_without_an_index_gets_one_from_who_reads_it(log: Path) -> None:
    index.path_of(log).unlink()
    before = written(read_state(log))
    indexed = index.load(log)
    assert indexed is not None
    assert indexed.offset == log.stat().st_size
    assert written(read_state(log)) == before


@pytest.mark.parametrize("damage", ["torn", "empty", "junk", "pipe", "folder", "other-version", "later-offset"])
def test_an_index_that_does_not_fit_is_not_believed(damage: str, log: Path) -> None:
    path = index.path_of(log)
    content = path.read_bytes()
    path.unlink()
    match damage:
        case "torn":
            path.write_bytes(content[: len(content) // 2])
        case "empty":
            path.touch()
        case "junk":
            path.write_bytes(b"\x93" * 10_000)
        case "pipe":
            os.mkfifo(path)
        case "folder":
            path.mkdir()
        case "other-version":
            table = msgspec.msgpack.decode(content)
            path.write_bytes(msgspec.msgpack.encode(table | {"version": index.VERSION + 1}))
        case "later-offset":
            table = msgspec.msgpack.decode(content)
            path.write_bytes(msgspec.msgpack.encode(table | {"offset": log.stat().st_size}))
    assert index.load(log) is None
    state = read_state(log)
    assert state.step == 25_999
    assert written(state) == written(folded(log))


@pytest.mark.slow
@pytest.mark.parametrize("change", ["cut", "cut-and-regrown", "replaced", "other-middle", "gone"])
def test_the_index_of_another_log_is_not_believed(change: str, log: Path, tmp_path: Path) -> None:
    size = log.stat().st_size
    match change:
        case "cut":
            cut_to_step(log, 10_000)
        case "cut-and-regrown":
            cut_to_step(log, 10_000)
            with log.open("ab") as file:
                while file.tell() < size:
                    file.write(events.encode(metrics(10_001, 0.25)))
        case "replaced":
            other = tmp_path / "other"
            other.write_bytes(b"".join(events.encode(metrics(step, 0.1)) for step in range(1, 9_000)))
            other.replace(log)
        case "other-middle":
            data = bytearray(log.read_bytes())
            data[100_000:120_000] = data[120_000:140_000]
            log.write_bytes(data)
        case "gone":
            log.unlink()
    assert index.load(log) is None
    assert written(read_state(log)) == written(folded(log))


def test_a_roll_back_leaves_what_was_before_it(log: Path) -> None:
    with EventWriter(log) as writer:
        assert writer.state.step == 25_999
        writer.cut_to_step(22_000)
        assert writer.state.step <= 22_000
        assert written(writer.state) == written(folded(log))
        writer.write(metrics(22_001))
    assert read_state(log).step == 22_001


def test_a_follower_is_right_whatever_becomes_of_the_log(log: Path, tmp_path: Path) -> None:
    reader = StateReader(log)

    def caught_up() -> object:
        while reader.read(limit=50_000).more:
            pass
        return written(reader.state)

    assert caught_up() == written(folded(log))
    with EventWriter(log) as writer:
        writer.write(metrics(26_000))
        writer.write(events.Note(text="on it goes"))
        assert caught_up() == written(folded(log))
        writer.cut_to_step(9_000)
        for step in range(9_001, 30_000):
            writer.write(metrics(step, 0.75))
        writer.write(events.Note(text="longer than before"))
        assert caught_up() == written(folded(log))
    copy = tmp_path / "copy"
    copy.write_bytes(log.read_bytes()[:100_000])
    copy.replace(log)
    assert caught_up() == written(folded(log))
    log.unlink()
    reader.read()
    log.write_bytes(events.encode(metrics(7)))
    assert caught_up() == written(folded(log))
    assert reader.state.step == 7


def test_a_line_without_an_end_is_never_in_memory(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with path.open("wb") as file:
        file.write(events.encode(metrics(1)))
        file.truncate(64 << 20)  # a hole: nothing on the disk
        file.seek(0, os.SEEK_END)
        file.write(b"\n" + events.encode(metrics(2)) + b"x" * 3_000_000)
    tracemalloc.start()
    try:
        steps = [event.step for event in iterate(path)]
        cut_to_step(path, 1)
        with EventWriter(path) as writer:
            writer.write(metrics(3))
        assert tracemalloc.get_traced_memory()[1] < 8 * CHUNK
    finally:
        tracemalloc.stop()
    assert steps == [1, 2]
    assert [event.step for event in iterate(path)] == [1, 3]


def test_a_line_that_is_too_long_is_passed_over_however_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    long = events.encode(events.Note(text="x" * 300_000))
    path.write_bytes(events.encode(metrics(1)) + long + events.encode(metrics(2)))
    for limit in (1000, 250_000, 350_000, CHUNK):
        reader, found, more = EventReader(path), [], True
        while more:
            batch, _, more = reader.read(limit)
            found += batch
        assert [event.step for event in found] == [1, 2]


def test_a_state_is_bounded(tmp_path: Path) -> None:
    state = RunState()
    state.apply(started())
    for number in range(5000):
        state.apply(events.Answer(id=f"id-{number}", command="save", ok=True, text="x" * 10_000))
        state.apply(events.Samples(path=f"samples/{number}.png", epoch=number, scores=[0.5] * 100, step=number))
        state.apply(events.Changed(setting=f"a.b{number}", before=0.0, value=1.0))
        state.apply(events.Bookmark(text="b" * 10_000))
        state.apply(events.Metrics(scalars={f"m{number}-{index}": 1.0 for index in range(3)}, elapsed=1.0, rate=1.0))
    state.apply(events.Metrics(scalars={f"n{index}": 1.0 for index in range(10_000)}, elapsed=1.0, rate=1.0))
    assert len(state.answers) == ANSWERS
    assert "id-4999" in state.answers
    assert len(state.grids) <= GRIDS
    assert {0, 4999} <= set(state.grids)
    gaps = {later - epoch for epoch, later in pairwise(sorted(state.grids))}
    assert max(gaps) <= 8, "evenly over the whole run"
    assert len(state.history) == len(state.scalars) == NAMES
    assert len(state.changed) == NAMES
    assert all(len(event.scalars) <= NAMES for event in state.recent)
    assert max(len(entry.text) for entry in state.entries) <= LONGEST + 20
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"12345\n" * 1000)
    index.save(path, state, 6000)
    assert index.path_of(path).stat().st_size < index.LARGEST
    indexed = index.load(path)
    assert indexed is not None
    assert written(indexed.state) == written(state)


@pytest.mark.parametrize("steps", [range(99, 500_000, 100), range(0, 500_000, 100), range(1, 5001)])
def test_grids_of_steps_stay_evenly_whatever_the_steps_are(steps: range) -> None:
    state = RunState()
    for step in steps:
        state.apply(events.Samples(path="a.png", epoch=0, step=step))
    assert 500 <= len(state.grids) <= GRIDS
    assert {steps[0], steps[-1]} <= set(state.grids)
    assert max(later - step for step, later in pairwise(state.grids)) <= 8 * steps.step
    state.apply(started())
    for epoch in range(1, 20):
        state.apply(events.Samples(path="a.png", epoch=epoch, step=steps[-1] + epoch))
    assert list(state.grids) == list(range(1, 20)), "once there are epochs, thinning begins anew"


def test_scores_of_many_grids_are_bounded_together() -> None:
    state = RunState()
    for epoch in range(500):
        state.apply(events.Samples(path="a.png", epoch=epoch, scores=[0.5] * 4096))
    assert sum(len(grid.scores) for grid in state.grids.values()) <= 200_000 + 4096
    assert 499 in state.grids


def test_a_trainer_that_goes_on_hears_all_evaluations_and_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.run.recollect.CHUNK", 5000)
    path = tmp_path / "events.jsonl"
    scored = [events.Evaluation(scalars={"fd": 1.0 * step}, network="n", seconds=1.0, step=step) for step in range(100, 4000, 100)]
    whole: list[AnyEvent] = sorted([*(metrics(step) for step in range(1, 4000)), *scored], key=lambda event: event.step)
    path.write_bytes(events.encode(started()) + b"".join(map(events.encode, whole)))
    heard = list(recollect(path, steps=500, readings=60))
    assert [event.step for event in heard if isinstance(event, events.Evaluation)] == [event.step for event in scored]
    steps = [event.step for event in heard if isinstance(event, events.Metrics)]
    assert steps[0] <= 3999 - 500
    assert steps == list(range(steps[0], 4000))
    assert len(steps) < 700
    assert list(recollect(tmp_path / "missing", 1, 1)) == []
