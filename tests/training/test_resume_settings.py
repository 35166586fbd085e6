"""`gan-tui resume RUN --lr ... --set ...`: what may change does, what may not is refused by its name."""

import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui import config
from gan_tui.cli import cli as commands
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.summary import summarise
from tests.conftest import SMALL, Cli, events_of
from tests.dashboard.helpers import append, metrics, started
from tests.training.test_resume import newest_state


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """Twenty steps."""
    cli = Cli(tmp_path_factory.mktemp("trained"))
    assert cli("--headless", "--epochs", "1", "--name", "whole", "--batch-size", "75", *SMALL).returncode == 0
    return cli.run("whole")


@pytest.fixture
def run(cli: Cli, trained: RunDirectory) -> RunDirectory:
    """A copy of it."""
    shutil.copytree(trained.path, cli.run("run").path)
    return cli.run("run")


@pytest.mark.slow
def test_what_may_change_does(cli: Cli, run: RunDirectory) -> None:
    changes = ("--lr", "1e-4", "--device", "cpu", "--engine", "eager", "--set", "log.print_every=7", "--set", "optimizer.beta1=0.5")
    done = cli("resume", "run", "--epochs", "2", "--headless", *changes)
    assert done.returncode == 0, done.stderr
    settings = run.config()
    assert (settings.optimizer.d_lr, settings.optimizer.g_lr, settings.optimizer.beta1) == (1e-4, 1e-4, 0.5)
    assert (settings.train.device, settings.train.engine, settings.log.print_every, settings.train.epochs) == ("cpu", "eager", 7, 2)
    assert "Step[7/20]" in done.stdout
    marks = [
        (event.setting, event.before, event.value, event.step)
        for event in events_of(run, events.Changed)
        if isinstance(event, events.Changed)
    ]
    assert marks == [("optimizer.d_lr", 3e-4, 1e-4, 20), ("optimizer.g_lr", 3e-4, 1e-4, 20)]
    notes = [event.text for event in events_of(run, events.Note) if isinstance(event, events.Note)]
    assert "train.engine = 'eager' from now on (was 'auto')" in notes
    state = newest_state(run)
    assert (state["step"], state["settings"]["optimizer"]["d_lr"]) == (40, 1e-4)
    assert state["g_optimizer"]["param_groups"][0]["lr"] == pytest.approx(1e-4)
    assert state["g_optimizer"]["param_groups"][0]["betas"] == (0.5, 0.999)


def test_a_refused_resume_leaves_an_interrupted_run_interrupted(cli: Cli, run: RunDirectory) -> None:
    """A mistake in a command is no failure of the run: here of one that was killed before it could say how it ended."""
    lines = [line for line in run.events.read_bytes().splitlines(keepends=True) if b'"kind":"finished"' not in line]
    run.events.write_bytes(b"".join(lines))
    assert summarise(run).state == "interrupted"
    refused = cli("resume", "run", "--epochs", "2", "--device", "cuda:99", "--headless")
    assert refused.returncode == 2
    assert summarise(run).state == "interrupted"
    assert any("cuda:99" in event.text for event in events_of(run, events.Note) if isinstance(event, events.Note))


FIXED = {
    "model.hidden=32": "model.hidden = 16",
    "model.latent_dim=5": "model.latent_dim = 64",
    "loss.r1=1": "loss.r1 = 0.0",
    "ema.half_life=9": "ema.half_life = 0.0",
    "data.dataset=kmnist": "data.dataset = 'mnist'",
    "data.validation=5000": "data.validation = 0",
    "train.batch_size=100": "train.batch_size = 75",
    "train.seed=7": "train.seed = 0",
    "samples.count=25": "samples.count = 16",
}


@pytest.mark.parametrize("change", FIXED)
def test_what_may_not_change_is_refused_by_its_name(cli: Cli, run: RunDirectory, change: str) -> None:
    before, log = run.config_file.read_bytes(), run.events.read_bytes()
    refused = cli("resume", "run", "--epochs", "2", "--headless", "--set", change)
    assert refused.returncode == 2
    assert re.fullmatch(rf"gan-tui: --set {re.escape(change)}: {re.escape(FIXED[change])} .*\n", refused.stderr)
    assert (run.config_file.read_bytes(), run.events.read_bytes()) == (before, log)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--set", "nope.x=1"), "'nope.x'"),
        (("--set", "optimizer.d_lr"), "--set optimizer.d_lr: "),
        (("--lr", "-1"), "--lr -1: "),
        (("--lr", "1e-3", "--set", "optimizer.d_lr=1e-4"), "contradict"),
        (("--epochs", "2", "--set", "train.epochs=3"), "contradict"),
        (("--device", "tpu"), "--device tpu: "),
        (("--data-dir", "/nowhere"), "--data-dir /nowhere: "),
        (("--set", "data.image_size=64"), "--set data.image_size=64: "),
        ((), "has done 1 of 1 epochs: say how many it shall be in all, as --epochs 2"),
    ],
)
def test_a_mistake_is_one_line_and_costs_nothing(cli: Cli, run: RunDirectory, arguments: tuple[str, ...], words: str) -> None:
    before, log = run.config_file.read_bytes(), run.events.read_bytes()
    refused = cli("resume", "run", "--headless", *arguments)
    assert refused.returncode == 2
    assert words in refused.stderr
    assert len(refused.stderr.splitlines()) == 1
    assert (run.config_file.read_bytes(), run.events.read_bytes()) == (before, log)


def test_a_setting_said_as_it_is_changes_nothing(cli: Cli, run: RunDirectory) -> None:
    done = cli("resume", "run", "--epochs", "2", "--headless", "--set", "model.hidden=16", "--set", "train.seed=0")
    assert done.returncode == 0, done.stderr
    assert not events_of(run, events.Changed)


def test_a_setting_changed_by_hand_is_refused_like_one_that_was_typed(cli: Cli, run: RunDirectory) -> None:
    run.config_file.write_text(run.config_file.read_text().replace("batch_size = 75", "batch_size = 100"))
    refused = cli("resume", "run", "--epochs", "2", "--headless")
    assert refused.returncode == 1
    assert "train.batch_size = 75" in refused.stderr
    assert " 100" in refused.stderr


@pytest.mark.parametrize(
    ("begun", "typed", "line"),
    [
        ("5s", "--epochs 3", "timed had a budget of 5s (--budget) and now has 3 epochs (--epochs)"),
        ("5s", "--epochs 1", "say how many it shall be in all, as --epochs 4, or --budget 24s for a time"),
        ("", "--budget 1h", "timed had 200 epochs (--epochs) and now has a budget of 1h (--budget)"),
        ("", "--budget 3s", "timed has trained for 12s of 3s: say a longer time in all, as --budget 24s"),
        ("5s", "--budget 1h", ""),
        ("5s", "--device cpu", ""),
        ("5s", "--budget 5.0s", ""),
        ("5s", "--budget 4s --device cpu", "timed has trained for 12s of 4s: say a longer time"),
    ],
)
def test_epochs_and_a_budget_name_each_other(begun: str, typed: str, line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gan_tui.cli.resume.train_run", lambda *_args, **_more: 0)
    run = directory.create(tmp_path, config.resolve(tables=[{"train": {"budget": begun}}]), "timed")
    append(run, started(), metrics(1200))
    done = CliRunner().invoke(commands, ["resume", "timed", "--headless", *typed.split(), "--runs-dir", str(tmp_path)])
    assert line in f"{done.stderr}{done.exception}"
    assert line or not done.stderr
