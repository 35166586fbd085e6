"""Which program `gan-tui run` starts, and what it refuses before there is a run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.test_run import script
from tests.conftest import Cli


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


def test_of_a_program_that_may_not_be_executed_the_command_that_changes_that_is_named(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "my train").write_text("#!/bin/sh\necho loss: 0.5\n")
    refused = cli("run", "--cwd", str(tmp_path), "--", "./my train")
    assert refused.returncode == 2
    assert "./my train may not be executed: `chmod +x " in refused.stderr
    subprocess.run(refused.stderr.split("`")[1], shell=True, check=True)
    assert cli("run", "--cwd", str(tmp_path), "--", "./my train").stdout == "loss: 0.5\n"


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
