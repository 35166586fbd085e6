"""A trainer's life: killed at any instant, signalled at bad moments, with no room, no rights or no folder left.

Whatever happens to it, it leaves with one line, and what it saved goes on to the very weights of the undisturbed run.
"""

import errno
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from gan_tui import cli, config
from gan_tui.errors import UserError
from gan_tui.files import write_atomic
from gan_tui.run import directory, events, length, mailbox, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import VERSION, AnyEvent
from gan_tui.run.log import EventReader, read_all
from gan_tui.run.state import RunState
from gan_tui.run.summary import summarise
from gan_tui.training import checkpoint
from tests.conftest import events_of, last_step, wait_for
from tests.patience import CEILING
from tests.training.fork_server import ForkedTrainer, ForkServer
from tests.training.test_resume import assert_same_state, newest_state

KILLS = int(os.environ.get("GAN_TUI_KILLS", "25"))
EPOCHS = 3
STEPS = 60
LONG = 10_000
"""Epochs of a run that something else is going to end."""
SETTINGS = {
    "train": {"epochs": EPOCHS, "batch_size": 60, "device": "cpu", "threads": 1},
    "model": {"hidden": 16, "latent_dim": 8},
    "samples": {"count": 4, "columns": 2},
    "log": {"print_every": 10},
    "checkpoints": {"every_steps": 2},
}
"""20 steps an epoch of the forking process's digits."""
PNG_END = b"IEND\xaeB`\x82"


def make_run(folder: Path, name: str, epochs: int = EPOCHS) -> RunDirectory:
    return directory.create(folder, config.resolve(tables=[SETTINGS, {"train": {"epochs": epochs}}]), name)


def shorten(run: RunDirectory) -> None:
    """Let a long run end where the undisturbed one ends, or, where it is past that, one epoch later."""
    epochs = max(EPOCHS, last_step(run) // 20 + 1)
    directory.write_settings(run, config.override(run.config(), {"train": {"epochs": epochs}}))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ForkServer]:
    made = ForkServer(tmp_path_factory.mktemp("outputs"))
    yield made
    made.close()


@pytest.fixture(scope="module")
def whole(server: ForkServer, tmp_path_factory: pytest.TempPathFactory) -> tuple[RunDirectory, float]:
    """A run that nothing disturbs, and how many seconds it takes."""
    run = make_run(tmp_path_factory.mktemp("undisturbed"), "whole")
    began = time.monotonic()
    trainer = server.start(run)
    assert trainer.wait() == 0, trainer.errors
    assert trainer.errors == ""
    return run, time.monotonic() - began


Tidy = Callable[[ForkedTrainer], ForkedTrainer]


@pytest.fixture
def tidy() -> Iterator[Tidy]:
    """Kills trainers when the test ends, however it ends."""
    started: list[ForkedTrainer] = []

    def note(trainer: ForkedTrainer) -> ForkedTrainer:
        started.append(trainer)
        return trainer

    yield note
    for trainer in started:
        trainer.kill()


def the_line(trainer: ForkedTrainer) -> str:
    """What the trainer wrote to standard error: one line."""
    lines = without_repeats(trainer.errors).splitlines()
    assert len(lines) == 1, trainer.errors
    assert lines[0].startswith("gan-tui: ")
    return lines[0]


def assert_nothing_torn(run: RunDirectory) -> None:
    """Every file that bears its own name is whole."""
    assert not run.alive
    assert run.config().train.batch_size == 60
    for step, path in checkpoint.list_newest_first(run):
        assert torch.load(path, weights_only=True)["step"] == step
    for path in (run.generator, run.discriminator):
        if path.exists():
            assert torch.load(path, weights_only=True)
    for path in (run.real_images, *run.samples.glob("*.png")):
        assert not path.exists() or path.read_bytes().endswith(PNG_END), path
    assert not run.preview.exists() or preview.read(run.path)
    lines = run.events.read_bytes().splitlines(keepends=True) if run.events.exists() else []
    for line in lines:
        assert json.loads(line)["v"] == VERSION if line.endswith(b"\n") else line is lines[-1]


