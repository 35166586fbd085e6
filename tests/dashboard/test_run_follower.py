"""What the screen says of a run that it can follow no more."""

import os
import re
import shutil
import time
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui import cli
from gan_tui.dashboard import run_follower
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.summary import summary_lines
from gan_tui.dashboard.trainer_process import TrainerProcess
from gan_tui.errors import UserError
from gan_tui.render.glyphs import UNICODE
from gan_tui.run import events, index
from gan_tui.run.directory import RUNS_VARIABLE, RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.log import EventWriter, iterate
from gan_tui.run.state import RunState
from gan_tui.run.summary import summarise
from tests.dashboard.helpers import (
    HeldRun,
    append,
    judged,
    make_run,
    metrics,
    opened,
    put_checkpoint,
    recorded,
    run_async,
    screen_text,
    show_preview,
    until,
)
from tests.patience import CEILING

PROGRESS = "Epoch [1/400], Step[600/600], d_loss: 0.9"


def buried(run: RunDirectory, script: str, *written: events.AnyEvent) -> Snapshot:
    """What is known when a trainer that has written so much has ended."""
    follower = RunFollower(run)
    follower.skip_to_now()
    go = run.path / "go"
    trainer = TrainerProcess(run, ["sh", "-c", f"while [ ! -e '{go}' ]; do sleep 0.01; done; {script}"])
    follower.await_trainer(trainer)
    append(run, *written)
    go.touch()
    deadline = time.monotonic() + CEILING
    while not follower.snapshot().trouble:
        assert time.monotonic() < deadline
        follower.look()
        time.sleep(0.02)
    return follower.snapshot()


def test_a_trainer_that_was_killed_is_not_excused_by_what_it_printed_last(run: RunDirectory) -> None:
    found = buried(run, f"echo '{PROGRESS}'; kill -9 $$", *recorded(3))
    word = run.cli_name
    assert found.trouble is not None
    assert all(fact in found.trouble for fact in ("signal 9", "22,020", f"`gan-tui resume {word}`")), found.trouble
    assert found.name == summarise(run).state == "interrupted"


@pytest.mark.parametrize(
    ("script", "quoted"),
    [
        ("echo 'torch.OutOfMemoryError: CUDA out of memory'; exit 1", "torch.OutOfMemoryError: CUDA out of memory"),
        ("echo 'gan-tui: no room on the disk'; exit 1", "gan-tui: no room on the disk"),
        ("echo KeyboardInterrupt; exit 1", "KeyboardInterrupt"),
        (f"echo '{PROGRESS}'; exit 1", ""),
        ("echo 'a word of a library: nothing'; exit 1", ""),
    ],
)
def test_only_an_error_is_quoted(script: str, quoted: str, run: RunDirectory) -> None:
    trouble = buried(run, script, *recorded(3)).trouble or ""
    if quoted:
        assert re.fullmatch(rf".*\b1\): {re.escape(quoted)}", trouble)
    else:
        assert all(words in trouble for words in ("exit code 1", "step 22,020", "`gan-tui resume ")), trouble


def test_a_refused_resume_says_why_and_leaves_the_run_completed(run: RunDirectory) -> None:
    ended = events.Finished(outcome="completed", epoch=36, elapsed=220.0, step=22_020)
    why = "the run was trained on 54 images, and folder:photos has 90 now"
    append(run, *judged(), ended)
    found = buried(
        run, f"echo 'gan-tui: {why}'; exit 1", events.Phase(name="loading", step=22_020), ended, events.Note(text=why, step=22_020)
    )
    assert found.trouble is not None
    assert found.trouble.endswith(f" 1): gan-tui: {why}")
    assert found.name == summarise(run).state == "completed"


def test_the_screen_says_that_it_was_killed(run: RunDirectory) -> None:
    found = buried(run, "kill -9 $$", *recorded(3)[:-1])
    assert found.trouble is not None
    assert found.trouble.endswith("starts it again"), "nothing was saved"
    assert "(signal 9) at step 22,020" in "\n".join(summary_lines(run, found, UNICODE))


