"""Sweeps as rows of the browser: what is counted, what is read again, and what cannot be read."""

import json
import os
import shutil
import sys
from pathlib import Path

import click
import msgspec
import pytest
from click.testing import CliRunner, Result

from gan_tui import config
from gan_tui.cli import cli, complete
from gan_tui.dashboard.run_list import scan
from gan_tui.dashboard.run_row import Row
from gan_tui.dashboard.sweep_row import SweepRow, scan_all
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.presence import WORKER, Presence
from gan_tui.sweep import report
from gan_tui.sweep.report import Ended, Report
from gan_tui.sweep.search import Search
from gan_tui.sweep.search_plan import SearchPlan
from gan_tui.sweep.space import Dimension
from tests.dashboard.helpers import HeldRun, append, make_run, recorded

GRID = Report(("optimizer.d_lr", "optimizer.g_lr"), (0.001, 0.01), 3, 2000, ())


@pytest.fixture
def grid(tmp_path: Path) -> Path:
    """Of two trials one was begun and interrupted."""
    folder = tmp_path / "runs" / "rates"
    append(directory.create(folder, config.resolve(), "lr-0.001-seed-0"), *recorded(3))
    write(folder, GRID)
    return folder


def write(folder: Path, found: Report) -> None:
    (folder / report.FILE).write_bytes(msgspec.json.encode(found))


def row_of(folder: Path) -> SweepRow:
    """It, read once."""
    row = SweepRow(RunDirectory(folder))
    read(row)
    return row


def read(row: Row) -> None:
    row.reading = row.read() or row.reading


def test_an_interrupted_trial_has_not_ended(grid: Path) -> None:
    append(directory.create(grid, config.resolve(), "lr-0.01-seed-0"), *recorded(3))
    reading = row_of(grid).reading
    assert reading is not None
    assert (reading.summary.epoch, reading.summary.epochs, reading.summary.state) == (0, 2, "interrupted")
    assert report.read(grid).left == 2


def test_between_two_trials_it_is_still_trained(grid: Path) -> None:
    make_run(grid.parent.parent, "newer")
    row = row_of(grid)
    with Presence(grid, WORKER):
        read(row)
        assert row.reading is not None
        assert (row.reading.summary.state, row.reading.summary.alive) == ("training", True)
        assert scan_all(grid.parent)[0].run.path == grid, "what is trained comes first"
    read(row)
    assert (row.reading.summary.state, row.reading.summary.alive) == ("interrupted", False)


