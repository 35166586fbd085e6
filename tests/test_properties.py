"""What holds for every input, tried with many that nobody thought of: the log, settings files, checkpoints, and curves in columns."""

import io
import math
import tempfile
import tomllib
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gan_tui import config
from gan_tui.config.toml import read_file, to_toml
from gan_tui.errors import UserError
from gan_tui.render.curves import lay
from gan_tui.render.ticks import Axis
from gan_tui.run.events import Metrics, decode
from gan_tui.run.history import Bucket, History
from gan_tui.run.log import EventReader, EventWriter, read_all
from gan_tui.run.state import RunState
from gan_tui.training import checkpoint_file

many = settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
"""The same examples everywhere: a test that fails now and then says nothing of the change at hand."""

numbers = st.floats(allow_nan=True, allow_infinity=True)
finite = st.floats(min_value=-1e30, max_value=1e30)
steps = st.lists(st.integers(0, 10_000), min_size=1, max_size=300, unique=True).map(sorted)


# The log


def written(values: list[float]) -> bytes:
    """A log as the trainer writes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        with EventWriter(path) as log:
            for step, value in enumerate(values):
                log.write(Metrics(step=step, scalars={"d_loss": value}, elapsed=0.0, rate=1.0))
        return path.read_bytes()


lines = st.one_of(
    st.lists(numbers, min_size=1, max_size=3).map(written),
    st.binary(max_size=80).map(lambda junk: junk + b"\n"),
    st.text(max_size=40).map(lambda junk: f'{{"v":1,"kind":"{junk}","step":1}}\n'.encode("utf-8", "replace")),
)


@given(st.lists(lines, max_size=12).map(b"".join), st.lists(st.integers(1, 200), min_size=1, max_size=40))
@many
@pytest.mark.slow
def test_a_log_reads_the_same_whole_and_as_it_grows(content: bytes, pieces: list[int]) -> None:
    """Whatever stands in it, and wherever a read falls into a line; no line is read twice, and none is lost."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "events.jsonl"
        reader, followed, at = EventReader(path), [], 0
        with path.open("wb", buffering=0) as file:
            for length in [*pieces, len(content)]:
                file.write(content[at : at + length])
                at += length
                while (news := reader.read()).events or news.more:
                    assert not news.restarted
                    followed += news.events
        assert msgspec.json.encode(followed) == msgspec.json.encode(read_all(path))
        RunState.of(followed)  # a fold of what was read never raises


plain = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), st.lists)


@given(st.binary(max_size=200) | plain.map(msgspec.json.encode))
@many
def test_a_line_is_an_event_or_nothing(line: bytes) -> None:
    assert decode(line) is None


# Settings


@given(st.text(max_size=200) | st.sampled_from(["[train]", "[data]\ndir = 3", "train = 1", '[model]\nhidden = "a"']))
@many
def test_settings_are_read_or_refused_in_one_line(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "settings.toml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        try:
            found = read_file(path)
        except UserError as error:
            said = str(error)
        else:
            assert found == {name: table for name, table in tomllib.loads(text).items() if name not in ("environment", "about")}
            return
        assert str(path) in said
        assert "\n" not in said


@given(st.floats(1e-12, 1.0), st.integers(1, 10_000), st.floats(0, 1e6), st.text(st.characters(exclude_categories=["C"]), max_size=30))
@many
def test_settings_survive_their_file(rate: float, epochs: int, penalty: float, folder: str) -> None:
    table = {"optimizer": {"d_lr": rate}, "train": {"epochs": epochs}, "loss": {"r1": penalty}, "data": {"dir": folder}}
    made = config.resolve(tables=[table])
    assert config.resolve(tables=[tomllib.loads(to_toml(made))]) == made


# Checkpoints


@pytest.fixture(scope="module")
def saved() -> bytes:
    state = {"version": 1, "step": 3, "weights": {"0.weight": torch.arange(12.0).reshape(3, 4)}, "history": [1.0, math.inf]}
    buffer = io.BytesIO()
    torch.save(state, buffer)
    return buffer.getvalue()


@given(data=st.data())
@many
def test_a_damaged_checkpoint_is_refused_or_loads_what_weights_only_allows(saved: bytes, data: st.DataObject) -> None:
    """Bytes turned, cut off or put in anywhere: a ValueError in one line, or tensors and plain containers. Never anything else."""
    damaged = bytearray(saved)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(damaged) - 1))
        damaged[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    if data.draw(st.booleans()):
        del damaged[data.draw(st.integers(1, len(damaged))) :]
    file = io.BytesIO(bytes(damaged))
    try:
        checkpoint_file.check(file, 1 << 20)
    except ValueError as error:
        said = str(error)
    else:
        return
    assert "\n" not in said


# Curves


@given(steps, st.data(), st.integers(2, 64))
@many
def test_a_history_forgets_no_extreme(at: list[int], data: st.DataObject, capacity: int) -> None:
    values = data.draw(st.lists(numbers, min_size=len(at), max_size=len(at)))
    history = History(capacity=capacity)
    for step, value in zip(at, values, strict=True):
        history.append(step, value)
    seen, real = history.buckets, [value for value in values if math.isfinite(value)]
    assert len(seen) <= capacity + 1
    assert all(one.step < other.step for one, other in pairwise(seen))
    assert min((bucket.low for bucket in seen if bucket.low is not None), default=None) == min(real, default=None)
    assert max((bucket.high for bucket in seen if bucket.high is not None), default=None) == max(real, default=None)
    assert history.not_finite == len(values) - len(real)


@given(steps, st.data(), st.integers(1, 200))
@many
def test_every_point_is_drawn_within_its_column(at: list[int], data: st.DataObject, columns: int) -> None:
    points = [Bucket(step, low, low + data.draw(st.floats(0, 1e3))) for step in at for low in [data.draw(finite)]]
    laid = lay(points, Axis(at[0], at[-1] + 1), columns)
    drawn = [column for piece in laid.pieces for column in piece]
    assert all(0 <= column < columns and low <= high for column, low, high in drawn)
    assert len({column for column, _, _ in drawn}) == len(drawn)
    assert min(low for _, low, _ in drawn) == min(point.low for point in points if point.low is not None)
    assert max(high for _, _, high in drawn) == max(point.high for point in points if point.high is not None)
