"""`gan-tui sweep`: which values are tried, what is recommended, what it writes down, and the whole thing as a process."""

import json
import math
import os
import pty
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from gan_tui import config
from gan_tui.config import RATES
from gan_tui.errors import MISTAKEN, UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Error, Finished, Started
from gan_tui.run.log import EventWriter, read_all
from gan_tui.sweep.plan import settings_of, split, values_of
from gan_tui.sweep.report import Ended, Outcome, Report, find, read, recommend
from gan_tui.sweep.runner import Sweep
from tests import zygote
from tests.conftest import SMALL, Cli, wait_for
from tests.patience import CEILING

QUICK = (
    "--set",
    "train.batch_size=75",
    *SMALL,
    "--set",
    "evaluation.budget=0.05",
    "--set",
    "evaluation.samples=200",
    "--epochs",
    "1",
    "--parallel",
    "1",
)
REPORT = Report(
    settings=RATES,
    values=(1e-4, 1e-3, 1e-2),
    epochs=3,
    samples=2000,
    trials=(Ended(1e-4, 0, 40.0, "a"), Ended(1e-3, 0, 11.0, "b"), Ended(1e-2, 0, None, "c"), Ended(1e-4, 1, 32.0, "d")),
)


def put(folder: Path, content: dict[str, Any] | bytes | None = None) -> Path:
    """A finished sweep, or one whose file holds `content`."""
    folder.mkdir(parents=True)
    written = REPORT.to_json() if content is None else content
    folder.joinpath("sweep.json").write_bytes(written if isinstance(written, bytes) else json.dumps(written).encode())
    return folder


def test_a_range_is_cut_at_equal_ratios() -> None:
    assert values_of("1e-4..1e-2", 3) == [1e-4, 1e-3, 1e-2]
    assert values_of("3e-4,1e-3", 7) == [3e-4, 1e-3]
    assert len(values_of("1e-5..1e-2", 7)) == 7
    assert split("lr=log:1e-4..1e-2") == (RATES, "log:1e-4..1e-2")
    assert values_of("log:1e-4..1e-2", 3) == values_of("1e-4..1e-2", 3)


@pytest.mark.parametrize(
    "text", ["", "1e-3", "1e-2..1e-4", "0..1", "-1..1", "a,b", "1..inf", "1,1", "nan,1..2", "1,nan", "1,inf", "1..1.001", "1e-200..1e200"]
)
def test_what_is_no_range_is_refused(text: str) -> None:
    with pytest.raises(UserError, match=r"range|different|numbers"):
        values_of(text, 5)


def test_a_value_reaches_its_settings() -> None:
    settings = settings_of(config.resolve(), RATES, 1e-3, 4)
    assert (settings.optimizer.d_lr, settings.optimizer.g_lr, settings.train.seed) == (1e-3, 1e-3, 4)
    assert settings_of(config.resolve(), ("train.d_steps",), 3.0, 0).train.d_steps == 3
    assert settings_of(config.resolve(), ("loss.r1",), 0.123456789, 0).loss.r1 == 0.123456789
    with pytest.raises(UserError, match=r"optimizer\.\w_lr = 11"):
        settings_of(config.resolve(), RATES, 11.0, 0)
    with pytest.raises(UserError, match=r"'optimizer\.lr'"):
        settings_of(config.resolve(), ("optimizer.lr",), 1.0, 0)


@pytest.mark.parametrize("key", ["train.seed", "train.epochs", "evaluation.samples", "data.image_size"])
def test_what_makes_trials_comparable_is_not_swept(tmp_path: Path, key: str) -> None:
    with pytest.raises(UserError, match=f"{key} cannot be swept"):
        Sweep(tmp_path, config.resolve(), (key,), [200.0, 300.0], 1)