def assert_ended_like(run: RunDirectory, whole: RunDirectory) -> None:
    """Bit for bit what the undisturbed run has left, and nothing of the disturbances."""
    assert_nothing_torn(run)
    assert_same_state(newest_state(run), newest_state(whole))
    for ours, theirs in ((run.generator, whole.generator), (run.discriminator, whole.discriminator)):
        assert_same_state(torch.load(ours, weights_only=True), torch.load(theirs, weights_only=True))
    assert sorted(path.name for path in run.samples.iterdir()) == sorted(path.name for path in whole.samples.iterdir())
    for grid in (run.real_images, *run.samples.iterdir()):
        assert grid.read_bytes() == (whole.path / grid.relative_to(run.path)).read_bytes(), grid
    assert not list(run.path.rglob(".*.tmp"))
    assert len(checkpoint.list_newest_first(run)) <= run.config().checkpoints.keep
    log = [events.decode(line) for line in run.events.read_bytes().splitlines()]
    steps = [event.step for event in log if isinstance(event, events.Metrics)]
    assert steps == sorted(set(steps)), "no step stands in the log twice"
    assert steps[-1] == STEPS
    assert [event.epoch for event in log if isinstance(event, events.Epoch)] == list(range(1, EPOCHS + 1))
    assert [event.epoch for event in log if isinstance(event, events.Samples)] == list(range(EPOCHS + 1))
    assert isinstance(log[-1], events.Finished)
    assert log[-1].outcome == "completed"