@pytest.mark.parametrize(
    ("kind", "words"),
    [("binary", "no event in it"), ("pipe", "no regular file"), ("folder", "a directory"), ("loop", "symbolic links")],
)
def test_a_log_that_cannot_be_read_is_called_so(kind: str, words: str, run: RunDirectory) -> None:
    match kind:
        case "binary":
            run.events.write_bytes(b"\0\xff\n\x80" * 100)
        case "pipe":
            os.mkfifo(run.events)
        case "folder":
            run.events.mkdir()
        case "loop":
            run.events.symlink_to(run.events)

    async def case() -> None:
        async with opened(run) as (app, _):
            await until(lambda: "events.jsonl cannot be read: " in screen_text(app))
            assert words in screen_text(app)
            assert "starting" not in screen_text(app)

    run_async(case)


def test_a_trainer_that_has_written_half_an_event_is_starting(run: RunDirectory) -> None:
    run.events.write_bytes(b'{"kind":')
    with HeldRun(run):
        follower = RunFollower(run)
        follower.look()
        assert (follower.snapshot().trouble, follower.snapshot().name) == (None, "starting")


def test_a_finished_run_that_is_deleted_under_the_screen(run: RunDirectory) -> None:
    append(run, *judged(), events.Finished(outcome="completed", epoch=36, elapsed=220.0, step=22_020))
    show_preview(run)

    async def case() -> None:
        async with opened(run, Mode.WATCH) as (app, _):
            assert "removed" not in screen_text(app)
            shutil.rmtree(run.path)
            await until(lambda: "was removed or renamed" in " ".join(screen_text(app).split()))
            assert app.snapshot is not None
            assert app.snapshot.name == "completed"
            left = "\n".join(summary_lines(run, app.snapshot, UNICODE))
            assert "was removed or renamed" in left
            assert not any(line.startswith(("files", "saved", "continue")) or ".pt" in line for line in left.splitlines())

    run_async(case)


def long_log(run: RunDirectory) -> None:
    append(run, *judged(), *(metrics(step, 9.0 if step == 50_000 else 0.5) for step in range(22_021, 60_000)))
    append(run, events.Verdict(rule="plateau", level="info", text="it stands still", advice="", step=59_999))


@pytest.mark.slow
def test_a_long_log_is_shown_at_once_and_then_as_a_whole(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_follower, "LONG", 100_000)
    long_log(run)
    index.path_of(run.events).unlink(missing_ok=True)
    show_preview(run)
    follower = RunFollower(run)
    assert follower.look()
    seen = follower.snapshot()
    assert follower.behind, "there is more to read"
    state = seen.state
    assert (state.step, state.started is not None, state.verdict is not None) == (59_999, True, True)
    buckets = state.history["d_loss"].buckets
    assert buckets[0].step < 500
    assert max(later.step - bucket.step for bucket, later in pairwise(buckets)) < 3000, "from end to end"
    assert seen.preview.images is not None
    append(run, metrics(60_000), events.Note(text="meanwhile", step=60_000))
    follower.look()
    assert follower.snapshot().state.message == (follower.snapshot().state.last_event, "meanwhile"), "what is new is shown meanwhile"
    while follower.behind:
        follower.look()
    whole = RunState.of(iterate(run.events))
    state = follower.snapshot().state
    assert (state.step, state.message) == (whole.step, whole.message)
    assert state.history == whole.history
    assert max(bucket.high or 0 for bucket in state.history["d_loss"].buckets) == 9.0, "no spike is missing"


def test_a_long_log_with_an_index_is_whole_at_once(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_follower, "LONG", 200_000)
    monkeypatch.setattr(index, "GROWTH", 100_000)
    long_log(run)
    follower = RunFollower(run)
    while follower.look() and follower.behind:
        assert follower.snapshot().state.history["d_loss"].buckets[0].step < 500
    assert max(bucket.high or 0 for bucket in follower.snapshot().state.history["d_loss"].buckets) == 9.0


@pytest.mark.slow
def test_a_long_log_that_is_cut_is_followed_from_there(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_follower, "LONG", 100_000)
    long_log(run)
    follower = RunFollower(run)
    follower.look()
    with EventWriter(run.events) as log:
        log.cut_to_step(30_000)
        for step in range(30_001, 70_000):
            log.write(metrics(step, 0.75))
        log.write(events.Note(text="again", step=69_999))
    for _ in range(3):
        follower.look()
    assert follower.snapshot().state.step == 69_999
    while follower.behind:
        follower.look()
    newest = follower.snapshot().state.history["d_loss"].buckets
    assert max(bucket.high or 0 for bucket in newest) < 9.0, "what was cut is forgotten"
    assert follower.snapshot().state.step == 69_999


