"""Output that goes nowhere: closed, full, in a narrow encoding, or into a pipe that nobody reads."""

import fcntl
import itertools
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from gan_tui.config import resolve
from gan_tui.run import directory, events, mailbox
from gan_tui.run.directory import RunDirectory
from tests import zygote
from tests.conftest import SMALL, Cli, events_of, last_step, wait_for
from tests.dashboard.helpers import append, put_checkpoint, recorded
from tests.patience import CEILING

STEPS = ("--headless", "--batch-size", "75", "--log-every", "1", *SMALL)
OF_ALL_DIGITS = ("--headless", "--batch-size", "3000", "--log-every", "1", *SMALL)
"""The same twenty steps an epoch in a fresh interpreter, which has all digits."""


@pytest.mark.slow
def test_a_closed_stream_ends_no_training_of_a_fresh_interpreter(cli: Cli) -> None:
    """One that has found it closed as it started."""
    command = [
        "bash",
        "-c",
        f'exec {sys.executable} -m gan_tui "$@" <&- >&- 2>&-',
        "gan-tui",
        "--name",
        "closed",
        "--epochs",
        "1",
        *OF_ALL_DIGITS,
    ]
    assert subprocess.run(command, env=cli.environment, check=False, timeout=CEILING).returncode == 0
    assert_undisturbed(cli.run("closed"))


@pytest.mark.parametrize("redirection", [">&-", "2>&-", ">&- 2>&-", "<&-", "<&- >&- 2>&-"])
def test_a_closed_stream_ends_no_training(cli: Cli, redirection: str) -> None:
    done = cli("--name", "closed", "--epochs", "1", *STEPS, redirection=redirection)
    assert done.returncode == 0, (done.stdout, done.stderr)
    assert "Traceback" not in done.stderr + done.stdout
    assert_undisturbed(cli.run("closed"))


def assert_undisturbed(run: RunDirectory) -> None:
    assert last_step(run) == 20
    assert b"Epoch [" not in run.events.read_bytes() + run.config_file.read_bytes(), "a closed descriptor goes to no file of the run"


@pytest.mark.parametrize("command", ["runs", "presets", "settings", "themes", "doctor", "--help", "--version", "plot there"])
@pytest.mark.parametrize("redirection", [">&-", ">&- 2>&-", ">/dev/full"])
def test_a_command_that_nobody_hears_fails_with_a_line(cli: Cli, command: str, redirection: str) -> None:
    append(directory.create(cli.runs_dir, resolve(), "there"), *recorded())
    done = cli(*command.split(), redirection=redirection)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == (0 if "2>&-" in redirection else 1), done.stderr


def test_a_file_is_written_whoever_hears_of_it(cli: Cli, tmp_path: Path) -> None:
    append(directory.create(cli.runs_dir, resolve(), "there"), *recorded())
    done = cli("plot", "there", "-o", str(tmp_path / "chart.svg"), redirection=">&-")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "chart.svg").exists()


@pytest.mark.parametrize("redirection", [">/dev/full", ">/dev/full 2>/dev/full"])
def test_a_full_device_ends_no_training(cli: Cli, redirection: str) -> None:
    done = cli("--name", "full", "--epochs", "1", *STEPS, redirection=redirection)
    assert done.returncode == 0, done.stderr
    assert "no space left for" not in done.stderr, "the run's disk has room"
    run = cli.run("full")
    assert last_step(run) == 20
    notes = [event.text for event in events_of(run, events.Note) if isinstance(event, events.Note)]
    assert notes.count("standard output takes nothing any more (no space left on device); training goes on without it") == 1


def full_pipe() -> tuple[int, int]:
    """Both ends of a pipe that takes nothing more."""
    reader, writer = os.pipe()
    size = fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ)
    os.write(writer, b"\0" * size)
    return reader, writer


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR2])
def test_a_pipe_that_nobody_reads_stalls_no_training(cli: Cli, number: signal.Signals) -> None:
    reader, writer = full_pipe()
    process = zygote.start_into(writer, ("--name", "stuffed", "--epochs", "1000000", *STEPS), cli.environment)
    try:
        run = cli.run("stuffed")
        wait_for(lambda: last_step(run) > 50, what="training")
        assert run.newest_step < last_step(run)
        process.send_signal(number)
        assert process.wait(CEILING) == 0
        assert [event.outcome for event in events_of(run, events.Finished) if isinstance(event, events.Finished)] == ["stopped"]
        assert run.newest_step == last_step(run)
    finally:
        process.kill()
        os.close(reader)
        os.close(writer)


def test_a_slow_reader_gets_what_is_left_and_is_told_what_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    from gan_tui import output

    monkeypatch.setattr(output, "MOST_WAITING", 300)
    reader, writer = full_pipe()
    stream = output.Outlet(writer, "utf-8")
    for number in range(100):
        print(f"line {number}", file=stream)
    received = b""
    while b"line" not in received:
        received += os.read(reader, 1 << 16)
    stream.drain()
    print("the last", file=stream)
    stream.drain()
    os.close(writer)
    while piece := os.read(reader, 1 << 16):
        received += piece
    os.close(reader)
    lines = received.strip(b"\0").decode().splitlines()
    assert lines[0] == "line 0"
    assert lines[-1] == "the last"
    (notice,) = [line for line in lines if line.startswith("gan-tui: ")]
    left_out = int(notice.split()[1])
    assert len(lines) - 2 + left_out == 100
    assert 0 < left_out < 100


