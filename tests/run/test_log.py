"""The event log: what is written is read, and what is damaged is passed over."""

import json
import math
from pathlib import Path

import pytest

from gan_tui.run import events
from gan_tui.run.cut import cut_to_step
from gan_tui.run.events import AnyEvent, Epoch, Finished, Metrics, Note, Phase, Samples, Started
from gan_tui.run.history import History
from gan_tui.run.log import EventReader, EventWriter, read_all
from gan_tui.run.state import RunState


def metrics(step: int, value: float = 0.5) -> Metrics:
    return Metrics(t=100.0 + step, step=step, scalars={"d_loss": events.to_scalar(value)}, elapsed=step / 10, rate=10.0)


def test_every_line_is_plain_json_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    written: list[AnyEvent] = [
        Started(device="cpu", device_name="a cpu", epochs=2, steps_per_epoch=5),
        Phase(name="training"),
        metrics(1, math.nan),
        metrics(2, math.inf),
        metrics(3, -math.inf),
        Samples(path="samples/a.png", epoch=1),
        Epoch(step=5, epoch=1),
        Note(text="ünï\ncode"),
        Finished(outcome="completed", epoch=2, elapsed=1.5),
    ]
    with EventWriter(path) as writer:
        for event in written:
            writer.write(event)
    assert read_all(path) == written
    for line in path.read_text("utf-8").splitlines():
        record = json.loads(line, parse_constant=pytest.fail)  # NaN is not JSON
        assert record["v"] == events.VERSION
        assert record["kind"]
        assert record["t"] > 0


def test_unknown_kinds_and_a_torn_last_line_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    good = events.encode(metrics(1))
    path.write_bytes(good + b'{"kind":"from the future","t":1}\n' + b"\xff\xfe not json\n" + good[: len(good) // 2])
    assert read_all(path) == [metrics(1)]
    with EventWriter(path) as writer:
        writer.write(metrics(2))
    assert read_all(path) == [metrics(1), metrics(2)], "the writer cuts the torn line before it appends"


def test_a_reader_follows_and_waits_for_whole_lines(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    reader = EventReader(path)
    assert reader.read() == ([], False, False)
    line = events.encode(metrics(1))
    path.write_bytes(line[:10])
    assert reader.read().events == []
    with open(path, "ab") as file:
        file.write(line[10:] + events.encode(metrics(2)))
    assert reader.read().events == [metrics(1), metrics(2)]
    assert reader.read().events == []
    assert EventReader(path, from_end=True).read().events == []


def test_a_long_log_comes_in_chunks(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"".join(events.encode(metrics(step)) for step in range(1, 2001)))
    reader, steps, more, chunks = EventReader(path), [], True, 0
    while more:
        found, _, more = reader.read(limit=10_000)
        steps += [event.step for event in found]
        chunks += 1
    assert steps == list(range(1, 2001))
    assert chunks > 10


def test_truncation_is_noticed_by_who_follows(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    with EventWriter(path) as writer:
        for step in range(1, 11):
            writer.write(metrics(step))
    reader = EventReader(path)
    reader.read()
    cut_to_step(path, 4)
    with EventWriter(path) as writer:
        for step in range(5, 21):  # longer than before: size alone would not tell
            writer.write(metrics(step, 0.6))
    news = reader.read()
    assert news.restarted
    assert [event.step for event in news.events] == list(range(1, 21))


def test_state_adds_up() -> None:
    state = RunState()
    assert state.name(alive=False) == "starting"
    assert state.remaining is None
    for event in (
        Phase(t=1.0, name="loading"),
        Started(t=2.0, device="cpu", device_name="a cpu", epochs=3, steps_per_epoch=100),
        Phase(t=3.0, name="training"),
        metrics(50),
        metrics(150, math.nan),
    ):
        state.apply(event)
    assert state.name(alive=True) == "training"
    assert state.name(alive=False) == "interrupted"
    assert (state.epoch, state.step_in_epoch, state.epochs_done) == (2, 50, 1)
    assert state.remaining == 15.0
    assert math.isnan(state.scalars["d_loss"])
    assert state.history["d_loss"].not_finite == 1
    state.apply(Finished(t=9.0, step=300, outcome="completed", epoch=3, elapsed=30))
    assert state.name(alive=False) == "completed"
    assert (state.epoch, state.step_in_epoch, state.epochs_done) == (3, 100, 3)


def test_history_is_bounded_and_keeps_the_spike() -> None:
    history = History(capacity=64)
    for step in range(100_000):
        history.append(step, 1000.0 if step == 77_777 else math.sin(step))
    assert len(history.buckets) <= 64
    assert max(bucket.high for bucket in history.buckets if bucket.high is not None) == 1000.0
    assert [bucket.step for bucket in history.buckets] == sorted(bucket.step for bucket in history.buckets)
    history.append(100_000, math.inf)
    assert history.not_finite == 1
    assert history.latest == math.inf