def test_the_recommendation_names_its_evidence() -> None:
    values = [1e-4, 1e-3, 1e-2]
    clear = [Outcome(1e-4, (30.0, 32.0)), Outcome(1e-3, (10.0, 12.0)), Outcome(1e-2, (math.inf, math.inf))]
    assert recommend(clear, values) == "take 0.001: FD 11 (10 to 12, 2 seeds); next is 0.0001 with 31 (30 to 32, 2 seeds); diverged: 0.01"
    close = [Outcome(1e-4, (11.0, 32.0)), Outcome(1e-3, (10.0, 12.0))]
    assert " 0.0001" in recommend(close, values)
    assert "highest value tried" in recommend([Outcome(1e-4, (9.0,)), Outcome(1e-2, (5.0,))], values)
    assert "one seed is not much evidence" in recommend([Outcome(1e-4, (9.0,)), Outcome(1e-3, (5.0,))], values)


def test_a_value_that_diverged_once_is_not_recommended() -> None:
    outcomes = [Outcome(1e-3, (20.0, 21.0)), Outcome(1e-2, (1.0, math.inf))]
    assert recommend(outcomes, [1e-3, 1e-2]) == (
        "take 0.001: FD 20.5 (20 to 21, 2 seeds); it is the lowest value tried, so look further that way; diverged: 0.01 (1 of 2 seeds)"
    )


def test_the_recommendation_knows_what_it_does_not_know() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert recommend([], values) == "no trial has ended"
    assert "diverged" in recommend([Outcome(1.0, (math.inf,))], [1.0])
    assert recommend([Outcome(1.0, (math.inf,))], values).endswith("without a result: 2, 3, 4 and 2 more")
    # 2 is the highest that was tried, though not the highest that was to be tried; and a lone value is no edge.
    assert " highest " in recommend([Outcome(1.0, (9.0,)), Outcome(2.0, (5.0,))], values)
    assert recommend([Outcome(1.0, (9.0,))], values).startswith("1 reads FD 9")
    alike = [Outcome(value, (5.0, 6.0)) for value in values]
    assert "2 with 5.5 (5 to 6, 2 seeds), 3 with 5.5" in recommend(alike, values)
    assert "and 2 more" in recommend(alike, values)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    assert read(put(tmp_path / "one")) == REPORT
    assert REPORT.outcomes() == [Outcome(1e-4, (40.0, 32.0)), Outcome(1e-3, (11.0,)), Outcome(1e-2, (math.inf,))]


def test_a_sweep_is_found_by_its_name_its_path_or_as_the_latest(tmp_path: Path) -> None:
    for number, name in enumerate(("old", "new")):
        os.utime(put(tmp_path / name) / "sweep.json", (number, number))
    assert find(tmp_path, "old") == find(tmp_path / "elsewhere", str(tmp_path / "old")) == tmp_path / "old"
    assert find(tmp_path, "latest") == tmp_path / "new"
    with pytest.raises(UserError, match="there are new, old"):
        find(tmp_path, "nope")
    with pytest.raises(UserError, match="there are none"):
        find(tmp_path / "elsewhere", "latest")


GOOD = json.loads(json.dumps(REPORT.to_json()))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"null",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        json.dumps(GOOD).encode()[:-40],
        b" " * (1 << 23) + b"{}",
        GOOD | {"settings": []},
        GOOD | {"settings": ["\x1b[2J.x"]},
        GOOD | {"values": [1.0]},
        GOOD | {"values": [1.0, 1.0]},
        GOOD | {"values": [1.0, 1e300]},
        GOOD | {"values": [float(number) for number in range(51)]},
        GOOD | {"epochs": -1},
        GOOD | {"trials": [{"value": 1e-4, "seed": 0, "fd": "low", "run": "x"}]},
        GOOD | {"trials": [{"value": 1e-4, "seed": 0, "fd": -1.0, "run": "x"}]},
        GOOD | {"trials": [{"value": 1e-4}]},
        GOOD | {"trials": 3},
    ],
    ids=range(19),
)
def test_a_file_that_no_sweep_wrote_is_one_clear_line(tmp_path: Path, content: Any) -> None:
    with pytest.raises(UserError, match=r"sweep\.json (is not what a sweep writes|has more than)"):
        read(put(tmp_path / "bad", content))


