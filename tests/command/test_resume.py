"""`gan-tui resume` of another program's run: the same command again, in the same run; and what it is given besides."""

import shlex
import stat
import sys
from pathlib import Path

import pytest

from gan_tui.run.events import Note, Started
from gan_tui.run.log import read_all, read_state
from tests.conftest import Cli, events_of

COUNTS = """
import os, sys
begin = int(sys.argv[1]) if len(sys.argv) > 1 else 1
for epoch in range(begin, begin + 2):
    print(f"Epoch [{epoch}/6], Step [10/10], d_loss: {epoch}.5", flush=True)
print("token", os.environ.get("TOKEN"))
"""


def script(folder: Path, text: str) -> str:
    path = folder / "train.py"
    path.write_text(text)
    return str(path)


def test_the_same_command_goes_on_in_the_same_run(cli: Cli, tmp_path: Path) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, COUNTS))
    done = cli("resume", "mine", "--resume-args", "3")
    assert done.returncode == 0, done.stderr
    state = read_state(cli.run("mine").events)
    assert (state.step, state.epochs_done, state.outcome) == (40, 4, "completed")
    assert [event.resumed for event in events_of(cli.run("mine"), Started) if isinstance(event, Started)] == [False, True]
    assert [path.name for path in cli.runs_dir.iterdir()] == ["mine"]
    assert "Epoch [1/6]" in cli.run("mine").trainer_log.read_text()


def test_what_it_trains_once_more_is_moved_aside(cli: Cli, tmp_path: Path) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, COUNTS))
    done = cli("resume", "mine", "--resume-args", "")
    assert done.returncode == 0
    assert "steps that come once more replace those logged, which events-cut.jsonl keeps" in done.stderr
    run = cli.run("mine")
    notes = [event.text for event in events_of(run, Note) if isinstance(event, Note)]
    assert notes == ["the script is at step 10 again: what was logged from there to step 20 is in events-cut.jsonl"]
    assert read_state(run.events).step == 20
    assert [event.step for event in read_all(run.events)] == sorted(event.step for event in read_all(run.events))
    assert "d_loss" in (run.path / "events-cut.jsonl").read_text()


def test_a_script_that_counts_nothing_counts_on(cli: Cli, tmp_path: Path) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, "for _ in range(5):\n    print('loss: 0.5')"))
    cli("resume", "mine", "--resume-args", "")
    assert read_state(cli.run("mine").events).step == 10


def test_one_that_is_complete_does_not_begin_anew_unasked(cli: Cli, tmp_path: Path) -> None:
    words = sys.executable, script(tmp_path, COUNTS)
    cli("run", "--name", "mine", "--cwd", str(tmp_path), "--", *words)
    before = cli.run("mine").events.read_bytes()
    done = cli("resume", "mine")
    assert done.returncode == 2
    assert f"mine is complete, and its command would begin anew: `gan-tui run --cwd {tmp_path} -- {shlex.join(words)}`" in done.stderr
    assert "`gan-tui resume mine --resume-args 'ARGS'` goes on in this one" in done.stderr
    assert cli.run("mine").events.read_bytes() == before


def test_the_command_that_it_names_reads_the_script_as_this_run_does(cli: Cli, tmp_path: Path) -> None:
    options = ["--cwd", str(tmp_path), "--no-pty", "--no-pause", "--env", "TOKEN=secret", "--pictures", "out/*.png"]
    options += ["--map", "d_loss=Loss/D", "--pattern", "D is at (?P<d_loss>[-.0-9]+)"]
    words = sys.executable, script(tmp_path, COUNTS)
    cli("run", "--name", "mine", *options, "--", *words)
    said = cli("resume", "mine").stderr
    without_value = [word.removesuffix("=secret") for word in options]
    assert f"`{shlex.join(['gan-tui', 'run', *without_value, '--', *words])}` is a new run" in said
    assert "secret" not in said
    cli("run", "--name", "other", "--no-pictures", "--", *words)
    assert "--no-pictures -- " in cli("resume", "other").stderr


def test_one_that_failed_is_started_again_without_another_word(cli: Cli, tmp_path: Path) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, "print('loss: 0.5')\nraise SystemExit(3)"))
    assert cli("resume", "mine").returncode == 3


def test_variables_are_given_again_and_kept_for_their_owner_only(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", "--name", "mine", "--env", "TOKEN=secret", "--", sys.executable, script(tmp_path, COUNTS))
    assert "token secret" in done.stdout
    run = cli.run("mine")
    assert "secret" not in run.config_file.read_text()
    assert "secret" not in run.events.read_text()
    assert stat.S_IMODE((run.path / "environment.json").stat().st_mode) == 0o600
    assert "token secret" in cli("resume", "mine", "--resume-args", "").stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--env", "TOKEN"), "no such variable"),
        (("--env", "=secret"), "NAME=VALUE"),
    ],
)
def test_a_variable_that_is_none_makes_no_run(cli: Cli, arguments: tuple[str, ...], words: str) -> None:
    done = cli("run", *arguments, "--", sys.executable, "-c", "1")
    assert done.returncode == 2
    assert words in done.stderr
    assert "secret" not in done.stderr
    assert not cli.runs_dir.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [(("--epochs", "5"), "--epochs"), (("--set", "train.epochs=5"), "--set"), (("--resume-args", "'"), "--resume-args")],
)
def test_what_means_nothing_to_it_is_a_line(cli: Cli, tmp_path: Path, arguments: tuple[str, ...], words: str) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, COUNTS))
    done = cli("resume", "mine", *arguments)
    assert done.returncode == 2
    assert words in done.stderr
    assert "Traceback" not in done.stderr