@pytest.mark.parametrize(("width", "height"), [(60, 20), (80, 24), (120, 40)])
def test_who_attaches_to_a_run_whose_trainer_was_killed_reads_what_goes_on_with_it(
    width: int, height: int, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the sign before its state is that of every listing."""
    monkeypatch.setenv(RUNS_VARIABLE, str(run.path.parent))
    append(run, *recorded(3))
    listed = CliRunner().invoke(cli.cli, ["runs", "--plain"]).output

    async def case() -> None:
        async with opened(run, size=(width, height)) as (app, _):
            shown = " ".join(screen_text(app).split())
            assert "22,020: `gan-tui resume first`" in shown
            assert "✗ interrupted" in shown

    run_async(case)
    assert listed.startswith("✗ first"), listed


def test_a_training_loop_of_somebody_else_that_is_gone_is_not_said_to_be_resumable(tmp_path: Path) -> None:
    run = RunDirectory(tmp_path / "mine")
    run.path.mkdir()
    append(run, *recorded(3))
    follower = RunFollower(run)
    follower.look()
    trouble = follower.snapshot().trouble or ""
    assert "step 22,020" in trouble
    assert "gan-tui resume" not in trouble


def test_a_run_that_no_trainer_has_begun_with_is_not_starting_for_ever(tmp_path: Path) -> None:
    run = make_run(tmp_path, "early")
    follower = RunFollower(run)
    follower.look()
    assert (follower.snapshot().name, follower.snapshot().trouble) == ("starting", None), "one may come"
    os.utime(run.config_file, (1e9, 1e9))
    follower = RunFollower(run)
    follower.look()
    found = follower.snapshot()
    assert found.name == summarise(run).state == "never began"
    assert found.trouble == f"no trainer has begun with this run: `gan-tui resume {run.cli_name}` starts it"


@pytest.mark.parametrize("left", [None, b"", b"\0\xff\n"], ids=["gone", "empty", "cannot be read"])
def test_a_run_whose_log_is_lost_is_called_what_the_list_calls_it(left: bytes | None, tmp_path: Path) -> None:
    """The screen said that it never began, and how it is started; its checkpoints show that it did."""
    run = make_run(tmp_path, "lost")
    put_checkpoint(run, 22_000)
    if left is not None:
        run.events.write_bytes(left)
    os.utime(run.config_file, (1e9, 1e9))
    follower = RunFollower(run)
    follower.look()
    found = follower.snapshot()
    assert found.name == summarise(run).state == "interrupted"
    said = found.trouble or ""
    assert "begun" not in said
    if left:
        assert "cannot be read" in said
    else:
        assert said.endswith(f"the checkpoints up to step 22,000 are there: `gan-tui resume {run.cli_name}` goes on from the last")
        assert ("gone" if left is None else "empty") in said


def test_that_no_trainer_can_be_started_is_one_line_that_says_why(run: RunDirectory) -> None:
    run.trainer_log.mkdir()
    with pytest.raises(UserError, match=r"^no trainer can be started: .*\(.*trainer\.log\)$"):
        TrainerProcess(run)


def test_what_a_trainer_wrote_before_anybody_looked_is_its_own(run: RunDirectory) -> None:
    """It starts while the screen is still being imported."""
    append(run, events.Phase(name="training"))
    old, new = TrainerProcess(run, ["sleep", "0"]), TrainerProcess(run, ["sleep", "0"])
    new.log_begins = 0
    try:
        for trainer, has_output in ((old, False), (new, True)):
            follower = RunFollower(run)
            follower.skip_to_now()
            follower.await_trainer(trainer)
            assert follower._has_output is has_output
    finally:
        old.let_go()
        new.let_go()


def test_a_screen_that_never_opens_leaves_no_trainer_behind(run: RunDirectory) -> None:
    trainer = TrainerProcess(run, ["sleep", str(CEILING)])
    number = trainer._process.pid
    with pytest.raises(KeyboardInterrupt), trainer.or_neither():
        raise KeyboardInterrupt
    with suppress(ChildProcessError):  # it has been seen to be gone by then
        assert os.waitpid(number, 0)[0] == number