def test_what_trains_it_is_said_by_status_attach_and_archive(grid: Path) -> None:
    runs = grid.parent

    def said(*words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--runs-dir", str(runs)])

    assert said("status").output == ""
    with Presence(grid, WORKER):
        assert said("status").output == "● sweep rates training 0/2 trials\n"
        assert "but the trials of the sweep rates" in str(said("attach").exception)
        assert "rates is being trained" in str(said("archive", "rates").exception)
        assert "without a result yet: 2 trials; it is being trained\n" in said("sweep", "--show", "rates").stderr
        with HeldRun(make_run(runs.parent, "mine")):
            assert said("status").output.endswith(" +1\n")
            assert [line.split()[1] for line in said("status", "--all").output.splitlines()] == ["mine", "sweep"]


@pytest.mark.optuna
def test_of_a_search_the_journal_says_what_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "search"
    search = Search.create(folder, SearchPlan((Dimension(("optimizer.g_lr",), low=1e-4, high=1e-2),), 3), config.resolve())
    append(directory.create(folder, config.resolve(), search.run_of(0).name), *recorded(3))
    row = row_of(folder)
    assert row.reading is not None
    assert (row.reading.trouble, row.reading.summary.epoch, row.reading.summary.epochs) == (None, 0, 3)
    study = search._study
    study.finish(study.take() or 0, 2.5)
    read(row)
    assert (row.reading.summary.epoch, row.reading.summary.state) == (1, "interrupted")
    assert "FD 2.5" in row.reading.about


@pytest.mark.optuna
def test_of_a_search_that_cannot_be_read_the_plan_is_known(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "search"
    search = Search.create(folder, SearchPlan((Dimension(("optimizer.g_lr",), low=1e-4, high=1e-2),), 3), config.resolve())
    append(directory.create(folder, config.resolve(), search.run_of(0).name), *recorded(3))
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.delitem(sys.modules, "gan_tui.sweep.study", raising=False)
    monkeypatch.delitem(sys.modules, "gan_tui.sweep.journal", raising=False)
    reading = row_of(folder).reading
    assert reading is not None
    assert "pip install" in str(reading.trouble)
    assert (reading.summary.epoch, reading.summary.epochs, reading.summary.state) == (0, 3, "interrupted")


def test_another_recommendation_is_read_though_no_log_has_grown(grid: Path) -> None:
    row = row_of(grid)
    assert row.reading is not None
    assert row.read() is None
    write(grid, msgspec.structs.replace(GRID, trials=(Ended(0.001, 0, 3.5, "a"), Ended(0.01, 0, 9.0, "b"))))
    read(row)
    assert "take 0.001: FD 3.5" in row.reading.about
    assert row.reading.summary.state == "completed"


def test_settings_that_were_mended_are_no_trouble_any_more(tmp_path: Path) -> None:
    run = make_run(tmp_path, "one")
    append(run, *recorded(3))
    good = run.config_file.read_bytes()
    run.config_file.write_text("[train]\nepochs = 'many'\n")
    row = Row(run)
    read(row)
    assert row.reading is not None
    assert row.reading.trouble
    run.config_file.write_bytes(good)
    read(row)
    assert row.reading.trouble is None


def test_a_sweep_that_cannot_be_read_is_a_row_and_hides_no_other(grid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(grid.parent.parent, "alone")
    all_runs = directory.all_runs

    def locked(folder: Path) -> list[RunDirectory]:
        if folder == grid:
            raise UserError(f"cannot read the runs folder {folder}: Permission denied")
        return all_runs(folder)

    with monkeypatch.context() as patched:  # a superuser may read everything
        patched.setattr(directory, "all_runs", locked)
        assert sorted(one.run.name for one in scan_all(grid.parent)) == ["alone", "rates"]
        patched.setenv(directory.RUNS_VARIABLE, str(grid.parent))
        context = click.Context(click.Command("watch"))
        names = [item.value for item in complete.runs(context, click.Argument(["run"]), "")]
        assert names == ["latest", "alone", "rates/"]
        names = [item.value for item in complete.runs(context, click.Argument(["run"]), "ra")]
        assert names == ["rates/"]
        row = row_of(grid)
        assert row.reading is not None
        assert "Permission denied" in str(row.reading.trouble)
        assert row.read() is None
    read(row)
    assert row.reading.trouble is None


def test_a_sweep_that_is_deleted_while_it_is_looked_at_breaks_nothing(grid: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(grid.parent.parent, "alone")
    row, lstat = row_of(grid), Path.lstat

    def gone(path: Path) -> os.stat_result:
        if path.name == report.FILE:
            shutil.rmtree(grid)
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return lstat(path)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "lstat", gone)
        assert [one.run.name for one in scan_all(grid.parent)] == ["alone"]
    read(row)
    assert row.reading is not None
    assert "cannot read" in str(row.reading.trouble)


def test_a_row_that_cannot_be_read_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = Row(make_run(tmp_path, "one"))

    def broken(_: RunDirectory) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("gan_tui.dashboard.run_row.look_at", broken)
    read(row)
    assert row.reading is not None
    assert "Permission denied" in str(row.reading.trouble)


def test_how_to_resume_is_not_said_of_a_sweep_at_work(grid: Path) -> None:
    odd = grid.rename(grid.with_name("a--show"))
    row = row_of(odd)
    assert row.refusal()[0] == f"`gan-tui sweep --resume {odd}` goes on with it"
    with HeldRun(RunDirectory(odd / "lr-0.001-seed-0")):
        read(row)
        row.alive = row.reading is not None and row.reading.summary.alive
        assert "already" in row.refusal()[0]
    assert scan(odd)


def test_a_finished_sweep_is_not_said_to_go_on(grid: Path) -> None:
    ended = tuple(Ended(value, 0, 9.0, f"lr-{value}-seed-0") for value in GRID.values)
    write(grid, msgspec.structs.replace(GRID, trials=ended))
    words = row_of(grid).refusal()[0]
    assert words == f"all its trials have ended: `gan-tui sweep --show {grid}` says what they add up to"


def test_a_finished_sweep_without_an_order_is_not_said_to_go_on(grid: Path) -> None:
    ended = tuple(Ended(value, 0, 9.0, f"lr-{value}-seed-0") for value in GRID.values)
    old = msgspec.structs.replace(GRID, settings=("data.image_size",), trials=ended)
    write(grid, old)
    row = row_of(grid)
    assert row.reading is not None
    assert (row.reading.summary.state, row.reading.summary.epoch, row.reading.summary.best_fd) == ("completed", 2, None)
    assert row.refusal()[0] == row.reading.trouble
    assert "rates has no order: data.image_size differs" in row.refusal()[0]
    write(grid, msgspec.structs.replace(old, trials=ended[:1]))
    read(row)
    assert (row.reading.summary.state, row.reading.summary.epoch, row.reading.summary.epochs) == ("interrupted", 1, 2)
    assert "has no order" in row.refusal()[0], "--resume would say it"


@pytest.mark.optuna
def test_of_a_finished_search_without_an_order_the_journal_says_what_has_ended(tmp_path: Path) -> None:
    folder = tmp_path / "search"
    study = Search.create(folder, SearchPlan((Dimension(("loss.name",), choices=("hinge", "wasserstein")),), 1), config.resolve())._study
    study.finish(study.take() or 0, 2.5)
    file = folder / report.SEARCH
    file.write_text(file.read_text().replace("loss.name", "data.dataset"))
    row = row_of(folder)
    assert row.reading is not None
    assert (row.reading.summary.state, row.reading.summary.epoch, row.reading.summary.epochs) == ("completed", 1, 1)
    assert "search has no order: data.dataset differs" in row.refusal()[0]


def test_a_sweep_is_put_away_and_tagged_by_its_name(grid: Path) -> None:
    runs = grid.parent

    def said(*words: str) -> Result:
        return CliRunner().invoke(cli, [*words, "--runs-dir", str(runs)])

    directory.create(runs, config.resolve(), "rates-2")  # whose name begins with the same word
    assert said("tag", "rates", "good").output == "rates: good\n"
    assert "1 sweep: rates;" in said("runs", "--plain", "tag:good").stderr
    assert "sweep: rates" not in said("runs", "--plain", "tag:bad").stderr
    assert "and 1 sweep: rates" in said("runs", "--plain").output
    assert "rates: archived; `gan-tui archive --undo" in said("archive", "rates").output
    assert "1 sweep" not in said("runs", "--plain").output
    assert "and 1 sweep: rates" in said("runs", "--plain", "--all").output
    assert [one.label.archived for one in scan_all(runs) if one.kind is SweepRow] == [True]
    assert "rates" not in [entry["name"] for entry in json.loads(said("runs", "--json", "--sweeps").stdout)]
    assert said("archive", "rates", "--undo").output == "rates: in the list again\n"
    with HeldRun(RunDirectory(grid / "lr-0.001-seed-0")):
        assert "rates is being trained" in str(said("archive", "rates").exception)
    assert f"`mv -n {grid} {runs / 'other'}` does that" in str(said("rename", "rates", "other").exception)
