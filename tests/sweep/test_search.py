"""`gan-tui sweep --trials`: what may be searched, what is found, and that no trial is lost whatever becomes of the workers."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.cli import sweep_plan
from gan_tui.errors import UserError
from gan_tui.run.events import EndedEarly, Started
from gan_tui.run.log import read_all
from gan_tui.run.summary import summarise
from gan_tui.sweep.report import SEARCH
from gan_tui.sweep.search import Search
from gan_tui.sweep.search_plan import JOURNAL, LEASES, SearchPlan
from gan_tui.sweep.search_report import SearchReport
from gan_tui.sweep.slots import Slot
from gan_tui.sweep.space import dimension_of
from gan_tui.sweep.trial_process import TrialProcess
from tests.conftest import Cli, wait_for
from tests.patience import CEILING
from tests.sweep import fake_trainer, fake_worker
from tests.sweep.fake_process import FakeProcess
from tests.sweep.test_sweep import put

pytestmark = [pytest.mark.optuna, pytest.mark.usefixtures("fake")]
RATES, PENALTY, LOSS = "lr=log:1e-5..10", "loss.r1=0..20", "loss.name=hinge,wasserstein"


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trials are trained by fake_process.py, without waiting between two looks."""
    monkeypatch.setattr("gan_tui.sweep.search.TrialProcess", FakeProcess)
    monkeypatch.setattr("gan_tui.sweep.search.LOOK_SECONDS", 0.0)


def plan_of(*over: str, trials: int = 8, **more: object) -> SearchPlan:
    return SearchPlan(tuple(map(dimension_of, over)), trials, **more)  # type: ignore[arg-type]


def searched(folder: Path, plan: SearchPlan, parallel: int = 2) -> SearchReport:
    """All of a new search."""
    search = Search.create(folder, plan, config.resolve())
    for _ in search.run([Slot("", None)] * parallel):
        pass
    return search.report()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--trials 0", "--trials "),
        ("--trials 5000", "--trials "),
        ("--over loss.r1=1..2 --over lr=1e-4..1e-3", "several --over are a search"),
        ("--over loss.r1=1..2 --minimise fd", "say --trials N"),
        ("--trials 4 --minimise beauty", "choose one of fd, kid"),
        ("--trials 4 --minimise fd --maximise coverage", "choose one"),
        ("--trials 4 --minimise coverage", "say --maximise coverage"),
        ("--trials 4 --maximise fd", "say --minimise fd"),
        ("--trials 4 --seeds 3", "--seeds is for a grid"),
        ("--trials 4 --points 7", "--points is for a grid"),
        ("--trials 4 --over lr=log:1e-4..1e-3 --over optimizer.d_lr=1..2", "optimizer.d_lr is in two --over"),
        ("--trials 4 --over loss.name=hinge,nonsense", "nonsense"),
        ("--trials 4 --over lr=0..100", "_lr = "),
        ("--trials 4 --over loss.r1=0..1 --set loss.r1=1", "--set loss.r1"),
        ("--trials 4 --name there", "there exists already, and is no sweep: choose another --name\n"),
        ("--trials 4 --name done", "done exists already: choose another --name, or go on with it: `gan-tui sweep --resume "),
        ("--join nope", "'nope'"),
        ("--join grid", "grid is a grid"),
        ("--join done", "done is finished"),
        ("--join done --trials 3", "leave out what would be tried"),
        ("--join torn", "line 3 of"),
        ("--resume torn", "is damaged: it is no JSON"),
        ("--show strange", "journal.jsonl"),
        ("--show hollow", "is not what a search writes"),
        ("--show baseless", "base.toml"),
        (
            "--show done --preset-out there.toml",
            "there.toml is there already, and nothing is overwritten: choose another name with --preset-out\n",
        ),
        ("--show done --preset-out best.json", "best.json"),
    ],
)
def test_every_mistake_is_one_line(shelf: Cli, arguments: str, words: str) -> None:
    there = shelf.runs_dir.parent / "there.toml"
    done = shelf("sweep", *arguments.replace("there.toml", str(there)).split())
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """Sweeps and searches of all kinds, good and damaged. Nothing is to change there."""
    cli = Cli(tmp_path_factory.mktemp("shelf") / "runs")
    put(cli.runs_dir / "grid")
    (cli.runs_dir / "there").mkdir()
    for name in ("done", "torn", "strange", "hollow", "baseless"):
        study = Search.create(cli.runs_dir / name, plan_of(RATES, trials=1), config.resolve())._study
        if name == "done":
            study.finish(study.take() or 0, 5.0)
    journal = cli.runs_dir / "torn" / JOURNAL
    journal.write_bytes(b"\n".join([*journal.read_bytes().splitlines()[:2], b'{"op_code', b"{}", b""]))
    with open(cli.runs_dir / "strange" / JOURNAL, "ab") as file:
        file.write(b'{"op_code": 77, "worker_id": "x"}\n')
    (cli.runs_dir / "hollow" / "search.json").write_text('{"dimensions": []}')
    (cli.runs_dir / "baseless" / "base.toml").unlink()
    (cli.runs_dir.parent / "there.toml").touch()
    yield cli
    cli.close()


