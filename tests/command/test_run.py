"""`gan-tui run -- COMMAND`: somebody else's script as a run."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Answer, Epoch, Error, Finished, Metrics, Note, Phase, Started
from gan_tui.run.launch import supervisor_command
from gan_tui.run.log import read_state
from tests.conftest import Cli, events_of, wait_for

TUTORIAL = """
import sys
for epoch in range(2):
    for step in (300, 600):
        print('Epoch [%d/%d], Step[%d/%d], d_loss: %.4f, g_loss: %.4f, D(x): %.2f, D(G(z)): %.2f'
              % (epoch, 2, step, 600, 0.5 + epoch, 2.25, 0.75, 0.25))
"""
WAITS = """
import signal, sys, time
print("Epoch [1/2], Step[1/600], loss: 0.5", flush=True)
while True:
    time.sleep(0.01)
"""
"""It says at once how long it is: of one that does not, that is waited for."""


def script(folder: Path, text: str) -> str:
    path = folder / "train.py"
    path.write_text(text)
    return str(path)


def test_the_tutorials_lines_become_a_run_and_pass_through_unchanged(cli: Cli, tmp_path: Path) -> None:
    words = sys.executable, script(tmp_path, TUTORIAL)
    done = cli("run", "--name", "mine", "--images", "out/*.png", "--", *words)
    assert done.returncode == 0, done.stderr
    assert done.stdout == subprocess.run(words, capture_output=True, text=True, check=True).stdout
    run = cli.run("mine")
    assert run.trainer_log.read_text() == done.stdout
    assert "out/*.png" in run.config_file.read_text()
    state = read_state(run.events)
    assert (state.outcome, state.step, state.epochs_done, state.total_steps) == ("completed", 1200, 2, 1200)
    assert state.scalars == {"d_loss": 1.5, "g_loss": 2.25, "D(x)": 0.75, "D(G(z))": 0.25} | {"steps/s": state.rate}
    assert [event.epoch for event in events_of(run, Epoch) if isinstance(event, Epoch)] == [1, 2]
    assert not run.alive


NESTED = """
import sys
def bar(title, n, total, more=""):
    part = "#" * (10 * n // total)
    return f"\\r{title}{100 * n // total:3d}%|{part:<10}| {n}/{total} [00:01<00:02, 20.00it/s{more}]"
outer, inner, leave = sys.argv[1], sys.argv[2], sys.argv[3] == "leave"
for epoch in range(3):
    sys.stdout.write(bar(outer, epoch, 3))
    for step in range(41):
        sys.stdout.write("\\n" + bar(inner.format(epoch), step, 40, f", loss={1 / (40 * epoch + step + 1):.4f}") + "\\x1b[A")
    sys.stdout.write(bar(inner.format(epoch), 40, 40) + "\\n" if leave else "\\n\\r" + " " * 60 + "\\r\\x1b[A")
print(bar(outer, 3, 3))
"""
"""As tqdm draws a bar of epochs and below it one of their steps."""


@pytest.mark.parametrize(("outer", "inner"), [("epochs: ", "epoch {}: "), ("", ""), ("Training: ", "Batches: ")])
@pytest.mark.parametrize("leave", ["leave", "clear"])
def test_a_bar_below_another_is_one_curve_over_epochs(cli: Cli, tmp_path: Path, outer: str, inner: str, leave: str) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, NESTED), outer, inner, leave)
    state = read_state(cli.run("mine").events)
    assert state.started is not None
    assert (state.started.epochs, state.started.steps_per_epoch, state.step, state.epochs_logged) == (3, 40, 120, 3)
    logged = [(event.step, event.scalars["loss"]) for event in events_of(cli.run("mine"), Metrics) if isinstance(event, Metrics)]
    assert len({step for step, _ in logged}) >= 119
    assert all(value == round(1 / (step + 1), 4) or step % 40 <= 1 for step, value in logged), "each at its step"


def test_nothing_of_it_can_be_read_by_others(cli: Cli, tmp_path: Path) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, "print('loss: 0.5')"), "--token=secret")
    assert stat.S_IMODE(cli.run("mine").path.stat().st_mode) == 0o700


def test_a_failure_is_the_last_line_of_the_traceback_and_the_exit_status_that_of_the_script(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, "print('loss: 0.5')\nraise RuntimeError('no such shape')"))
    assert done.returncode == 1
    state = read_state(cli.run("mine").events)
    assert (state.outcome, state.error) == (
        "failed",
        "RuntimeError: no such shape (exit status 1); trainer.log in the run's folder has what it printed",
    )


CAUGHT = """
import sys
try:
    raise OSError("of no account")
except OSError:
    import traceback
    traceback.print_exc()
for step in range(9):
    print(f"step {step} loss: 0.{step}")
"""


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("print('loss: 0.5')\nsys.exit('no images in /data')", "its last line: no images in /data (exit status 1)"),
        ("print('\033[31mno images\033[0m\\n\\n', file=sys.stderr)\nsys.exit(3)", "its last line: no images (exit status 3)"),
        (CAUGHT + "sys.exit('no room')", "its last line: no room (exit status 1)"),
        ("sys.exit(4)", "the command ended with exit status 4"),
        (
            "input('which one? ')",
            "EOFError: EOF when reading a line: it asked for input, which nobody can type here;"
            " give it as an argument, or as --env NAME=VALUE (exit status 1)",
        ),
        (
            "import os\nprint('what(): no device', flush=True)\nos.abort()",
            "the command was killed (SIGABRT); its last line: what(): no device",
        ),
    ],
)
def test_without_a_traceback_it_failed_as_its_last_line_says(cli: Cli, tmp_path: Path, text: str, why: str) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, f"import sys\n{text}"))
    assert read_state(cli.run("mine").events).error == f"{why}; trainer.log in the run's folder has what it printed"


@pytest.mark.parametrize("status", [2, 77])
def test_the_exit_status_is_passed_on(cli: Cli, tmp_path: Path, status: int) -> None:
    assert cli("run", "--", sys.executable, script(tmp_path, f"raise SystemExit({status})")).returncode == status


def test_a_signal_that_ends_it_is_named(cli: Cli, tmp_path: Path) -> None:
    text = "import os, signal\nprint('loss: 0.5', flush=True)\nos.kill(os.getpid(), signal.SIGKILL)"
    assert cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, text)).returncode == 128 + 9
    assert "killed (SIGKILL): by somebody" in str(read_state(cli.run("mine").events).error)


def test_it_has_a_terminal_of_a_fixed_size_or_a_pipe(cli: Cli, tmp_path: Path) -> None:
    path = script(tmp_path, "import os, sys\nprint(os.isatty(1), os.isatty(2), os.get_terminal_size(1).columns if os.isatty(1) else 0)")
    assert cli("run", "--", sys.executable, path).stdout == "True True 120\n"
    assert cli("run", "--no-pty", "--", sys.executable, path).stdout == "False False 0\n"


def test_it_starts_in_the_folder_that_is_named(cli: Cli, tmp_path: Path) -> None:
    path = script(tmp_path, "import os\nprint(os.getcwd())")
    (tmp_path / "there").mkdir()
    assert cli("run", "--cwd", str(tmp_path / "there"), "--", sys.executable, path).stdout.strip() == str((tmp_path / "there").resolve())


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ([], "say what to run"),
        (["--", "no-such-program-here"], "there is no program no-such-program-here that can be run: `gan-tui run -- python train.py` runs"),
        (["--", "python 'my script.py' --fast"], "`gan-tui run -- python 'my script.py' --fast` may be what is meant"),
        (["--", "it's"], "there is no program it's"),
        (["--", "it's not"], "there is no program it's not"),
        (["--cwd", "/no/such/folder", "--", "true"], "is no folder"),
        (["--pattern", "(", "--", "true"], "no regular expression"),
    ],
)
def test_what_cannot_be_run_leaves_no_run_behind(cli: Cli, words: list[str], reason: str) -> None:
    done = cli("run", *words)
    assert done.returncode == 2
    assert reason in done.stderr
    assert not cli.runs_dir.exists() or not list(cli.runs_dir.iterdir())


def test_a_script_of_python_may_stand_by_itself(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", "--name", "mine", script(tmp_path, "import sys\nprint('loss: 0.5', sys.argv[1:])"), "--fast")
    assert done.returncode == 0, done.stderr
    assert "['--fast']" in done.stdout
    assert '"python",' in cli.run("mine").config_file.read_text()


@pytest.mark.parametrize(
    ("typed", "first", "by"), [("train.py", "", "python"), ("./train.py", "", "python"), ("./train.py", "#!/bin/sh\n", "sh")]
)
def test_a_script_of_the_folder_comes_before_one_in_the_path_and_without_an_interpreter_is_pythons(
    typed: str, first: str, by: str, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An executable script without `#!` was a failed run: Exec format error."""
    here, elsewhere = tmp_path / "here", tmp_path / "elsewhere"
    for folder, says in ((here, "here"), (elsewhere, "elsewhere")):
        folder.mkdir()
        text = f"echo {says} sh" if first else f"print('{says} python')"
        Path(script(folder, f"{first}{text}")).chmod(0o755)
    monkeypatch.setenv("PATH", f"{elsewhere}:{os.environ['PATH']}")
    done = cli("run", "--cwd", str(here), typed)
    assert (done.returncode, done.stdout) == (0, f"here {by}\n"), done.stderr


def test_a_shell_finds_its_script_in_the_path(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "train-gan").write_text("echo 'loss: 0.5'")
    (tmp_path / "train-gan").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    done = cli("run", "--", "bash", "train-gan")
    assert (done.returncode, done.stdout) == (0, "loss: 0.5\n"), done.stderr


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["trian.py"], "there is no file trian.py in HERE (train.py?)"),
        (["--", sys.executable, "trian.py"], "there is no file trian.py in HERE (train.py?)"),
        (
            ["--", sys.executable, "-u", "-W", "ignore", "-Xdev", "nowhere/train.py", "--lr", "1"],
            "there is no file nowhere/train.py in HERE",
        ),
        (["--", "sh", "train.sh"], "there is no file train.sh"),
        (["--", sys.executable, "folder"], "folder is a folder without a __main__.py: name the script in it"),
        (["folder.py"], "folder.py is a folder without a __main__.py"),
        (["--", sys.executable, "-m", "nothing.here"], "finds no module nothing.here from HERE"),
        (["--", sys.executable, "-um", "package"], "package is a package without a __main__.py"),
    ],
)
def test_a_script_that_is_not_there_leaves_no_run_behind(cli: Cli, tmp_path: Path, words: list[str], reason: str) -> None:
    script(tmp_path, "print('loss: 0.5')")
    for folder in ("folder", "folder.py", "package"):
        (tmp_path / folder).mkdir()
    (tmp_path / "package" / "__init__.py").touch()
    done = cli("run", "--cwd", str(tmp_path), *words)
    assert done.returncode == 2
    assert reason.replace("HERE", str(tmp_path)) in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not cli.runs_dir.exists() or not list(cli.runs_dir.iterdir())