def test_the_list_of_runs_says_that_there_are_sweeps(cli: Cli) -> None:
    put(cli.runs_dir / "rates")
    done = cli("runs", "--plain")
    assert "and 1 sweep: rates; `gan-tui sweep --show SWEEP`" in done.stderr
    assert f"`gan-tui runs --runs-dir {cli.runs_dir / 'rates'}`" in done.stderr
    assert cli("runs", "--json").stderr == ""
    assert "and 1 sweep: rates" in cli("runs", "--plain", "rat").stderr
    assert cli("runs", "--plain", "!rat").stderr == ""
    assert cli("runs", "--plain", "tag:x").stderr == "", "a sweep has no tags, and no FD of its own"


def test_a_sweep_is_shown_again(cli: Cli) -> None:
    put(cli.runs_dir / "rates")
    done = cli("sweep", "--show", "rates")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "lr: live FD of 2000 samples, after 3 epochs"
    assert lines[3].split() == ["0.001", "11", "<-", "best"]
    assert lines[4].split() == ["0.01", "-", "diverged"]
    assert lines[-3].split() == ["○", "a", "trial", "━", "their", "mean", "▼", "best:", "0.001", "✗", "diverged"]
    assert done.stdout.count("○") == 3, "two trials and the caption"
    assert " ".join(lines[-2:]).startswith("take 0.001: FD 11; next is 0.0001 with 36 (32 to 40, 2 seeds);")
    assert all(len(line) <= 80 for line in lines)
    assert "\x1b" not in done.stdout
    assert json.loads(cli("sweep", "--show", "latest", "--json").stdout) == GOOD


def test_a_value_without_a_result_says_so(cli: Cli) -> None:
    put(cli.runs_dir / "rates", GOOD | {"trials": GOOD["trials"][:1]})
    lines = cli("sweep", "--show", "rates").stdout.splitlines()
    assert [line.split(maxsplit=1)[1].strip() for line in lines[3:5]] == ["no result yet", "no result yet"]


def test_a_c_locale_gets_ascii(cli: Cli) -> None:
    put(cli.runs_dir / "rates")
    command = [sys.executable, "-m", "gan_tui", "sweep", "--show", "rates"]
    done = subprocess.run(command, capture_output=True, env=cli.environment | {"LC_ALL": "C"}, check=True)
    assert done.stdout.isascii()
    assert b"o a trial  . their mean  v best: 0.001  x diverged" in done.stdout