def test_a_search_finds_what_is_best_and_says_so(tmp_path: Path) -> None:
    report = searched(tmp_path / "found", plan_of(RATES, PENALTY, LOSS, trials=24, reduction=1), parallel=4)
    assert (report.ended, report.left, report.count("pruned")) == (24, 0, 0)
    assert report.count("diverged") == sum(row.values[0] >= 1 for row in report.rows)  # type: ignore[operator]
    best = report.best
    assert best is not None
    run = Search.open(report.folder).run_of(best.number)
    assert best.value == pytest.approx(fake_trainer.score(run.config()))
    assert best.value == min(row.value for row in report.rows if row.value is not None)
    assert report.recommendation.startswith(f"take trial {best.number}, lr=")
    assert next(iter(report.importance)) == "lr", "by far the most of the score"
    assert sum(report.importance.values()) == pytest.approx(1)
    assert Search.open(report.folder).report() == report, "the journal has all of it"


def test_trials_of_one_process_are_pruned_one_by_one(tmp_path: Path) -> None:
    search = Search.create(tmp_path / "together", plan_of(RATES, trials=12), config.resolve())
    most = 0
    for _ in search.run([Slot("", None, room=5)]):
        most = max(most, len(search.processes))
    report = search.report()
    assert most == 5
    assert (report.left, report.ended) == (0, 12)
    assert 0 < report.count("pruned") < 12


def test_the_same_search_tries_the_same(tmp_path: Path) -> None:
    first, second = (searched(tmp_path / name, plan_of(RATES, PENALTY, trials=14), parallel=1) for name in ("a", "b"))
    assert first.rows == second.rows
    assert len({row.values for row in first.rows}) == 14


def test_trials_that_fall_behind_are_ended_and_marked(tmp_path: Path) -> None:
    report = searched(tmp_path / "halved", plan_of(RATES, trials=12), parallel=1)
    pruned = [row for row in report.rows if row.state == "pruned"]
    assert pruned
    assert report.count("done", "diverged") >= 1
    search = Search.open(report.folder)
    for row in pruned:
        run = search.run_of(row.number)
        assert row.reached in (11, 33)
        notes = [event.text for event in read_all(run.events) if isinstance(event, EndedEarly)]
        assert notes[-1].startswith(f"ended by the sweep at {row.reached} %: fd ")
        assert summarise(run).state == "ended early"
        assert run.path.is_dir(), "nothing is deleted"
    assert min(row.value for row in report.rows if row.state == "done" and row.value) <= min(row.value or 0 for row in pruned)


def test_coverage_can_be_maximised(tmp_path: Path) -> None:
    report = searched(tmp_path / "up", plan_of(RATES, trials=6, metric="coverage", maximise=True, reduction=1))
    assert report.best is not None
    assert report.best.value == max(row.value for row in report.rows if row.value is not None)
    assert "coverage" in report.title


def test_settings_that_do_not_go_together_are_refused_and_the_search_goes_on(tmp_path: Path) -> None:
    report = searched(tmp_path / "some", plan_of("train.batch_size=2..50", "loss.name=hinge,wasserstein", trials=4))
    assert report.left == 0
    odd = searched(tmp_path / "odd", plan_of("loss.penalty=gradient,fd", "loss.gp=0,10", trials=8, reduction=1))
    refused = [row for row in odd.rows if row.state == "refused"]
    assert refused
    assert all(row.trouble and row.values == ("fd", "10") for row in refused)
    assert odd.best is not None


def test_a_trial_that_cannot_run_is_tried_again_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    search = Search.create(tmp_path / "sick", plan_of("lr=log:1e-5..0.1", trials=1), config.resolve())
    with monkeypatch.context() as sick:
        sick.setattr("gan_tui.sweep.search.TrialProcess", TrialProcess)
        sick.setattr("gan_tui.sweep.trial_process.trainer_command", lambda _: ["false"])
        with pytest.raises(UserError, match="could not begin: its trainer ended with status 1"):
            list(search.run([Slot("", None)]))
    report = search.report()
    assert (report.left, report.rows[0].state, report.rows[0].trouble[:23]) == (1, "running", "its trainer ended with ")
    again = Search.open(tmp_path / "sick")
    list(again.run([Slot("", None)]))
    assert (again.report().left, again.report().rows[0].state) == (0, "done")
    assert list((tmp_path / "sick" / LEASES).iterdir()) == []


