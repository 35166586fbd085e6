"""`gan_tui.open_run`: a run's numbers as columns."""

import math
from pathlib import Path

import pytest

import gan_tui
from gan_tui.errors import UserError
from gan_tui.run.events import Evaluation, Metrics
from gan_tui.run.log import EventWriter
from tests.test_start import loaded_by


def make(folder: Path) -> Path:
    path = folder / "mine"
    path.mkdir()
    with EventWriter(path / "events.jsonl") as log:
        log.write(Metrics(t=10.0, step=1, scalars={"a": 0.5}, elapsed=1.0, rate=1.0))
        log.write(Evaluation(t=11.0, step=2, scalars={"fd": 2.5, "a": "nan"}, network="x", seconds=1.0))
        log.write(Metrics(t=12.0, step=3, scalars={"b": 1.5}, elapsed=1.0, rate=1.0))
    return path


def test_columns_are_of_one_length(tmp_path: Path) -> None:
    run = gan_tui.open_run(str(make(tmp_path)))
    table = run.metrics()
    assert (table["step"], table["time"]) == ([1, 2, 3], [10.0, 11.0, 12.0])
    assert (table["fd"], table["b"]) == ([None, 2.5, None], [None, None, 1.5])
    first, second, third = table["a"]
    assert (first, third) == (0.5, None)
    assert second is not None
    assert math.isnan(second)
    assert (run.name, run.alive, run.state.step) == ("mine", False, 3)


def test_what_is_not_there_is_a_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no run"):
        gan_tui.open_run("nothing", runs_dir=tmp_path)


def test_it_needs_neither_torch_nor_a_screen(tmp_path: Path) -> None:
    program = f"import gan_tui\ngan_tui.open_run({str(make(tmp_path))!r}).metrics()"
    assert not {"torch", "textual", "numpy"} & loaded_by(program, cwd=tmp_path)


def test_what_it_does_not_have_is_said() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        gan_tui.nothing  # type: ignore[attr-defined]  # noqa: B018