def test_what_may_be_a_script_is_run(cli: Cli, tmp_path: Path) -> None:
    """A folder with a `__main__.py`, a module, code in the command line: of these there is nothing to look at, or it is there."""
    package = tmp_path / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    script(package, "print('loss: 0.5')")
    (package / "__main__.py").write_text("print('loss: 0.5')")
    for words in (["mine"], ["-m", "mine"], ["-m", "mine.train"], ["-mmine"], ["-uc", "print('loss: 0.5')"]):
        assert cli("run", "--cwd", str(tmp_path), "--", sys.executable, *words).stdout == "loss: 0.5\n", words


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_script_that_cannot_be_read_leaves_no_run_behind(cli: Cli, tmp_path: Path) -> None:
    path = script(tmp_path, "print('loss: 0.5')")
    Path(path).chmod(0)
    done = cli("run", "--", sys.executable, path)
    assert (done.returncode, "train.py cannot be read: permission denied" in done.stderr) == (2, True)
    assert not cli.runs_dir.exists()


def detached(cli: Cli, tmp_path: Path, text: str, *, pty: bool = True) -> tuple[RunDirectory, "subprocess.Popen[bytes]"]:
    """As the dashboard starts it."""
    from gan_tui.config import CommandConfig
    from gan_tui.run.directory import create

    run = create(cli.runs_dir, CommandConfig(command=(sys.executable, script(tmp_path, text)), cwd=str(tmp_path), pty=pty), "mine")
    with run.trainer_log.open("ab") as log:
        process = subprocess.Popen(
            supervisor_command(str(run.path)), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    wait_for(lambda: run.events.exists() and read_state(run.events).phase == "training", what="the training")
    return run, process


def test_control_holds_it_lets_it_go_on_and_stops_it(cli: Cli, tmp_path: Path) -> None:
    run, process = detached(cli, tmp_path, WAITS)
    (started,) = (event for event in events_of(run, Started) if isinstance(event, Started))
    child = started.pids[1]

    def state_of_child() -> str:
        return Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]

    assert cli("control", "mine", "pause").returncode == 0
    wait_for(lambda: state_of_child() == "T", what="the stop")
    assert read_state(run.events).phase == "paused"
    assert cli("control", "mine", "resume").returncode == 0
    wait_for(lambda: state_of_child() != "T", what="the continuation")
    refused = cli("control", "mine", "save")
    assert (refused.returncode, "its script" in refused.stderr) == (1, True)
    assert json.loads(cli("runs", "--json").stdout)[0]["alive"] is True
    assert cli("control", "mine", "stop").returncode == 0
    assert process.wait() == 0
    assert read_state(run.events).outcome == "stopped"
    assert not Path(f"/proc/{child}").exists()


