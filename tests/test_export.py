"""`gan-tui export`: a run's numbers elsewhere."""

import csv
import errno
import importlib.util
import math
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli as command_line
from gan_tui.config.foreign import ScriptConfig
from gan_tui.errors import UserError
from gan_tui.exporting import numbers
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Evaluation, Metrics
from gan_tui.run.log import EventWriter
from tests.conftest import Cli


@pytest.fixture
def run(cli: Cli) -> RunDirectory:
    made = directory.create(cli.runs_dir, ScriptConfig(script="train.py"), "mine")
    with EventWriter(made.events) as log:
        log.write(Metrics(t=10.0, step=1, scalars={"d_loss": 0.5}, elapsed=1.0, rate=1.0))
        log.write(Evaluation(t=11.0, step=1, scalars={"fd": 2.5}, network="x", seconds=1.0))
        log.write(Metrics(t=12.0, step=2, scalars={"d_loss": "nan", "g,loss": 1.5}, elapsed=1.0, rate=1.0))
    return made


def test_a_file_of_weights_is_named_as_one(cli: Cli, run: RunDirectory) -> None:
    refused = cli("export", run.name, "--weights", "safetensors", "-o", "g.txt")
    assert (refused.returncode, "it must end with .safetensors" in refused.stderr) == (2, True)


def test_a_table_has_a_row_for_each_moment(cli: Cli, run: RunDirectory, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    done = cli("export", run.name, "-o", str(target))
    assert done.returncode == 0, done.stderr
    with open(target, newline="") as file:
        assert list(csv.reader(file)) == [
            ["step", "time", "d_loss", "fd", "g,loss"],
            ["1", "10.000", "0.5", "", ""],
            ["1", "11.000", "", "2.5", ""],
            ["2", "12.000", "nan", "", "1.5"],
        ]
    kept = target.read_bytes()
    again = cli("export", run.name, "-o", str(target))
    assert again.returncode == 2
    assert str(target) in again.stderr
    assert target.read_bytes() == kept


@pytest.mark.parametrize("there", ["a file", "a folder", "a link to nothing"])
@pytest.mark.parametrize("form", numbers.FORMS)
def test_what_is_there_already_is_refused_before_anything_is_read(
    run: RunDirectory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str, there: str
) -> None:
    target = tmp_path / "out"
    match there:
        case "a file":
            target.write_text("mine")
        case "a folder":
            target.mkdir()
        case _:
            target.symlink_to(tmp_path / "nothing")
    unwritten = numbers.FORMS[form]._replace(write=lambda *_: pytest.fail("it was written"))
    monkeypatch.setitem(numbers.FORMS, form, unwritten)
    run.events.unlink()  # the next thing that would be wrong
    words = ["export", str(run.path), "--format", form, "-o", str(target)]
    with pytest.raises(UserError, match=f"{target} .* -o$"):
        CliRunner().invoke(command_line, words, standalone_mode=False, catch_exceptions=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "runs"]


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("-o m.xyz", "must end with .csv or .parquet, or add --format"),
        ("-o m", "must end with .csv"),
        ("-o m.onnx", "a file of --weights onnx, which would have to be said"),
        ("-o m.csv --format parquet", "a file of --format csv, and --format parquet was said"),
        ("-o m.pt --weights onnx", "a file of --weights torchscript"),
    ],
)
def test_a_name_that_says_something_else_is_refused(
    run: RunDirectory, words: str, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UserError, match=why):
        CliRunner().invoke(command_line, ["export", str(run.path), *words.split()], standalone_mode=False, catch_exceptions=False)


def test_the_suffix_chooses_the_form(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def write(_run: RunDirectory, form: str, _target: Path) -> int:
        asked.append(form)
        return 0

    monkeypatch.setattr(numbers, "write", write)
    for words in ("-o m.parquet", "-o M.CSV", "", "-o m.dat --format parquet"):
        CliRunner().invoke(command_line, ["export", str(run.path), *words.split()], standalone_mode=False, catch_exceptions=False)
    assert asked == ["parquet", "csv", "csv", "parquet"]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_failed_table_leaves_nothing_and_one_that_came_meanwhile_is_kept(
    run: RunDirectory, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if form == "parquet":
        pytest.importorskip("pyarrow")
    folder = tmp_path / "out"
    folder.mkdir()
    target = folder / "table"

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(UserError, match=f"^cannot write {target}: no space"):
            numbers.write(run, form, target)
    assert not any(folder.iterdir())
    assert numbers.write(run, form, target) == 3
    target.write_text("another's")
    with monkeypatch.context() as patch:
        patch.setattr(os.path, "lexists", lambda _: False)
        with pytest.raises(UserError, match=str(target)):
            numbers.write(run, form, target)
    assert [path.name for path in folder.iterdir()] == ["table"]
    assert target.read_text() == "another's"


def test_without_the_library_it_is_named(cli: Cli, run: RunDirectory, tmp_path: Path) -> None:
    if importlib.util.find_spec("tensorboard") is not None:
        pytest.skip("tensorboard is installed")
    done = cli("export", run.name, "--format", "tensorboard", "-o", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "gan-tui[tensorboard]" in done.stderr
    assert not os.path.lexists(tmp_path / "out")


@pytest.mark.skipif(importlib.util.find_spec("tensorboard") is None, reason="tensorboard is not installed")
def test_tensorboard_reads_it(cli: Cli, run: RunDirectory, tmp_path: Path) -> None:
    from gan_tui.importing.tensorboard import TensorBoard

    done = cli("export", run.name, "--format", "tensorboard", "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    found = {row.step: dict(row.numbers) for row in TensorBoard(tmp_path / "out").read()}
    assert found[1] == {"d_loss": 0.5, "fd": 2.5}
    assert found[2]["g,loss"] == 1.5


@pytest.mark.skipif(importlib.util.find_spec("pyarrow") is None, reason="pyarrow is not installed")
def test_a_parquet_table_has_what_was_not_measured_as_null(run: RunDirectory, tmp_path: Path) -> None:
    from pyarrow import parquet

    assert numbers.write(run, "parquet", tmp_path / "out.parquet") == 3
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table.column_names == ["step", "time", "d_loss", "fd", "g,loss"]
    assert [str(kind) for kind in table.schema.types] == ["int64", *["double"] * 4]
    assert table["fd"].to_pylist() == [None, 2.5, None]
    assert math.isnan(table["d_loss"].to_pylist()[2])


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("wandb") is None, reason="wandb is not installed")
def test_wandb_has_an_offline_run(run: RunDirectory, tmp_path: Path) -> None:
    assert numbers.write(run, "wandb", tmp_path / "out") == 3
    assert list((tmp_path / "out" / "wandb").glob("offline-run-*/*.wandb"))


@pytest.mark.parametrize("form", ["parquet", "wandb"])
def test_a_library_that_is_missing_is_named(run: RunDirectory, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, {"parquet": "pyarrow"}.get(form, form), None)
    with pytest.raises(UserError, match=rf"gan-tui\[{form}\]"):
        numbers.write(run, form, tmp_path / "out")
    assert not os.path.lexists(tmp_path / "out")
