"""A run goes by itself only where nothing came of it; everything else stays, whatever has happened to its log."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from gan_tui.dashboard.trainer_process import TrainerProcess
from gan_tui.errors import MISTAKEN
from gan_tui.run import events
from gan_tui.run.delete import Skeleton
from gan_tui.run.directory import RunDirectory
from gan_tui.run.lock import RunLock
from gan_tui.run.log import EventWriter
from tests.conftest import SMALL, Cli, last_step, wait_for
from tests.dashboard.helpers import make_run
from tests.patience import CEILING

QUICK = ("--batch-size", "75", *SMALL)


def files_of(run: RunDirectory) -> set[str]:
    return {str(path.relative_to(run.path)) for path in run.path.rglob("*")}


def test_what_nothing_came_of_goes(tmp_path: Path) -> None:
    fresh = make_run(tmp_path, "fresh")
    made = Skeleton(fresh)
    assert made.discard()
    assert not fresh.path.exists()
    assert not made.discard(), "a second time there is nothing to do"


def log_a_mistake(run: RunDirectory) -> None:
    with EventWriter(run.events) as log:
        log.write(events.Phase(name="starting"))
        log.write(events.Error(text="device 'cuda' is not there"))


def test_a_run_that_no_trainer_could_begin_with_goes(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    made = Skeleton(run)
    log_a_mistake(run)
    assert not made.discard(), "a trainer was there"
    assert made.discard(mistaken=True)
    assert not run.path.exists()


def begin(run: RunDirectory) -> None:
    with EventWriter(run.events) as log:
        log.write(events.Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=1))


def replace_by_another(run: RunDirectory) -> None:
    run.path.rename(run.path.with_name("moved"))
    make_run(run.path.parents[1], run.name)


def link_samples(run: RunDirectory) -> None:
    run.samples.rmdir()
    run.samples.symlink_to("/tmp")


KEPT: dict[str, Callable[[RunDirectory], object]] = {
    "a checkpoint": lambda run: (run.checkpoints / "step-000000001.pt").write_bytes(b"x"),
    "best.pt": lambda run: (run.checkpoints / "best.pt").write_bytes(b"x"),
    "samples": lambda run: (run.samples / "fake_images-0001.png").write_bytes(b"x"),
    "a generator": lambda run: run.generator.write_bytes(b"x"),
    "somebody's file": lambda run: (run.path / "notes.txt").write_bytes(b""),
    "somebody's hidden file": lambda run: (run.path / ".notes").write_bytes(b""),
    "somebody's link": lambda run: (run.path / "data").symlink_to("/nowhere"),
    "a command": lambda run: (run.control / "1.json").write_bytes(b"{}"),
    "a trainer's output": lambda run: run.trainer_log.touch(),
    "other settings": lambda run: run.config_file.write_text("[train]\nepochs = 7\n"),
    "a run that began": begin,
    "a damaged log": lambda run: run.events.write_bytes(b'{"kind":"started" \0\0\0\n'),
    "an empty line": lambda run: run.events.write_bytes(b"\n"),
    "another run of its name": replace_by_another,
    "a folder for a log": lambda run: run.events.mkdir(),
    "a link for a folder": link_samples,
}


@pytest.mark.parametrize("what", KEPT)
@pytest.mark.parametrize("mistaken", [False, True])
def test_everything_else_stays(tmp_path: Path, what: str, mistaken: bool) -> None:
    run = make_run(tmp_path)
    made = Skeleton(run)
    KEPT[what](run)
    before = files_of(run)
    assert not made.discard(mistaken=mistaken)
    assert files_of(run) >= before
    assert run.config_file.exists()


@pytest.mark.slow
def test_a_run_that_somebody_holds_stays(tmp_path: Path) -> None:
    held = make_run(tmp_path, "held")
    made = Skeleton(held)
    with RunLock(held.lock):
        assert not made.discard()
    assert held.config_file.exists()


def test_ctrl_c_before_there_is_a_screen_leaves_no_run(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from gan_tui.cli import train, trainer
    from gan_tui.cli.run_options import TRAIN_OPTIONS

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer, "train_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        train.train.callback(
            preset=None, config_file=None, styles=(), shares=(), assignments=(), dry_run=False, name="brief", runs_dir=cli.runs_dir,
            headless=False, theme=None, fps=None, mouse=True, images="ascii", colours="auto", **dict.fromkeys(TRAIN_OPTIONS),
        )  # type: ignore[misc]  # fmt: skip
    assert list(cli.runs_dir.iterdir()) == []


class ClosedScreen:
    """A dashboard whose person leaves as soon as the trainer has ended."""

    snapshot = None
    line_is_gone = False
    return_code = 0

    def __init__(self, *_: object, trainer: TrainerProcess, **__: object) -> None:
        self.trainer = trainer

    def run(self, **_: object) -> None:
        wait_for(lambda: self.trainer.exit_code is not None, what="the end of the trainer")


@pytest.mark.slow
def test_a_start_that_is_refused_behind_a_screen_leaves_the_name_free(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    from gan_tui.cli import group, trainer
    from gan_tui.cli.group import cli as commands
    from gan_tui.dashboard import app, themed_app

    monkeypatch.setattr(group, "has_terminal", lambda: True)
    monkeypatch.setattr(trainer, "has_terminal", lambda: True)
    monkeypatch.setattr(app, "Dashboard", ClosedScreen)
    monkeypatch.setattr(themed_app, "say_what_broke", lambda *_: None)
    words = ("train", "--runs-dir", str(cli.runs_dir), "--name", "same", "--device", "cuda:99")
    assert commands.main(words, standalone_mode=False) == MISTAKEN
    assert list(cli.runs_dir.iterdir()) == []


def test_what_a_trainer_printed_goes_only_with_its_log(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    made = Skeleton(run)
    log_a_mistake(run)
    run.trainer_log.write_bytes(b"x" * (1 << 17))
    assert not made.discard(mistaken=True), "so much was printed by something else"
    run.trainer_log.write_text("gan-tui: device 'cuda' is not there\n")
    assert made.discard(mistaken=True)


def test_a_log_that_is_moved_away_costs_no_run(cli: Cli) -> None:
    process = cli.start("--headless", "--epochs", "1000", "--name", "moved", "--checkpoint-every", "5", *QUICK)
    run = cli.run("moved")
    wait_for(lambda: run.newest_step > 10, what="checkpoints")
    run.events.rename(cli.runs_dir / "elsewhere.jsonl")
    before = files_of(run)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=CEILING)
    assert {name for name in files_of(run) if name.startswith("checkpoints/")}
    assert files_of(run) >= {name for name in before if not name.startswith("checkpoints") and not name.endswith(".tmp")}


@pytest.mark.slow
@pytest.mark.parametrize("damage", ["missing", "started damaged", "garbage", "empty", "folder", "pipe"])
def test_a_resume_that_fails_on_settings_costs_no_run(cli: Cli, damage: str) -> None:
    assert cli("--headless", "--epochs", "1", "--name", "kept", *QUICK).returncode == 0
    run = cli.run("kept")
    harm_log(run, damage)
    before = files_of(run) - {"lock"}
    refused = cli("resume", "kept", "--epochs", "2", "--headless", "--device", "cuda:99")
    assert refused.returncode == 2, refused.stderr
    assert "'cuda:99'" in refused.stderr
    assert files_of(run) >= {name for name in before if name not in ("events.jsonl", "summary.json")}
    done = cli("resume", "kept", "--epochs", "2", "--headless")
    assert done.returncode == 0, done.stderr
    assert last_step(run) == 40


def harm_log(run: RunDirectory, damage: str) -> None:
    lines = run.events.read_bytes().splitlines(keepends=True)
    run.events.unlink()
    match damage:
        case "started damaged":
            run.events.write_bytes(b"".join(b"\0" * len(line) + b"\n" if b'"started"' in line else line for line in lines))
        case "garbage":
            run.events.write_bytes(os.urandom(5000))
        case "empty":
            run.events.touch()
        case "folder":
            run.events.mkdir()
        case "pipe":
            os.mkfifo(run.events)