def test_all_lines_come_in_their_order_where_somebody_reads(cli: Cli) -> None:
    done = cli("--name", "read", "--epochs", "2", *STEPS)
    assert done.returncode == 0
    assert [line.split(",")[1] for line in done.stdout.splitlines()] == [f" Step[{step}/20]" for step in range(1, 21)] * 2
    assert [line.partition(":")[0] for line in done.stderr.splitlines()] == ["gan-tui", "gan-tui"]


ENCODINGS = (
    {"PYTHONIOENCODING": "iso-8859-1"},
    {"PYTHONIOENCODING": "ascii"},
    {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A run, and one with a name that no ASCII has."""
    cli = Cli(tmp_path_factory.mktemp("encodings"))
    assert cli("--name", "run", "--epochs", "1", *STEPS).returncode == 0
    cli.run("run").path.joinpath("trainer.log").write_text("é")
    strange = RunDirectory(cli.runs_dir / "größe-日本")
    strange.path.mkdir()
    strange.config_file.write_bytes(cli.run("run").config_file.read_bytes())
    return cli


COMMANDS = (
    "runs", "runs --json", "presets", "themes", "settings", "--help", "train --help", "plot run", "plot größe-日本", "watch nope-é",
    "completion bash", "resume größe-日本 --set nope=é", "sweep --show é", "control größe-日本 pause",
)  # fmt: skip
WITH_TORCH = ("doctor", "sample run -o /dev/null/é.png")
"""They take seconds, and are asked in the poorest encoding only."""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "environment"),
    [*itertools.product(COMMANDS, ENCODINGS), *((command, ENCODINGS[-1]) for command in WITH_TORCH)],
    ids=lambda value: value if isinstance(value, str) else "-".join(value.values()),
)
def test_no_encoding_ends_a_command_in_a_traceback(trained: Cli, command: str, environment: dict[str, str], tmp_path: Path) -> None:
    words = command.split()
    done = subprocess.run(
        [sys.executable, "-m", "gan_tui", *words], cwd=tmp_path, capture_output=True, check=False, timeout=CEILING,
        stdin=subprocess.DEVNULL, env=trained.environment | environment,
    )  # fmt: skip
    assert b"Traceback" not in done.stderr
    assert done.returncode in (0, 2), done.stderr
    assert done.stdout or done.stderr


def test_a_live_run_is_marked_in_every_encoding(cli: Cli) -> None:
    from gan_tui.run.lock import RunLock

    run = directory.create(cli.runs_dir, resolve(), "alive")
    with RunLock(run.lock):
        marks = []
        for encoding in ("utf-8", "iso-8859-1", "ascii"):
            environment = cli.environment | {"PYTHONIOENCODING": encoding}
            done = subprocess.run([sys.executable, "-m", "gan_tui", "runs"], capture_output=True, env=environment, check=True)
            marks.append(done.stdout.decode(encoding)[0])
    assert marks == ["●", "*", "*"]


@pytest.mark.parametrize(("verb", "status"), [("stop", 0), ("save", 1)])
def test_a_run_that_ends_before_it_reads_a_command_is_not_said_to_be_silent(verb: str, status: int, cli: Cli) -> None:
    from gan_tui.run.lock import RunLock

    run = directory.create(cli.runs_dir, resolve(), "ending")
    append(run, *recorded(3))
    put_checkpoint(run, 120_000)
    with RunLock(run.lock):
        words = [sys.executable, "-m", "gan_tui", "control", "ending", verb]
        asked = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=cli.environment)
        wait_for(lambda: any(run.control.iterdir()), what="the command")
        append(run, events.Finished(outcome="completed", epoch=200, elapsed=100.0, step=120_000))
    _, said = asked.communicate(timeout=CEILING)
    assert asked.returncode == status
    assert f"ending ended before it read `{verb}`: `gan-tui resume ending --epochs " in said
    assert not any(run.control.iterdir()), "who goes on with the run must not find it"


@pytest.mark.parametrize(("verb", "status"), [("stop", 0), ("save", 1)])
def test_a_run_that_ends_with_a_command_in_its_hands_is_not_said_to_have_left_it_unread(verb: str, status: int, cli: Cli) -> None:
    from gan_tui.run.lock import RunLock

    run = directory.create(cli.runs_dir, resolve(), "ending")
    append(run, *recorded(3))
    with RunLock(run.lock):
        words = [sys.executable, "-m", "gan_tui", "control", "ending", verb]
        asked = subprocess.Popen(words, stderr=subprocess.PIPE, text=True, env=cli.environment)
        wait_for(lambda: bool(mailbox.receive(run.control)), what="the command")
        append(run, events.Finished(outcome="completed", epoch=200, elapsed=100.0, step=120_000))
    _, said = asked.communicate(timeout=CEILING)
    assert asked.returncode == status
    assert f"ending ended before it answered `{verb}`" in said


@pytest.mark.slow
def test_training_goes_on_in_every_encoding(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "größe-日本"
    environment = cli.environment | {"PYTHONIOENCODING": "ascii", "GAN_TUI_RUNS": str(folder)}
    command = [sys.executable, "-m", "gan_tui", "--name", "run", "--epochs", "1", *OF_ALL_DIGITS]
    done = subprocess.run(command, capture_output=True, env=environment, check=False, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    assert b"gr??e-??" in done.stderr
    assert last_step(RunDirectory(folder / "run")) == 20
