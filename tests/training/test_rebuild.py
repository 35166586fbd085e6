"""A run that has lost its settings, its log or its newest checkpoint goes on with what it still has, and says so."""

import json
import os
import re
import shutil
from pathlib import Path

import pytest
import torch

from gan_tui.run import events
from gan_tui.run.cut import ASIDE
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import read_all
from gan_tui.run.summary import summarise
from gan_tui.training import checkpoint
from tests.conftest import SMALL, Cli, events_of
from tests.run.test_discard import harm_log
from tests.training.test_resume import assert_same_state, newest_state

STEPS = ("--batch-size", "75", "--checkpoint-every", "5", "--lr", "1e-3", *SMALL)
"""Twenty an epoch."""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunDirectory:
    """Forty steps, from whose middle others go on."""
    cli = Cli(tmp_path_factory.mktemp("trained"))
    assert cli("--headless", "--epochs", "2", "--name", "whole", *STEPS).returncode == 0
    return cli.run("whole")


@pytest.fixture
def run(cli: Cli, trained: RunDirectory) -> RunDirectory:
    """A copy of it."""
    shutil.copytree(trained.path, cli.run("run").path)
    return cli.run("run")


def notes_of(run: RunDirectory) -> list[str]:
    return [event.text for event in events_of(run, events.Note) if isinstance(event, events.Note)]


def listed(cli: Cli) -> tuple[str, int, int]:
    """State, epoch and step of the one run, as `gan-tui runs` has them."""
    (entry,) = json.loads(cli("runs", "--json").stdout)
    return entry["state"], entry["epoch"], entry["step"]


@pytest.mark.parametrize("damage", ["missing", "garbage", "empty"])
def test_a_lost_log_is_rebuilt_from_the_checkpoints(cli: Cli, run: RunDirectory, damage: str) -> None:
    harm_log(run, damage)
    garbage = run.events.read_bytes() if damage == "garbage" else b""
    done = cli("resume", "run", "--epochs", "3", "--headless")
    assert done.returncode == 0, done.stderr
    told = r"gan-tui: .*events.jsonl .*rebuilt from step-000000040.pt \(step 40, 2 epochs, \d+s of training\)"
    assert re.search(told, done.stderr), done.stderr
    found = read_all(run.events)
    assert [event.step for event in found if isinstance(event, events.Started)] == [40]
    assert [event.epoch for event in found if isinstance(event, events.Epoch)] == [1, 2, 3]
    assert [event.path for event in found if isinstance(event, events.Samples) and not event.real] == [
        f"samples/fake_images-000{epoch}.png" for epoch in (1, 2, 3)
    ]
    assert any("rebuilt" in text for text in notes_of(run))
    assert newest_state(run)["step"] == 60
    assert listed(cli) == ("completed", 3, 60)
    assert (run.path / "events.jsonl.damaged").exists() == (damage == "garbage")
    if garbage:
        assert (run.path / "events.jsonl.damaged").read_bytes() == garbage


def test_a_run_without_log_and_settings_is_listed_by_its_checkpoints(cli: Cli, run: RunDirectory) -> None:
    run.events.unlink()
    run.config_file.unlink()
    assert listed(cli) == ("interrupted", 0, 40)


def cut_short(text: bytes) -> bytes:
    """Valid TOML all the same, without most sections."""
    return text[: text.index(b"[train]")]


@pytest.mark.parametrize("damage", ["missing", "garbage", "empty", "cut short", "one line"])
def test_lost_settings_are_those_of_the_checkpoint(cli: Cli, run: RunDirectory, trained: RunDirectory, damage: str) -> None:
    before = run.config_file.read_bytes()
    harmed = {
        "garbage": b"\xff\0[[[",
        "empty": b"",
        "cut short": cut_short(before),
        "one line": before.replace(b"d_lr = 0.001\n", b""),
    }.get(damage)
    run.config_file.unlink()
    if harmed is not None:
        run.config_file.write_bytes(harmed)
    done = cli("resume", "run", "--epochs", "3", "--headless")
    assert done.returncode == 0, done.stderr
    assert "step-000000040.pt" in done.stderr
    assert any("step-000000040.pt" in text for text in notes_of(run))
    kept = run.path / "run.toml.damaged"
    assert (kept.read_bytes() if kept.exists() else None) == harmed
    settings, whole = run.config(), trained.config()
    assert (settings.train.batch_size, settings.optimizer.d_lr, settings.model.hidden) == (75, 0.001, 16)
    assert settings.train.epochs == 3
    assert (settings.optimizer, settings.samples, settings.train.threads) == (whole.optimizer, whole.samples, whole.train.threads)
    assert newest_state(run)["step"] == 60