@pytest.mark.usefixtures("deaf")
def test_a_stop_is_heard_where_a_shell_ignores_interrupts(cli: Cli, tmp_path: Path) -> None:
    run, process = detached(cli, tmp_path, WAITS)
    assert cli("control", "mine", "stop").returncode == 0
    assert process.wait() == 0
    assert read_state(run.events).outcome == "stopped"


def test_a_second_stop_ends_a_script_that_heeds_no_interrupt(cli: Cli, tmp_path: Path) -> None:
    run, process = detached(cli, tmp_path, "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n" + WAITS)
    from gan_tui.run import mailbox

    mailbox.send(run.control, "stop")
    wait_for(lambda: events_of(run, Answer), what="the answer")
    assert run.alive
    mailbox.send(run.control, "stop")
    assert process.wait() == 0
    assert read_state(run.events).outcome == "stopped"


@pytest.fixture(params=[False, True], ids=["", "nohup"])
def deaf(request: pytest.FixtureRequest) -> Iterator[None]:
    """What `nohup` and a shell's `&` leave ignored is inherited."""
    numbers = (signal.SIGHUP, signal.SIGINT) if request.param else ()
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in numbers]
    yield
    for number, handler in before:
        signal.signal(number, handler)


@pytest.mark.parametrize("pty", [True, False], ids=["terminal", "pipe"])
@pytest.mark.usefixtures("deaf")
def test_a_killed_supervisor_takes_the_script_with_it(cli: Cli, tmp_path: Path, pty: bool) -> None:
    run, process = detached(cli, tmp_path, WAITS, pty=pty)
    (started,) = (event for event in events_of(run, Started) if isinstance(event, Started))
    process.kill()
    process.wait()
    wait_for(lambda: not _exists(started.pids[1]), what="the end of the script")
    assert not run.alive
    assert not events_of(run, Finished)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z" if Path(f"/proc/{pid}/stat").exists() else False