def test_the_chart_as_a_file(cli: Cli, tmp_path: Path) -> None:
    put(cli.runs_dir / "rates")
    text, picture = tmp_path / "chart.txt", tmp_path / "chart.svg"
    assert cli("sweep", "--show", "rates", "-o", str(text)).stdout.endswith(f"wrote {text}\n")
    assert text.read_text("utf-8").startswith("lr: ")
    assert text.read_text("utf-8").endswith(f"\n{REPORT.recommendation}\n")
    assert cli("sweep", "--show", "rates", "-o", str(picture), "--theme", "paper").returncode == 0
    assert "diverged" in picture.read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("--lr 1..x", "--lr 1..x: no range"),
        ("--lr 1,2 --over loss.r1=1,2", "are two sweeps"),
        ("--over nothing=1,2", "'nothing'"),
        ("--over loss.r1,nothing=1,2", "'nothing'"),
        ("--over =1,2", "''"),
        ("--over loss.r1", "--over loss.r1: no values"),
        ("--over train.d_steps=1.5,2", "train.d_steps = 1.5"),
        ("--set evaluation.budget=0", "turns them off"),
        ("--name rates", "rates "),
        ("--show nope", "no sweep 'nope'"),
        (f"--show {'x' * 5000}", "no sweep"),
        ("--show empty", "'empty'"),
        ("--show torn", "torn/sweep.json"),
        ("--show folder", "folder/sweep.json"),
        ("--show device", "device/sweep.json"),
        ("--show rates --lr 1,2", "trains nothing"),
        ("--resume rates --name x", "tries what is left"),
        ("--resume rates --epochs 5", "tries what is left"),
        ("--show rates --seeds 2", "trains nothing"),
        ("--lr 1,2 --set optimizer.d_lr=1", "leave out --set optimizer.d_lr"),
        ("--lr 1,2 --epochs 1 --set train.epochs=2", "--set train.epochs=2"),
        ("--over data.validation=1000,2000", "data.validation"),
        ("--resume nope", "'nope'"),
        ("--resume rates", "has no trial left"),
        ("--lr 1,2 --runs-dir /proc/nowhere", "/proc/nowhere"),
        ("--show rates -o chart.jpg", "chart.jpg"),
        ("-o nowhere/chart.svg", " nowhere"),
        ("--show rates -o chart.svg --json", "choose one"),
        ("--show rates --theme nope", "--theme nope: "),
        ("--lr 1,2 --theme nope", "--theme nope: "),
    ],
)
def test_every_mistake_is_one_line(shelf: Cli, arguments: str, words: str) -> None:
    before = sorted(shelf.runs_dir.rglob("*"))
    done = shelf("sweep", *arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert sorted(shelf.runs_dir.rglob("*")) == before


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    """Finished sweeps, and what only looks like one. Nothing is to change there."""
    cli = Cli(tmp_path_factory.mktemp("shelf") / "runs")
    put(cli.runs_dir / "rates")
    put(cli.runs_dir / "torn", b'{"settings": ["los')
    (cli.runs_dir / "folder" / "sweep.json").mkdir(parents=True)
    for name in ("empty", "device"):
        (cli.runs_dir / name).mkdir()
    (cli.runs_dir / "device" / "sweep.json").symlink_to("/dev/zero")
    yield cli
    cli.close()


@pytest.mark.slow
def test_a_sweep_from_end_to_end(cli: Cli, tmp_path: Path) -> None:
    done = cli("sweep", "--lr", "1e-3,10", "--name", "rates", "--json", *QUICK)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [(trial["value"], trial["seed"]) for trial in found["trials"]] == [(0.001, 0), (10.0, 0)]
    assert found["trials"][0]["fd"] > 1
    assert found["seeds"] == 1
    assert (found["epochs"], found["samples"]) == (1, 200)
    assert found["recommendation"].startswith("take 0.001")
    assert json.loads((cli.runs_dir / "rates" / "sweep.json").read_text()) == found
    assert (cli.runs_dir / "rates" / "lr-0.001-seed-0" / "run.toml").exists()

    chart = tmp_path / "chart.txt"
    together = cli("sweep", "--over", "loss.r1, loss.r2=0.5,2", "--name", "both", "-o", str(chart), *QUICK)
    assert together.returncode == 0, together.stderr
    assert "loss.r1, loss.r2 0.5, seed 0: FD " in together.stderr
    assert together.stdout.startswith("take ")
    loss = RunDirectory(cli.runs_dir / "both" / "r1-2-seed-0").config().loss
    assert (loss.r1, loss.r2) == (2.0, 2.0)
    assert "a trial" in chart.read_text("utf-8")


@pytest.mark.slow
def test_trials_in_one_process_are_runs_like_others(cli: Cli) -> None:
    quick = QUICK[: QUICK.index("--parallel")]
    done = cli("sweep", "--preset", "mlp-r3", "--lr", "1e-3,3e-3,1e-2", "--name", "many", "--together", "always", *quick)
    assert done.returncode == 0, done.stderr
    assert "3 at once, trained together" in done.stderr
    assert done.stdout.startswith("take 0.0")
    for run in (RunDirectory(path) for path in (cli.runs_dir / "many").glob("lr-*")):
        assert next(event.engine for event in read_all(run.events) if isinstance(event, Started)) == "together"
    assert cli("sample", "many/lr-0.001-seed-0", "-o", str(cli.runs_dir / "grid.png")).returncode == 0
    assert len(list((cli.runs_dir / "many").glob("lr-*/trainer.log"))) == 1, "one process"


@pytest.mark.slow
def test_a_terminal_sees_table_and_chart_while_trials_run(cli: Cli) -> None:
    master, slave = pty.openpty()
    command = [sys.executable, "-m", "gan_tui", "sweep", "--lr", "1e-3,3e-3", "--name", "seen", *QUICK]
    environment = cli.environment | {"TERM": "xterm", "COLUMNS": "80", "LINES": "24", "NO_COLOR": "1"}
    process = zygote.start_on_terminal(command, environment, slave)
    seen = b""
    deadline = time.monotonic() + CEILING
    while time.monotonic() < deadline:
        try:
            seen += os.read(master, 65536)
        except OSError:  # the other end has gone
            break
    os.close(master)
    assert process.wait(CEILING) == 0
    text = seen.decode()
    assert "seed 0: starting" in text
    assert "<- best so far" in text
    assert text.count("their mean") > 2, "drawn anew"
    final = text[text.rindex("lr: live FD") :]
    assert "so far" not in final
    assert final.index("<- best") < final.index("their mean") < final.index("take 0.00")
    assert "38;2;" not in text


@pytest.mark.slow
def test_ctrl_c_leaves_what_is_known(cli: Cli) -> None:
    # A shell that runs the tests in the background has them ignore SIGINT, and children inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = cli.start("sweep", "--lr", "1e-3,2e-3", "--name", "cut", "--seeds", "20", *QUICK)
    signal.signal(signal.SIGINT, before)
    wait_for(lambda: (cli.runs_dir / "cut" / "sweep.json").exists())
    wait_for(lambda: bool(read(cli.runs_dir / "cut").trials))
    process.send_signal(2)
    output, errors = process.communicate(timeout=CEILING)
    assert process.returncode == 0
    assert output.startswith(("take ", "0.001 reads FD "))
    said = errors.splitlines()
    assert f"`gan-tui sweep --resume {cli.runs_dir / 'cut'}`" in said[-1]


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGKILL])
def test_an_interrupted_sweep_goes_on(cli: Cli, number: signal.Signals) -> None:
    before_that = signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup it is ignored, and children inherit that
    process = cli.start("sweep", "--lr", "1e-3,2e-3", "--name", "long", *QUICK, "--epochs", "60")
    signal.signal(signal.SIGHUP, before_that)
    run = RunDirectory(cli.runs_dir / "long" / "lr-0.002-seed-0")
    wait_for(lambda: run.events.exists() and '"kind":"metrics"' in run.events.read_text(), what="steps of the second trial")
    process.send_signal(number)
    process.communicate(timeout=CEILING)
    if number == signal.SIGKILL:  # nobody has told its trainer
        again = cli("sweep", "--resume", "long")
        assert again.returncode == 2
        assert str(run.path) in again.stderr
        os.kill(next(event.pids[0] for event in read_all(run.events) if isinstance(event, Started)), signal.SIGTERM)
    wait_for(lambda: not run.alive)
    before = read(cli.runs_dir / "long")
    assert [trial.value for trial in before.trials] == [1e-3]
    done = cli("sweep", "--resume", "long", "--json")
    assert done.returncode == 0, done.stderr
    assert "1 trial of 60 epochs" in done.stderr
    assert " 1 of 2 " in done.stderr
    after = read(cli.runs_dir / "long")
    assert after.trials[0] == before.trials[0], "it was not trained again"
    assert [trial.value for trial in after.trials] == [1e-3, 2e-3]
    assert sum(isinstance(event, Started) for event in read_all(run.events)) == 2, "the trial went on"
    nothing = cli("sweep", "--resume", "long")
    assert nothing.stdout.strip() == after.recommendation
    assert "0 trials of 60 epochs" in nothing.stderr