@pytest.mark.parametrize("name", ["samples", "checkpoints", "control"])
def test_a_folder_in_which_nothing_can_be_written_is_named_at_the_start(cli: Cli, run: RunDirectory, name: str) -> None:
    (run.path / name).rename(run.path / "elsewhere")
    (run.path / name).symlink_to("/proc")
    before = run.events.read_bytes()
    refused = cli("resume", "run", "--epochs", "3", "--headless")
    assert refused.returncode == 2
    line = refused.stderr.splitlines()[-1]
    assert str(run.path / name) in line
    assert "/proc" in line
    assert run.events.read_bytes() == before


def test_who_only_looks_rebuilds_nothing(cli: Cli, run: RunDirectory, tmp_path: Path) -> None:
    run.config_file.unlink()
    for command in (("sample", "run", "-n", "4", "-o", str(tmp_path / "grid.png")), ("evaluate", "run", "--samples", "200")):
        done = cli(*command)
        assert done.returncode == 0, done.stderr
        assert done.stderr.count("step-000000040.pt") == 1, "said once"
    assert not run.config_file.exists()


def test_a_wrong_setting_is_a_mistake_and_no_damage(cli: Cli, run: RunDirectory) -> None:
    text = run.config_file.read_text().replace("epochs = 2", "epochs = -2")
    run.config_file.write_text(text)
    refused = cli("resume", "run", "--headless")
    assert refused.returncode == 2
    assert "train.epochs = -2 " in refused.stderr
    assert run.config_file.read_text() == text


def test_without_settings_and_checkpoints_nothing_is_begun(cli: Cli, run: RunDirectory) -> None:
    for path in run.checkpoints.iterdir():
        path.unlink()
    run.config_file.unlink()
    before = {path: path.read_bytes() for path in run.samples.iterdir()}
    refused = cli("resume", "run", "--headless")
    assert refused.returncode == 1
    assert "run.toml" in refused.stderr
    assert {path: path.read_bytes() for path in run.samples.iterdir()} == before


def test_what_came_of_a_run_is_not_overwritten_by_its_beginning(cli: Cli, run: RunDirectory) -> None:
    for path in run.checkpoints.iterdir():
        path.unlink()
    run.events.unlink()
    weights = run.generator.read_bytes()
    grids = {path: path.read_bytes() for path in run.samples.iterdir()}
    refused = cli("resume", "run", "--headless")
    assert refused.returncode == 1
    assert "to begin again would overwrite it" in refused.stderr
    assert run.generator.read_bytes() == weights
    assert {path: path.read_bytes() for path in run.samples.iterdir()} == grids


@pytest.mark.parametrize("log", ["missing", "garbage", "empty"])
@pytest.mark.parametrize("settings", [True, False])
def test_a_refused_resume_of_a_run_that_lost_its_log_changes_nothing(cli: Cli, run: RunDirectory, log: str, settings: bool) -> None:
    """It began a log that knew of nothing but the refusal, and so the run had failed."""
    harm_log(run, log)
    run.summary.unlink()  # of the log that was
    for path in run.checkpoints.iterdir():
        path.write_bytes(path.read_bytes()[:500])
    if not settings:
        run.config_file.unlink()
    before = {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()}
    state = summarise(run).state
    refused = cli("resume", "run", "--epochs", "3", "--headless")
    assert refused.returncode == 1
    assert "checkpoint" in refused.stderr
    assert {path: path.read_bytes() for path in run.path.rglob("*") if path.is_file()} == before
    assert summarise(run).state == state == "interrupted"