def test_output_that_comes_too_fast_does_not_hold_the_script(cli: Cli, tmp_path: Path) -> None:
    text = "line = 'noise ' * 20 + '\\n'\nfor _ in range(12):\n    print(line * 5000, end='')\nprint('step 7 loss: 0.25')"
    done = cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, text))
    assert done.returncode == 0
    assert len(done.stdout) > 7_000_000
    run = cli.run("mine")
    assert run.trainer_log.stat().st_size == len(done.stdout)
    assert run.events.stat().st_size < 100_000
    assert read_state(run.events).scalars["loss"] == 0.25
    assert events_of(run, Phase)


def test_a_bar_is_seen_while_it_is_drawn(cli: Cli, tmp_path: Path) -> None:
    text = """
import sys, time
sys.stdout.write("\\rEpoch 1/2:  50%|#####     | 300/600 [00:01<00:01, 300.0it/s, d_loss=0.5]"); sys.stdout.flush()
while True:
    time.sleep(0.01)
"""
    run, process = detached(cli, tmp_path, text)
    wait_for(lambda: read_state(run.events).scalars.get("d_loss") == 0.5, what="the number of the bar")
    assert read_state(run.events).step == 300
    cli("control", "mine", "stop")
    process.wait()
    assert not events_of(run, Error)
    assert events_of(run, Metrics)