def test_what_no_value_can_mend_ends_the_sweep(cli: Cli) -> None:
    done = cli("sweep", "--lr", "1e-4,1e-3", "--set", "data.dataset=folder:/nope")
    assert done.returncode == 2
    assert "/nope" in done.stderr.splitlines()[-1]


def test_whole_numbers_are_swept_as_such() -> None:
    assert values_of("16..64", 4, whole=True) == [16, 25, 40, 64]
    assert values_of("1..4", 7, whole=True) == [1, 2, 3, 4]


def test_who_ends_a_sweep_ends_its_trainer(cli: Cli) -> None:
    process = cli.start("sweep", "--lr", "1e-4,1e-3", "--name", "long", *QUICK, "--epochs", "3000")
    run = RunDirectory(cli.runs_dir / "long" / "lr-0.0001-seed-0")
    wait_for(lambda: run.lock.exists() and run.alive)
    process.terminate()
    assert process.wait(CEILING) == 1, "no trial has ended"
    assert not run.alive


@pytest.mark.slow
def test_a_killed_trainer_is_no_result(tmp_path: Path) -> None:
    tables = [config.parse_assignment(text) for text in (*SMALL[1::2], "train.epochs=200", "evaluation.budget=0.05")]
    plan = Sweep(tmp_path / "sweep", config.resolve(tables=tables), RATES, [1e-4, 1e-3], seeds=1)
    for trial in plan.run():
        started = trial.state.started
        if started and trial.state.step and not trial.done:
            # The first one dies, the second one is stopped by somebody: neither says anything of the value that it tried.
            with suppress(ProcessLookupError):
                os.kill(started.pids[0], signal.SIGKILL if trial.value == 1e-4 else signal.SIGTERM)
    assert ["killed (SIGKILL)" in trial.trouble for trial in plan.trials] == [True, False]
    assert plan.report().trials == ()
    assert (plan.report().recommendation, plan.report().left) == (recommend([], [1e-4, 1e-3]), 2)
    assert [trial.value for trial in Sweep.resumed(tmp_path / "sweep").left] == [1e-4, 1e-3], "both are tried again"