def test_a_torn_checkpoint_is_kept_and_its_steps_are_named(cli: Cli, run: RunDirectory, trained: RunDirectory) -> None:
    newest = run.checkpoints / "step-000000040.pt"
    torn = newest.read_bytes()[:2000]
    newest.write_bytes(torn)
    lines = run.events.read_bytes().splitlines()
    done = cli("resume", "run", "--headless", "--epochs", "3", "--set", "checkpoints.keep=9")
    assert done.returncode == 0, done.stderr
    assert "step-000000040.pt" in done.stderr
    assert "steps 36 to 40" in done.stderr
    assert (run.checkpoints / "step-000000040.pt.damaged").read_bytes() == torn
    again = torch.load(run.checkpoints / "step-000000040.pt", weights_only=True)
    assert_same_state(again, newest_state(trained))
    everything = run.events.read_bytes() + (run.path / ASIDE).read_bytes()
    assert set(lines) <= set(everything.splitlines()), "no line of the log is lost"


@pytest.mark.parametrize(("saved", "best"), [(35, 40), (35, None), (0, None)])
def test_of_a_trainer_that_was_killed_it_is_said_how_much_is_trained_again(
    cli: Cli, run: RunDirectory, saved: int, best: int | None
) -> None:
    """Once, in the log and where the trainer prints; and which weights stay the best ones."""
    state = newest_state(run)
    for step, path in checkpoint.list_newest_first(run):
        if step > saved:
            path.unlink()
    if best:
        torch.save(state | {"step": best, "best": 0.5}, run.checkpoints / "best.pt")
    else:
        (run.checkpoints / "best.pt").unlink(missing_ok=True)
    without = ('"finished"',) if saved else ('"finished"', '"checkpoint"')
    kept = [line for line in run.events.read_text().splitlines(keepends=True) if not any(word in line for word in without)]
    run.events.write_text("".join(kept))
    done = cli("resume", "run", "--epochs", "3", "--headless")
    assert done.returncode == 0, done.stderr
    begins = "going on from the checkpoint of step 35" if saved else "nothing was saved before, so it begins again at step 0"
    told = f"the trainer was killed at step 40: {begins}; {40 - saved} steps are trained again"
    assert done.stderr.count("trained again") == 1
    assert f"gan-tui: {told}\n" in done.stderr
    assert [text for text in notes_of(run) if "trained again" in text] == [told]
    assert [(one.of, one.fd) for one in events_of(run, events.BestKept) if isinstance(one, events.BestKept)] == (
        [(best, 0.5)] if best else []
    )
    assert newest_state(run)["step"] == 60
    if best:
        assert f"0.5 at step {best}" in cli("report", "run", "-o", "-").stdout


def test_of_a_log_that_was_cut_it_is_said_from_where_the_run_goes_on(cli: Cli, run: RunDirectory) -> None:
    first = [line for line in run.events.read_bytes().splitlines(keepends=True) if (event := events.decode(line)) and event.step <= 5]
    run.events.write_bytes(b"".join(first))
    done = cli("resume", "run", "--epochs", "3", "--headless")
    assert done.returncode == 0, done.stderr
    told = r"the log ends at step \d+: going on from the checkpoint of step 40; what was logged between the two is lost"
    assert re.search(told, done.stderr)
    assert [text for text in notes_of(run) if re.fullmatch(told, text)]


def test_a_checkpoint_of_a_later_step_pushes_none_out(run: RunDirectory) -> None:
    (run.checkpoints / "step-999999999.pt").write_bytes(b"torn")
    checkpoint.remove_old(run, 1, 40)
    assert [step for step, _ in checkpoint.list_newest_first(run)] == [999_999_999, 40]