def test_an_interrupted_search_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(FakeProcess, "held", True)
    search = Search.create(tmp_path / "cut", plan_of("lr=log:1e-5..0.1", trials=3, reduction=1), config.resolve())
    for _ in search.run([Slot("", None)] * 2):
        if sum(state.step == fake_trainer.STEPS // 2 for state in search.report().states.values()) == 2:
            search.interrupt()
    assert [row.state for row in search.report().rows] == ["running", "running", "waiting"]
    assert not any(search.run_of(number).alive for number in range(2))
    monkeypatch.setattr(FakeProcess, "held", False)
    again = Search.open(tmp_path / "cut")
    list(again.run([Slot("", None)] * 2))
    assert [row.state for row in again.report().rows] == ["done"] * 3
    for number in range(2):
        assert sum(isinstance(event, Started) for event in read_all(search.run_of(number).events)) == 2, "it went on"


def test_a_trial_that_another_worker_has_taken_is_left_to_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As of a worker that was held up for more than a minute, while others saw no sign of life."""
    monkeypatch.setattr(FakeProcess, "held", True)
    search = Search.create(tmp_path / "lost", plan_of("lr=log:1e-5..0.1", trials=1, reduction=1), config.resolve())
    steps = search.run([Slot("", None)])
    assert next(steps) is None
    lease = tmp_path / "lost" / LEASES / "0"
    theirs = lease.read_bytes().replace(b'"secret":"', b'"secret":"other')
    lease.write_bytes(theirs)
    search._at_work[0].losses.append("taken")
    row = next(steps)
    assert row is not None
    assert row.state == "running", "what comes of it, they write down"
    search.interrupt()
    list(steps)
    assert lease.read_bytes() == theirs


def test_a_line_torn_by_a_full_disk_spoils_nothing(tmp_path: Path) -> None:
    report = searched(tmp_path / "torn", plan_of(RATES, trials=2))
    journal = tmp_path / "torn" / JOURNAL
    with open(journal, "ab") as file:
        file.write(b'{"op_code": 5, "wor')
    search = Search.open(tmp_path / "torn")
    assert search.report() == report
    search._study.complain(0, "late")  # nothing is changed of a trial that has ended
    Search.open(tmp_path / "torn")
    assert journal.read_bytes().endswith(b"}\n")
    assert journal.with_name(f"{JOURNAL}.torn").read_bytes() == b'{"op_code": 5, "wor\n'


def test_old_trouble_is_over_once_a_trial_has_ended_and_a_long_one_damages_nothing(cli: Cli, tmp_path: Path) -> None:
    folder = cli.runs_dir / "sick"
    study = Search.create(folder, plan_of(RATES, trials=2), config.resolve())._study
    assert study.take() == 0
    study.complain(0, "x" * 300_000)
    row = Search.open(folder).report().rows[0]
    assert (row.state, len(row.trouble)) == ("running", 2000)
    study.finish(0, None)
    study.refuse(study.take() or 1, "y" * 300_000)
    report = Search.open(folder).report()
    assert [(row.state, row.trouble[:1]) for row in report.rows] == [("diverged", ""), ("refused", "y")]
    assert report.outcome(report.rows[0]) == "diverged"
    chart = tmp_path / "chart.txt"
    done = cli("sweep", "--show", "sick", "-o", str(chart), "--preset-out", str(tmp_path / "best.toml"))
    assert re.search(r"\bsick\b.*\bFD\b", done.stderr)
    assert all(word in chart.read_text() for word in ("diverged", "refused")), "and the chart is there"


def test_one_of_an_earlier_version_whose_trials_have_other_real_images_has_no_order(cli: Cli) -> None:
    search = Search.create(cli.runs_dir / "sets", plan_of("loss.name=hinge,wasserstein", trials=2), config.resolve())
    file = search.folder / SEARCH
    file.write_text(file.read_text().replace("loss.name", "data.dataset"))
    for option in ("--show", "--resume", "--join"):
        refused = cli("sweep", option, "sets")
        assert refused.returncode == 2
        assert "sets has no order: data.dataset differs between its trials" in refused.stderr
        assert refused.stderr.count("\n") == 1


def test_a_line_as_long_as_a_plan_may_make_it_can_be_read(tmp_path: Path) -> None:
    plan = plan_of("loss.name=" + ",".join(f"{number:02}{chr(0x1F600) * 198}" for number in range(50)), trials=1)
    from gan_tui.sweep.study import Study

    study = Study.create(tmp_path, plan, seed=0)
    assert study.values(study.take() or 0)
    assert study.rows()[0].values[0] in plan.dimensions[0].choices


def test_a_lock_that_another_worker_has_broken_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    study = Search.create(tmp_path / "slow", plan_of(RATES, trials=1), config.resolve())._study
    monkeypatch.setattr("gan_tui.sweep.journal.Journal._cut_torn_line", lambda self: Path(self._lock._lock_file).unlink())
    assert study.take() == 0
    study.finish(0, 5.0)
    assert Search.open(tmp_path / "slow").report().rows[0].value == 5.0


def test_the_best_settings_become_a_preset(cli: Cli, tmp_path: Path) -> None:
    plan = plan_of(RATES, LOSS, trials=4, reduction=1)
    search = Search.create(cli.runs_dir / "good", plan, config.resolve(tables=[{"train": {"epochs": 2}, "model": {"hidden": 64}}]))
    early = cli("sweep", "--show", "good", "--preset-out", str(tmp_path / "early.toml"))
    assert early.returncode != 0, early.stderr
    assert not (tmp_path / "early.toml").exists()
    list(search.run([Slot("", None)] * 2))
    best = search.report().best
    assert best is not None
    path = tmp_path / "best.toml"
    done = cli("sweep", "--show", "good", "--preset-out", str(path))
    assert f"gan-tui --preset {path}` trains with it" in done.stdout
    preset = config.load_preset(str(path))
    settings = config.resolve(preset)
    trial = search.run_of(best.number).config()
    assert (settings.optimizer, settings.loss, settings.model.hidden) == (trial.optimizer, trial.loss, 64)
    assert settings.train.epochs == config.resolve().train.epochs, "how long a trial is is no setting of a preset"
    assert "[ema]" in path.read_text("utf-8"), "all settings are there, whatever shipped presets become"
    assert "preset =" not in path.read_text("utf-8")
    assert f"live FD {best.value:.4g} after 2 epochs" in preset.measured
    assert f"`gan-tui sweep --show {cli.runs_dir / 'good'} --preset-out best.toml` makes a preset" in cli("sweep", "--show", "good").stderr
    found = json.loads(cli("sweep", "--show", "good", "--json").stdout)
    assert (found["best"], len(found["trials"]), found["metric"]) == (best.number, 4, "fd")


def test_a_folder_of_images_is_meant_from_wherever_a_worker_is_started(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.chdir(tmp_path)
    plan = sweep_plan.Plan(None, (), None, 1, 2, None, None, None, "1", None, ("data.dataset=folder:photos",), "mine")
    made = plan.sweep(cli.runs_dir)
    assert Search.open(made.folder).base.data.folder == str(tmp_path / "photos")
    assert "no folder" in cli("sweep", "--trials", "2", "--set", "data.dataset=folder:nowhere").stderr


@pytest.mark.slow
def test_a_killed_workers_trials_are_taken_up_again(cli: Cli) -> None:
    """Three workers at work on a trial each: one dies with its trainer, as with its machine; of another one the trainer lives on."""
    cli.runs_dir.mkdir(exist_ok=True)
    (cli.runs_dir / "hold").touch()
    search = Search.create(cli.runs_dir / "shared", plan_of("lr=log:1e-5..0.1", trials=5, reduction=1), config.resolve())
    workers = [start(cli, "--join", "shared", "--parallel", "3" if number == 2 else "1") for number in range(3)]
    runs = [search.run_of(number) for number in range(5)]
    wait_for(lambda: all(run.events.exists() and '"step":50' in run.events.read_text() for run in runs), what="five trials at work")
    owners = {number: json.loads((search.folder / LEASES / str(number)).read_bytes())["pid"] for number in range(5)}
    dead, survived = (next(number for number, pid in owners.items() if pid == workers[index].pid) for index in (0, 1))
    for worker in workers[:2]:
        worker.kill()
    os.kill(next(event.pids[0] for event in read_all(runs[dead].events) if isinstance(event, Started)), signal.SIGKILL)
    (cli.runs_dir / "hold").unlink()
    assert workers[2].wait(CEILING) == 0
    report = search.report()
    assert [row.state for row in report.rows] == ["done"] * 5
    starts = [sum(isinstance(event, Started) for event in read_all(run.events)) for run in runs]
    assert starts == [2 if number == dead else 1 for number in range(5)], "from its log; of the others none was begun again"
    assert survived != dead
    assert list((search.folder / LEASES).iterdir()) == []


def start(cli: Cli, *arguments: str) -> "subprocess.Popen[bytes]":
    """A worker whose trials are cheap."""
    command = [sys.executable, "-m", fake_worker.__name__, "sweep", *arguments]
    return subprocess.Popen(command, env=cli.environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def test_without_optuna_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "optuna", None)
    monkeypatch.delitem(sys.modules, "gan_tui.sweep.study", raising=False)
    monkeypatch.delitem(sys.modules, "gan_tui.sweep.journal", raising=False)
    with pytest.raises(UserError, match=r"pip install 'gan-tui\[sweep\]'"):
        Search.create(tmp_path / "none", plan_of(RATES), config.resolve())
    assert not (tmp_path / "none").exists()