def test_a_trial_stopped_before_it_could_answer_has_no_trouble(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A trainer that is still starting is killed by the signal that asks it to save and stop. That is what was asked for."""
    monkeypatch.setattr("gan_tui.sweep.trial_process.trainer_command", lambda _: ["sleep", str(CEILING)])
    plan = Sweep(tmp_path / "sweep", config.resolve(tables=[]), RATES, [1e-4, 1e-3], seeds=1)
    for _ in plan.run():
        plan.interrupt()
    assert [trial.trouble for trial in plan.trials] == ["", ""]
    assert (plan.report().could_not_run, plan.report().left) == ((), 2)


@pytest.mark.slow
def test_a_trial_that_could_not_run_counts_against_no_value(cli: Cli) -> None:
    """No file may be larger than 200 kB: as on a full disk, no checkpoint can be written."""
    process = cli.start("sweep", "--lr", "1e-3,2e-3", "--name", "tight", *QUICK, "--set", "model.hidden=64")
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (200_000, 200_000))
    output, errors = process.communicate(timeout=CEILING)
    assert process.returncode == 1, "there is no result"
    assert output == f"{recommend([], [1e-3, 2e-3])}\n"
    assert errors.count("would be larger than a file may be here") == 2, errors
    found = read(cli.runs_dir / "tight")
    assert found.trials == ()
    assert [(one.value, one.seed) for one in found.could_not_run] == [(1e-3, 0), (2e-3, 0)]
    shown = cli("sweep", "--show", "tight")
    assert shown.stdout.count("could not run") == 2
    assert re.search(r"0\.001, seed 0 .*would be larger than a file may be here", shown.stderr)
    again = cli("sweep", "--resume", "tight", "--json")
    assert again.returncode == 0, again.stderr
    after = read(cli.runs_dir / "tight")
    assert [trial.fd is not None for trial in after.trials] == [True, True]
    assert (after.could_not_run, after.left) == ((), 0)


@pytest.mark.slow
def test_what_was_once_taken_for_divergence_is_tried_again(cli: Cli) -> None:
    """A result of "diverged" is believed where the trial's log says so, and nowhere else."""
    assert cli("sweep", "--lr", "1e-3,2e-3", "--name", "old", *QUICK).returncode == 0
    folder = cli.runs_dir / "old"
    report = json.loads((folder / "sweep.json").read_text())
    for trial in report["trials"]:
        trial["fd"] = None
    (folder / "sweep.json").write_text(json.dumps(report))
    for value, diverged in (("0.001", True), ("0.002", False)):
        with EventWriter(RunDirectory(folder / f"lr-{value}-seed-0").events) as log:
            log.write(Error(step=20, text="so it ended", diverged=diverged))
            log.write(Finished(step=20, outcome="failed", epoch=1, elapsed=1.0))
    assert cli("sweep", "--resume", "old").returncode == 0
    assert [trial.fd is None for trial in read(folder).trials] == [True, False]


@pytest.mark.slow
def test_a_trial_that_diverged_has_its_result(cli: Cli) -> None:
    wild = ["optimizer.eps=1e-30", "optimizer.beta2=0", "model.hidden_layers=20", "model.hidden=256", "train.max_rollbacks=0"]
    options = [word for setting in wild for word in ("--set", setting)]
    what = ("sweep", "--lr", "1,10", "--name", "wild", "--epochs", "3", "--set", "train.batch_size=75", "--set", "evaluation.samples=200")
    done = cli(*what, *options, timeout=CEILING)
    assert done.stderr.count(": diverged") == 2, done.stderr
    report = read(cli.runs_dir / "wild")
    assert ([trial.fd for trial in report.trials], report.could_not_run) == ([None, None], ())


@pytest.mark.slow
@pytest.mark.parametrize(("number", "goes_on"), [(signal.SIGUSR1, True), (signal.SIGUSR2, False), (signal.SIGQUIT, False)])
def test_signals_mean_to_a_sweep_what_they_mean_to_a_run(cli: Cli, number: signal.Signals, goes_on: bool) -> None:
    process = cli.start("sweep", "--lr", "1e-3,2e-3", "--name", "told", *QUICK, "--epochs", "3000")
    run = RunDirectory(cli.runs_dir / "told" / "lr-0.001-seed-0")
    wait_for(lambda: run.events.exists() and '"kind":"metrics"' in run.events.read_text(), what="steps")
    before = run.newest_step
    process.send_signal(number)
    if goes_on:
        wait_for(lambda: "received SIGUSR1: saved" in run.events.read_text(), what="the save")
        assert run.newest_step > before
        assert process.poll() is None
        process.terminate()
    process.communicate(timeout=CEILING)
    assert process.returncode == 1, "no trial has ended"
    assert not run.alive
    assert run.newest_step > before


@pytest.mark.slow
def test_a_trial_that_ended_unseen_is_not_trained_again(cli: Cli) -> None:
    """As where the sweep is killed while the last trial is being evaluated."""
    assert cli("sweep", "--lr", "1e-3,2e-3", "--name", "seen", *QUICK).returncode == 0
    whole = read(cli.runs_dir / "seen")
    forgetful = json.loads((cli.runs_dir / "seen" / "sweep.json").read_text())
    forgetful["trials"] = forgetful["trials"][:1]
    (cli.runs_dir / "seen" / "sweep.json").write_text(json.dumps(forgetful))
    events = RunDirectory(cli.runs_dir / "seen" / "lr-0.002-seed-0").events
    before = events.read_bytes()
    assert " 1 trial" in cli("sweep", "--show", "seen").stderr
    assert cli("sweep", "--resume", "seen").returncode == 0
    assert read(cli.runs_dir / "seen") == whole
    assert events.read_bytes() == before
    shutil.rmtree(cli.runs_dir / "seen" / "lr-0.001-seed-0")
    assert cli("sweep", "--resume", "seen").returncode == 0, "any trial knows the settings"
    shutil.rmtree(cli.runs_dir / "seen" / "lr-0.002-seed-0")
    assert cli("sweep", "--resume", "seen").returncode == MISTAKEN, "as of nothing"