def phase_of(run: RunDirectory) -> str:
    """What the log's end says the trainer is doing."""
    try:
        with open(run.events, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
            tail = file.read()
    except OSError:
        return ""
    start = tail.rfind(b'"kind":"phase","name":"')
    return tail[start:].split(b'"', 8)[7].decode() if start >= 0 else ""


def kill_somewhere(trainer: ForkedTrainer, chance: random.Random, seconds: float) -> str | None:
    """SIGKILL at an instant drawn at random; what the trainer was doing, or None where it had ended before.

    Half of the kills fall anywhere in the `seconds` that a run takes. The others wait for what is short and delicate:
    the start, a save, a grid, the end.
    """
    aim = chance.choice(["", "", "", "loading", "saving", "saving", "sampling", "stopping"])
    deadline = time.monotonic() + chance.uniform(0, seconds)
    if aim in ("", "saving"):
        while trainer.poll() is None and time.monotonic() < deadline:
            time.sleep(0.001)
    while aim and phase_of(trainer.run) != aim and trainer.poll() is None:
        time.sleep(0.0002)
    if aim:
        time.sleep(chance.uniform(0, 0.02))
    if trainer.poll() is not None:
        return None
    trainer.kill()
    if trainer.wait() != -signal.SIGKILL:
        return None
    unfinished = [path.name.strip(".").split("-")[0].split(".")[0] for path in trainer.run.path.rglob(".*.tmp")]
    return f"{unfinished[0]} (half written)" if unfinished else phase_of(trainer.run)


@pytest.mark.slow
def test_killed_at_any_instant_it_ends_with_the_same_weights(server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path) -> None:
    undisturbed, seconds = whole
    chance = random.Random(int(os.environ.get("GAN_TUI_SEED", "7")))
    kills: Counter[str] = Counter()
    completed, began = 0, time.monotonic()
    over = f"gan-tui: {length.nothing_left(EPOCHS * 20)}\n"
    while kills.total() < KILLS:
        run = make_run(tmp_path, f"killed-{completed}")
        newest = 0
        while True:
            trainer = server.start(run)
            where = kill_somewhere(trainer, chance, seconds) if kills.total() < KILLS else None
            if where is None:
                break
            kills[where] += 1
            assert without_repeats(trainer.errors) in ("", over)
            assert_nothing_torn(run)
            saved = max((step for step, _ in checkpoint.list_newest_first(run)), default=0)
            assert saved >= newest, "a kill costs no checkpoint"
            newest = saved
        assert trainer.wait() == 0, trainer.errors
        assert without_repeats(trainer.errors) in ("", over), (
            "of one that was killed behind its last step it is said that nothing is trained"
        )
        assert_ended_like(run, undisturbed)
        shutil.rmtree(run.path)
        completed += 1
    spread = ", ".join(f"{count} {where or 'start'}" for where, count in kills.most_common())
    print(f"\n{kills.total()} kills in {time.monotonic() - began:.0f} s, {completed} runs completed; fell into: {spread}")


def start_long(server: ForkServer, run: RunDirectory, *conditions: str, after: int = 4, **outputs: Path) -> ForkedTrainer:
    """A trainer that has trained and saved a little."""
    trainer = server.start(run, *conditions, **outputs)
    wait_for(lambda: last_step(run) >= after or trainer.poll() is not None, CEILING, "training")
    assert trainer.poll() is None, trainer.errors
    return trainer


def assert_goes_on(server: ForkServer, run: RunDirectory, whole: RunDirectory) -> None:
    """Nothing is torn, and the next trainer ends the run; where it is short enough to tell, like the undisturbed one."""
    assert_nothing_torn(run)
    shorten(run)
    trainer = server.start(run)
    assert trainer.wait() == 0, trainer.errors
    assert without_repeats(trainer.errors) == ""
    assert newest_state(run)["step"] == run.config().train.epochs * 20
    if run.config().train.epochs == EPOCHS:
        assert_ended_like(run, whole)


def without_repeats(said: str) -> str:
    """What a trainer said besides how many steps are trained again, which depends on when the one before was ended."""
    return re.sub(r"gan-tui: .* at step .*; .* trained again\n", "", said)


def outcome_of(run: RunDirectory) -> str | None:
    """How the log ends."""
    last = read_all(run.events)[-1]
    return last.outcome if isinstance(last, events.Finished) else None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.slow
def test_two_signals_during_a_save(
    server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path, tidy: Tidy, number: signal.Signals
) -> None:
    run = make_run(tmp_path, "twice", LONG)
    trainer = tidy(start_long(server, run, "slow disk"))
    wait_for(lambda: phase_of(run) == "saving", CEILING, "saving")
    trainer.signal(number)
    time.sleep(0.02)
    trainer.signal(number)
    assert trainer.wait() == 0
    assert outcome_of(run) == "stopped"
    step = newest_state(run)["step"]
    assert (
        the_line(trainer)
        == f"gan-tui: received {number.name}: saved at step {step}, and `gan-tui resume {run.cli_name}` goes on from there"
    )
    assert_goes_on(server, run, whole[0])


@pytest.mark.slow
def test_a_signal_while_paused(server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path, tidy: Tidy) -> None:
    run = make_run(tmp_path, "paused", LONG)
    trainer = tidy(start_long(server, run))
    mailbox.send(run.control, "pause")
    wait_for(lambda: phase_of(run) == "paused", CEILING, "the pause")
    trainer.signal(signal.SIGHUP)
    time.sleep(0.2)
    assert trainer.poll() is None
    trainer.signal(signal.SIGTERM)
    assert trainer.wait() == 0
    assert "received SIGTERM" in the_line(trainer)
    assert outcome_of(run) == "stopped"
    assert newest_state(run)["step"] == last_step(run)
    assert_goes_on(server, run, whole[0])


@pytest.mark.parametrize("phase", ["starting", "loading"])
@pytest.mark.slow
def test_signals_while_it_starts(server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path, tidy: Tidy, phase: str) -> None:
    run = make_run(tmp_path, "early", LONG)
    trainer = tidy(server.start(run))
    wait_for(lambda: phase_of(run) not in ("", "starting" if phase == "loading" else ""), CEILING, phase)
    trainer.signal(signal.SIGHUP)
    trainer.signal(signal.SIGINT)
    trainer.signal(signal.SIGINT)
    assert trainer.wait() == 0
    assert "received SIGINT" in the_line(trainer)
    assert outcome_of(run) == "stopped"
    assert_goes_on(server, run, whole[0])


@pytest.mark.slow
def test_signals_while_torch_is_imported(server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path) -> None:
    """The whole process this time, as the dashboard starts it: no second passes in which a signal ends in a traceback."""
    run = make_run(tmp_path, "importing")
    process = subprocess.Popen(
        [sys.executable, "-m", "gan_tui.training", str(run.path)], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    try:
        wait_for(lambda: run.alive, CEILING, "the lock")
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGINT)
        assert phase_of(run) in ("", "starting")
        _, errors = process.communicate(timeout=CEILING)
    finally:
        process.kill()
    assert process.returncode == 0, errors
    assert (errors.count("\n"), "SIGINT" in errors, "step 0" in errors) == (1, True, True)
    assert outcome_of(run) == "stopped"
    trainer = server.start(run)
    assert trainer.wait() == 0, trainer.errors
    assert_same_state(newest_state(run), newest_state(whole[0]))


@pytest.mark.slow
def test_two_trainers_on_one_run(server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path, tidy: Tidy) -> None:
    run = make_run(tmp_path, "shared", LONG)
    first = tidy(start_long(server, run))
    mailbox.send(run.control, "pause")  # a log that stands still shows who else writes into it
    wait_for(lambda: phase_of(run) == "paused" and events_of(run, events.Answer), CEILING, "the pause")
    log, settings = run.events.read_bytes(), run.config_file.read_bytes()
    second = tidy(server.start(run))
    assert second.wait() == 2
    assert f"`gan-tui attach {run.path}`" in the_line(second)
    assert (run.events.read_bytes(), run.config_file.read_bytes()) == (log, settings)
    assert run.alive
    mailbox.send(run.control, "resume")
    wait_for(lambda: last_step(run) > events_of(run, events.Answer)[0].step + 4, CEILING, "training on")
    first.signal(signal.SIGTERM)
    assert first.wait() == 0
    assert_goes_on(server, run, whole[0])


@pytest.mark.slow
def test_a_clock_that_runs_backwards(server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path, tidy: Tidy) -> None:
    run = make_run(tmp_path, "backwards")
    trainer = tidy(server.start(run, "backwards clock"))
    reader, followed = EventReader(run.events), list[AnyEvent]()
    while not followed or not isinstance(followed[-1], events.Finished):
        ended = trainer.poll() is not None
        news = reader.read()
        followed = news.events if news.restarted else followed + news.events
        assert not ended or news.events, trainer.errors
    assert trainer.wait() == 0
    assert trainer.errors == ""
    assert followed == read_all(run.events)
    times = [event.t for event in followed]
    assert times == sorted(times, reverse=True)
    assert times[0] > times[-1]
    state = RunState.of(followed)
    assert (state.step, state.epochs_done, state.outcome) == (STEPS, EPOCHS, "completed")
    assert state.elapsed > 0
    assert summarise(run).state == "completed"
    assert_ended_like(run, whole[0])


@pytest.mark.parametrize("paused", [False, True])
def test_the_run_directory_is_removed(server: ForkServer, tmp_path: Path, tidy: Tidy, paused: bool) -> None:
    run = make_run(tmp_path, "removed", LONG)
    trainer = tidy(start_long(server, run))
    if paused:
        mailbox.send(run.control, "pause")
        wait_for(lambda: phase_of(run) == "paused", CEILING, "the pause")
    moved = run.path.rename(tmp_path / "moved")  # at one instant, as seen by the trainer
    assert trainer.wait() == 1
    line = the_line(trainer)
    assert str(run.path) in line
    assert not run.path.exists()
    assert_nothing_torn(RunDirectory(moved))


def test_rm_takes_the_run_directory_piece_by_piece(server: ForkServer, tmp_path: Path, tidy: Tidy) -> None:
    run = make_run(tmp_path, "removed", LONG)
    trainer = tidy(start_long(server, run))
    deadline = time.monotonic() + CEILING
    while trainer.poll() is None:
        shutil.rmtree(run.path, ignore_errors=True)
        assert time.monotonic() < deadline
    assert trainer.wait() == 1
    assert the_line(trainer).startswith("gan-tui: ")
    shutil.rmtree(run.path, ignore_errors=True)
    assert not run.path.exists()


def mount(folder: Path, *options: str) -> None:
    """Mount something at `folder`; skip the test where that is not permitted.

    A remount as read-only is refused while any file is open for writing, as a trainer's is for an instant again and again.
    """
    if not shutil.which("mount"):
        pytest.skip("there is no mount here")
    for _ in range(100):
        done = subprocess.run(["mount", *options, str(folder)], capture_output=True, text=True, check=False)
        if not done.returncode:
            return
        if "busy" not in done.stderr:
            break
        time.sleep(0.01)
    pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")


def unmount(folder: Path) -> None:
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """12 MB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount(folder, "-t", "tmpfs", "-o", "size=12m", "tmpfs")
    yield folder
    unmount(folder)


def fill(disk: Path, leave: int) -> None:
    """Take all room but `leave` bytes."""
    filler = disk / "filler"
    with filler.open("ab", buffering=0) as file:
        status = os.statvfs(disk)
        more = status.f_bavail * status.f_frsize - leave
        if more > 0:
            try:
                os.posix_fallocate(file.fileno(), filler.stat().st_size, more)
            except OSError:  # the trainer was quicker
                return


@pytest.mark.parametrize(("leave", "logged"), [(100_000, True), (0, False)], ids=["for the log only", "nothing"])
@pytest.mark.slow
def test_a_full_disk(server: ForkServer, whole: tuple[RunDirectory, float], small_disk: Path, tidy: Tidy, leave: int, logged: bool) -> None:
    run = make_run(small_disk, "full", LONG)
    trainer = tidy(start_long(server, run, after=8))
    wait_for(lambda: fill(small_disk, leave) or trainer.poll() is not None, CEILING, "the end")  # type: ignore[func-returns-value]
    assert trainer.wait() == 1
    line = the_line(trainer)
    assert re.fullmatch(rf"gan-tui: .*{run.path}.*`gan-tui resume {re.escape(run.cli_name)}`.*", line)
    assert_nothing_torn(run)
    assert len(checkpoint.list_newest_first(run)) >= 2
    assert not list(run.path.rglob(".*.tmp"))
    if logged:
        assert outcome_of(run) == "failed"
        assert [event.text for event in events_of(run, events.Error) if isinstance(event, events.Error)] == [line.removeprefix("gan-tui: ")]
    again = tidy(server.start(run))
    assert again.wait() == 1, "it is still full"
    *before, last = without_repeats(again.errors).splitlines()
    assert last == line
    assert [bool(re.search(r"the disk is too small: .* more, and .* MB are free in", text)) for text in before] == [True] * logged
    assert_nothing_torn(run)
    (small_disk / "filler").unlink()
    assert_goes_on(server, run, whole[0])


def test_a_full_disk_that_takes_not_even_the_line(server: ForkServer, small_disk: Path, tidy: Tidy) -> None:
    """The dashboard's trainer writes its output into the run directory, too."""
    run = make_run(small_disk, "full", LONG)
    trainer = tidy(start_long(server, run, output=run.trainer_log, errors=run.trainer_log))
    wait_for(lambda: fill(small_disk, 0) or trainer.poll() is not None, CEILING, "the end")  # type: ignore[func-returns-value]
    assert trainer.wait() == 1
    assert "Traceback" not in trainer.errors
    assert_nothing_torn(run)


@pytest.mark.slow
def test_a_folder_that_becomes_read_only(server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path, tidy: Tidy) -> None:
    run = make_run(tmp_path, "fixed", LONG)
    trainer = tidy(start_long(server, run, "no privileges"))
    run.checkpoints.chmod(0o500)
    assert trainer.wait() == 1
    line = the_line(trainer)
    assert line.startswith(f"gan-tui: {run.checkpoints}")
    assert line.endswith(f" cannot be written (permission denied): make it writable, then `gan-tui resume {run.cli_name}`")
    assert ".tmp" not in line, "a person looks for the file's own name"
    assert outcome_of(run) == "failed"
    run.checkpoints.chmod(0o700)
    run.path.chmod(0o500)
    refused = tidy(server.start(run, "no privileges"))
    assert refused.wait() == 1
    assert "permission denied" in the_line(refused)
    assert ".tmp" not in the_line(refused)
    run.path.chmod(0o700)
    assert_goes_on(server, run, whole[0])


def test_a_read_only_file_system(server: ForkServer, whole: tuple[RunDirectory, float], tmp_path: Path, tidy: Tidy) -> None:
    run = make_run(tmp_path, "fixed", LONG)
    trainer = tidy(start_long(server, run))
    # A file system that is being written cannot be made read-only, but a read-only view can be laid over a folder.
    mount(run.checkpoints, "--bind", str(run.checkpoints))
    try:
        mount(run.checkpoints, "-o", "remount,bind,ro")
        assert trainer.wait() == 1
    finally:
        unmount(run.checkpoints)
    line = the_line(trainer)
    assert line.startswith(f"gan-tui: {run.checkpoints}")
    assert line.endswith(f" cannot be written (read-only file system): make it writable, then `gan-tui resume {run.cli_name}`")
    assert outcome_of(run) == "failed"
    mount(run.path, "--bind", str(run.path))
    try:
        mount(run.path, "-o", "remount,bind,ro")
        refused = tidy(server.start(run))
        assert refused.wait() == 1
    finally:
        unmount(run.path)
    assert os.strerror(errno.EROFS).lower() in the_line(refused)
    assert f"`gan-tui resume {run.cli_name}`" in the_line(refused)
    assert_goes_on(server, run, whole[0])


def test_resume_takes_a_run_that_was_killed_after_its_last_step(
    whole: tuple[RunDirectory, float], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = RunDirectory(tmp_path / "last")
    shutil.copytree(whole[0].path, run.path)
    trained: list[str] = []

    def train(run: RunDirectory, *_: object, **__: object) -> int:
        trained.append(run.name)
        return 0

    monkeypatch.setattr("gan_tui.cli.resume.train_run", train)
    arguments = ["resume", "last", "--headless", "--runs-dir", str(tmp_path)]
    with pytest.raises(UserError, match="has done 3 of 3 epochs"):
        cli.cli.main(arguments, standalone_mode=False)
    lines = run.events.read_bytes().splitlines(keepends=True)
    run.events.write_bytes(b"".join(lines[:-1]))  # the last one says that it is completed
    assert cli.cli.main(arguments, standalone_mode=False) == 0
    assert trained == ["last"]


def test_a_file_that_cannot_be_written_is_named_by_its_own_name(tmp_path: Path) -> None:
    missing = tmp_path / "missing" / "file"
    with pytest.raises(FileNotFoundError) as refused:
        write_atomic(missing, b"")
    assert refused.value.filename == str(missing)


def test_the_disks_own_words_survive_torch(small_disk: Path) -> None:
    """torch.save makes a RuntimeError of what the file says, without a cause."""
    fill(small_disk, 50_000)
    with pytest.raises(OSError, match="No space left") as refused:
        checkpoint.write_weights(small_disk / "weights", torch.nn.Linear(1000, 100))
    assert refused.value.filename == str(small_disk / "weights")
    assert [path.name for path in small_disk.iterdir()] == ["filler"]