def test_each_drawing_of_a_quick_bar_is_a_point(cli: Cli, tmp_path: Path) -> None:
    """Also one that stands still before its end, and one whose end never comes."""
    text = """
import time
for step in range(1, 61):
    print(f"\\rEpoch 1/1: {step}/60 [00:01<00:00, 40.0it/s, loss={1 / step:.4f}]", end="", flush=True)
    if step == 50:
        time.sleep(0.3)
        print()
time.sleep(0.3)
"""
    assert cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, text)).returncode == 0
    logged = [
        (event.step, event.scalars["loss"])
        for event in events_of(cli.run("mine"), Metrics)
        if isinstance(event, Metrics) and "loss" in event.scalars
    ]
    assert logged == [(step, round(1 / step, 4)) for step in range(1, 61)]


def test_of_a_script_that_writes_a_table_and_prints_no_number_the_table_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "labels.csv").write_text("name,label\n")
    os.utime(tmp_path / "data" / "labels.csv", (1e9, 1e9))
    text = "open('my log.csv', 'w').write('epoch,loss\\n0,0.5\\n')\nprint('done')"
    cli("run", "--name", "mine", "--cwd", str(tmp_path), "--", sys.executable, script(tmp_path, text))
    notes = [event.text for event in events_of(cli.run("mine"), Note) if isinstance(event, Note)]
    assert notes == [f"no number was read of what it printed: `gan-tui watch '{tmp_path}/my log.csv'` shows those that it wrote there"]


@pytest.mark.parametrize("name", ["t\\xff.csv", "two\\nlines.csv", "runs/other/events.jsonl", "elsewhere/other/events.jsonl"])
def test_a_table_that_cannot_be_named_or_is_the_log_of_another_run_is_not(name: str, cli: Cli, tmp_path: Path) -> None:
    """A name that is no UTF-8 cost the run its end: it was `interrupted` ever after."""
    text = f"""import os
for folder in ("runs/other", "elsewhere/other"):
    os.makedirs(folder)
    open(folder + "/run.toml", "w").close()
open(b"{name}", "w").write("epoch,loss\\n0,0.5\\n")"""
    words = "--name", "mine", "--cwd", str(tmp_path), "--runs-dir", str(tmp_path / "runs")
    assert cli("run", *words, "--", sys.executable, script(tmp_path, text)).returncode == 0
    state = read_state(tmp_path / "runs" / "mine" / "events.jsonl")
    assert state.outcome == "completed"
    assert not any("gan-tui watch" in entry.text for entry in state.entries)


def test_that_a_script_has_a_run_of_its_own_as_well_is_said_in_the_log(cli: Cli, tmp_path: Path) -> None:
    text = f"import gan_tui\nwith gan_tui.track('own', runs_dir={str(tmp_path)!r}) as run: run.log(loss=0.5)"
    assert cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, text)).returncode == 0
    notes = [event.text for event in events_of(cli.run("mine"), Note) if isinstance(event, Note)]
    assert notes == [f"the script has a run of its own as well: `gan-tui attach {tmp_path / 'own'}` shows what it logs"]


def test_a_run_without_losses_of_ours_is_judged_too(cli: Cli, tmp_path: Path) -> None:
    text = """
import time
for step in range(100, 6000, 100):
    print(f"step {step} D(x): 0.99 D(G(z)): 0.01", flush=True)
    time.sleep(0.01)
"""
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, text))
    verdict = read_state(cli.run("mine").events).verdict
    assert verdict is not None
    assert verdict.rule == "d-won"
