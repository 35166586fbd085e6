"""How long a run is to be, said with `gan-tui resume`: where nothing would be trained, it says so, and calls nothing complete."""

import json
import shutil
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.errors import SettingsError
from gan_tui.run import length
from gan_tui.run.directory import RunDirectory
from gan_tui.run.length import Done
from gan_tui.run.summary import summarise
from gan_tui.training.library import Trainer
from tests.conftest import SMALL, Cli
from tests.training.quick import QUICK, give_few_images
from tests.training.test_resume import newest_state


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """Forty steps, two epochs, with checkpoints at 30, 35 and 40."""
    cli = Cli(tmp_path_factory.mktemp("trained"))
    done = cli("--headless", "--epochs", "2", "--name", "whole", "--batch-size", "75", "--checkpoint-every", "5", *SMALL)
    assert done.returncode == 0, done.stderr
    return cli.run("whole")


@pytest.fixture
def killed(cli: Cli, trained: RunDirectory) -> RunDirectory:
    """A copy of it that was killed at its last step, and whose newest checkpoint is of step 30: epoch 1 and ten steps."""
    run = cli.run("run")
    shutil.copytree(trained.path, run.path)
    for step in (35, 40):
        (run.checkpoints / f"step-{step:09d}.pt").unlink()
    lines = run.events.read_bytes().splitlines(keepends=True)
    run.events.write_bytes(b"".join(lines[:-1]))
    return run


@pytest.mark.parametrize("damaged", [False, True], ids=["by the command", "by the trainer, as run.toml is damaged"])
def test_fewer_epochs_than_are_done_are_refused(cli: Cli, killed: RunDirectory, damaged: bool) -> None:
    if damaged:
        killed.config_file.write_bytes(b"\xff")
    refused = cli("resume", "run", "--epochs", "1", "--headless")
    assert refused.returncode == 2
    assert refused.stdout == ""
    said = "run has done 1 epoch and 10 steps, more than the 1 that it is to have: say how many it shall be in all, as --epochs 2"
    assert said in refused.stderr.splitlines()[-1]
    assert summarise(killed).state == "interrupted"
    assert killed.config().train.epochs == 2


def test_what_is_behind_the_newest_checkpoint_is_trained_again(cli: Cli, killed: RunDirectory) -> None:
    """Though the log says that both epochs are done."""
    done = cli("resume", "run", "--headless", "--epochs", "2")
    assert done.returncode == 0, done.stderr
    assert newest_state(killed)["step"] == 40
    assert "nothing is trained" not in done.stderr


def test_a_run_that_only_has_to_be_finished_says_that_nothing_is_trained(cli: Cli, killed: RunDirectory, trained: RunDirectory) -> None:
    shutil.copy(trained.checkpoints / "step-000000040.pt", killed.checkpoints)
    killed.generator.unlink()
    done = cli("resume", "run", "--headless")
    assert done.returncode == 0, done.stderr
    assert "step 40 was its last one: nothing is trained, and what was made is measured and written" in done.stderr
    assert killed.generator.exists()
    assert json.loads(cli("runs", "--json").stdout)[0]["state"] == "completed"


def test_a_program_is_told_as_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    give_few_images(monkeypatch)
    trainer = Trainer("classic", QUICK, name="run", runs_dir=tmp_path)
    trainer.train(steps=5)
    with pytest.raises(SettingsError, match="run has done 1 epoch and 2 steps, more than the 1 that it is to have"):
        Trainer.resume("run", {"train.epochs": 1}, runs_dir=tmp_path).fit()
    assert trainer.fit().step == 6


@pytest.mark.parametrize(
    ("done", "epochs", "words"),
    [
        (Done(39, 20), 2, ""),
        (Done(40, 20), 2, ""),
        (
            Done(40, 20, 7.0, completed=True),
            2,
            "has done 2 of 2 epochs: say how many it shall be in all, as --epochs 4, or --budget 14s for a time",
        ),
        (Done(41, 20), 2, "has done 2 epochs and 1 step, more than the 2 that it is to have"),
        (Done(41, 0), 2, ""),
    ],
)
def test_epochs(done: Done, epochs: int, words: str) -> None:
    if not words:
        length.refuse_epochs("run", done, epochs)
        return
    with pytest.raises(SettingsError, match=words):
        length.refuse_epochs("run", done, epochs)


def test_a_budget_that_is_spent(cli: Cli, killed: RunDirectory) -> None:
    """Of a run that was killed: the trainer has the seconds of its checkpoint."""
    killed.config_file.write_bytes(b"\xff")
    refused = cli("resume", "run", "--budget", "0.001s", "--headless")
    assert refused.returncode == 2
    assert "of 0.001s: say a longer time in all, as --budget " in refused.stderr.splitlines()[-1]
    assert config.read_run_toml(killed.config_file)[0].train.budget == ""


def test_a_run_killed_behind_the_end_of_its_budget_is_finished_wherever_it_goes_on(cli: Cli) -> None:
    """A setting that says nothing of the length is no word on the length."""
    done = cli("--headless", "--budget", "0.001s", "--name", "spent", "--batch-size", "75", *SMALL)
    assert done.returncode == 0, done.stderr
    run = cli.run("spent")
    run.events.write_bytes(b"".join(run.events.read_bytes().splitlines(keepends=True)[:-1]))
    assert summarise(run).state == "interrupted"
    done = cli("resume", "spent", "--headless", "--device", "cpu", "--set", "train.engine=eager")
    assert done.returncode == 0, done.stderr
    assert "was its last one: nothing is trained" in done.stderr
    assert summarise(run).state == "completed"