def test_a_checkpoint_that_may_not_be_read_is_not_skipped(cli: Cli, run: RunDirectory) -> None:
    """It may be whole. A folder in its place refuses even root."""
    (run.checkpoints / "step-000000041.pt").mkdir()
    refused = cli("resume", "run", "--epochs", "3", "--headless")
    assert refused.returncode == 1
    assert "step-000000041.pt cannot be read (it is a folder)" in refused.stderr
    assert (run.checkpoints / "step-000000040.pt").exists()


def test_memory_that_ends_while_a_checkpoint_is_read_costs_no_steps(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was taken for a torn file, and the run went on from the one before."""

    def refuse(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(torch, "load", refuse)
    with pytest.raises(MemoryError):
        checkpoint.load_newest(run)


def test_only_a_better_score_replaces_the_best_weights(cli: Cli, run: RunDirectory) -> None:
    """Those that were found after the newest checkpoint, too."""
    state = newest_state(run) | {"best": 0.5, "step": 40}
    torch.save(state, run.checkpoints / "best.pt")
    best = (run.checkpoints / "best.pt").read_bytes()
    done = cli("resume", "run", "--epochs", "3", "--headless", "--set", "evaluation.budget=0.5", "--set", "evaluation.samples=200")
    assert done.returncode == 0, done.stderr
    assert events_of(run, events.Evaluation)
    assert (run.checkpoints / "best.pt").read_bytes() == best
    assert newest_state(run)["best"] == 0.5


def keep_only_best(run: RunDirectory, torn: bool) -> None:
    """`best.pt` is of step 35; the newest of the others is gone or torn."""
    torch.save(newest_state(run) | {"step": 35, "best": 0.5}, run.checkpoints / "best.pt")
    for path in run.checkpoints.glob("step-*.pt"):
        if torn:
            path.write_bytes(path.read_bytes()[:500])
        else:
            path.unlink()


@pytest.mark.parametrize("torn", [False, True])
def test_a_run_goes_on_from_its_best_checkpoint_where_no_other_is_left(cli: Cli, run: RunDirectory, tmp_path: Path, torn: bool) -> None:
    keep_only_best(run, torn)
    assert cli("sample", "run", "-n", "4", "-o", str(tmp_path / "grid.png")).returncode == 0
    done = cli("resume", "run", "--epochs", "3", "--headless")
    assert done.returncode == 0, done.stderr
    told = "going on from best.pt, the only checkpoint that is left, of step 35: steps 36 to 40 are lost and will be trained again"
    assert told in done.stderr
    assert any(told in note for note in notes_of(run))
    assert newest_state(run)["step"] == 60
    assert len(list(run.checkpoints.glob("*.damaged"))) == torn, "what is torn and of a later step is kept"


def test_what_a_generator_alone_is_good_for(cli: Cli, run: RunDirectory, tmp_path: Path) -> None:
    for number, left in enumerate((True, False)):
        done = cli("sample", "run", "-n", "4", "--npy", str(tmp_path / f"{number}.npy"))
        assert done.returncode == 0, done.stderr
        assert ("generator.pt" in done.stderr) != left
        for path in run.checkpoints.iterdir():
            path.unlink()
    assert (tmp_path / "0.npy").read_bytes() == (tmp_path / "1.npy").read_bytes()
    refused = cli("evaluate", "run", "--samples", "200")
    assert refused.returncode == 2
    assert "no checkpoint, only generator.pt: `gan-tui sample" in refused.stderr
    run.generator.write_bytes(run.generator.read_bytes()[:500])
    refused = cli("sample", "run", "-n", "4", "-o", str(tmp_path / "grid.png"))
    assert refused.returncode == 2
    assert len(refused.stderr.splitlines()) == 1


def test_lost_settings_are_not_looked_for_in_a_pipe(tmp_path: Path) -> None:
    """Nobody writes into it, so who opened it would wait for ever."""
    run = RunDirectory(tmp_path)
    run.checkpoints.mkdir()
    for name in ("step-000000010.pt", checkpoint.BEST):
        os.mkfifo(run.checkpoints / name)
    assert checkpoint.saved_settings(run) is None
    assert checkpoint.best_score(run) is None
