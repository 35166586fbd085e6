"""`gan-tui run -- COMMAND`: somebody else's script as a run."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from gan_tui.command.unread import PATIENCE_SECONDS, Unread
from gan_tui.foreign.line import Line
from gan_tui.foreign.reader import Reader
from gan_tui.run.events import Epoch, Finished, Metrics, Note, Phase
from gan_tui.run.log import read_state
from tests.conftest import Cli, events_of

TUTORIAL = """
import sys
for epoch in range(2):
    for step in (300, 600):
        print('Epoch [%d/%d], Step[%d/%d], d_loss: %.4f, g_loss: %.4f, D(x): %.2f, D(G(z)): %.2f'
              % (epoch, 2, step, 600, 0.5 + epoch, 2.25, 0.75, 0.25))
"""


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


def test_its_end_has_as_many_epochs_as_the_list(cli: Cli, tmp_path: Path) -> None:
    cli("run", "--name", "mine", "--", sys.executable, script(tmp_path, "for epoch in (1, 2, 3): print(f'epoch {epoch} loss {1 / epoch}')"))
    finished = events_of(cli.run("mine"), Finished)[-1]
    assert isinstance(finished, Finished)
    assert (finished.epoch, read_state(cli.run("mine").events).epochs_done) == (3, 3)


@pytest.mark.parametrize("status", [2, 77])
def test_the_exit_status_is_passed_on(cli: Cli, tmp_path: Path, status: int) -> None:
    assert cli("run", "--", sys.executable, script(tmp_path, f"raise SystemExit({status})")).returncode == status


def test_what_is_piped_in_is_its_standard_input(tmp_path: Path) -> None:
    words = sys.executable, "-m", "gan_tui", "run", "--runs-dir", str(tmp_path / "runs"), "--", sys.executable
    path = script(tmp_path, "print(input('go on? '))\nprint(input())")
    done = subprocess.run([*words, path], input="yes\nindeed\n", capture_output=True, text=True, check=True)
    assert done.stdout == "go on? yes\nindeed\n"


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


@pytest.mark.slow
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


@pytest.mark.parametrize(("before", "stands"), [((), "the script"), ((sys.executable,), sys.executable)])
def test_an_option_behind_the_script_is_said_to_go_there(before: tuple[str, ...], stands: str, cli: Cli, tmp_path: Path) -> None:
    mine = script(tmp_path, TUTORIAL)
    done = cli("run", "--name", "mine", *before, mine, "--seed", "3", "--name=other")
    assert f"gan-tui: --name goes to {mine}: an option of `gan-tui run` stands before {stands}\n" in done.stderr
    assert "goes to" not in cli("run", "--name", "again", *before, mine, "--seed", "3").stderr
    assert "goes to" not in cli("run", "--name", "plain", "--", *before, mine, "--name=other").stderr, "who typed -- knows"


def test_a_name_of_map_that_never_comes_is_said_at_the_end(cli: Cli, tmp_path: Path) -> None:
    done = cli("run", "--name", "mine", "--map", "d_loss=Loss_D", "--", sys.executable, script(tmp_path, TUTORIAL))
    text = "--map d_loss=Loss_D: no number named 'Loss_D' has been read (d_loss?)"
    assert f"gan-tui: {text}\n" in done.stderr
    assert text in [event.text for event in events_of(cli.run("mine"), Note) if isinstance(event, Note)]


def test_and_once_while_it_can_be_mended() -> None:
    reader, bars = Reader({"late": "d_loss"}), Reader({"late": "d_loss"})
    unread = Unread(reader, bars)
    assert not [*unread.so_far(1000.0)], "nothing has come at all yet"
    for _ in reader.read([Line(1, "Epoch [1/2], loss: 0.5")]):
        pass
    assert not [*unread.so_far(1001.0), *unread.so_far(1000.0 + PATIENCE_SECONDS)]
    assert len([*unread.so_far(1002.0 + PATIENCE_SECONDS), *unread.so_far(1003.0 + PATIENCE_SECONDS)]) == 1
    for _ in bars.read([Line(0, "Epoch [1/2], late: 0.5")]):
        pass
    assert not [*unread.asked_for()], "a bar has it"
