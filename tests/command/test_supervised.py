"""A script that the dashboard has started: looked at, held, stopped and killed while it works."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gan_tui.config import CommandConfig
from gan_tui.run.directory import RunDirectory, create
from gan_tui.run.events import Answer, Error, Finished, Metrics, Note, Started
from gan_tui.run.launch import supervisor_command
from gan_tui.run.log import read_state
from tests.command.test_run import script
from tests.conftest import Cli, events_of, wait_for

WAITS = """
import signal, sys, time
print("Epoch [1/2], Step[1/600], loss: 0.5", flush=True)
while True:
    time.sleep(0.01)
"""
"""It says at once how long it is: of one that does not, that is waited for."""


def detached(cli: Cli, tmp_path: Path, text: str, *, pty: bool = True) -> tuple[RunDirectory, "subprocess.Popen[bytes]"]:
    """As the dashboard starts it."""
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


LEAVES = """
import os, subprocess, sys
print("Epoch [1/2], Step[1/600], loss: 0.5", flush=True)
subprocess.Popen([sys.executable, "-c", sys.argv[1], str(os.getpid())], start_new_session=sys.argv[2] == "session")
"""
MORE = """
for step in range(2, 10):
    time.sleep(0.02)
    print(f"Epoch [1/2], Step[{step}/600], loss: 0.125", flush=True)
"""


@pytest.mark.parametrize("pty", [(), ("--no-pty",)], ids=["terminal", "pipe"])
@pytest.mark.parametrize("where", ["group", "session"])
def test_what_a_command_leaves_running_is_waited_for(cli: Cli, tmp_path: Path, where: str, pty: tuple[str, ...]) -> None:
    text = f"import os, sys, time\nwhile os.getppid() == int(sys.argv[1]): time.sleep(0.01)\n{MORE}"
    done = cli("run", "--name", "mine", *pty, "--", sys.executable, script(tmp_path, LEAVES), text, where)
    assert done.returncode == 0, done.stderr
    state = read_state(cli.run("mine").events)
    assert (state.outcome, state.step, state.scalars["loss"]) == ("completed", 9, 0.125)


@pytest.mark.slow
def test_a_stop_reaches_what_a_command_has_left(cli: Cli, tmp_path: Path) -> None:
    text = "import time\nwhile True: time.sleep(0.01)"
    leaves = LEAVES.replace("sys.argv[1]", repr(text)).replace('sys.argv[2] == "session"', "True")
    run, process = detached(cli, tmp_path, leaves)
    wait_for(lambda: any("waits for 1 process that it started" in entry.text for entry in read_state(run.events).entries), what="the note")
    assert cli("control", "mine", "stop").returncode == 0
    assert process.wait() == 0
    assert read_state(run.events).outcome == "stopped"


AT_FAULT = """
import sys
from pathlib import Path
from gan_tui.command.supervisor import supervise
from gan_tui.foreign.reader import Reader
from gan_tui.run.directory import RunDirectory

read = Reader.read
def stumbling(reader, lines):
    for line in lines:
        if "stumble" in line.text:
            raise IndexError("no such column")
        yield from read(reader, [line])

Reader.read = stumbling
sys.exit(supervise(RunDirectory(Path(sys.argv[1])), foreground=True))
"""


STUMBLES = """
import time
for step in range(1, 7):
    print(f"step {step} loss: 0.5" + " stumble" * (step in (2, 3)), flush=True)
    time.sleep(0.2)
"""


def test_a_fault_of_our_own_ends_no_training(cli: Cli, tmp_path: Path) -> None:
    run = create(cli.runs_dir, CommandConfig(command=(sys.executable, script(tmp_path, STUMBLES)), cwd=str(tmp_path), pty=False), "mine")
    done = subprocess.run([sys.executable, "-c", AT_FAULT, str(run.path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("loss: 0.5") == 6
    notes = [event.text for event in events_of(run, Note) if isinstance(event, Note)]
    assert sum("a fault of gan-tui's own (IndexError: no such column): numbers may be missing" in text for text in notes) == 1
    steps = [event.step for event in events_of(run, Metrics)]
    assert {1, 6} <= set(steps)
    assert not {2, 3} & set(steps)
    assert read_state(run.events).outcome == "completed"
