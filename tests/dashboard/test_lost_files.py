"""A run whose checkpoints or log are gone, or that may not be written: what the screen says of it, and which command it does not name."""

import os
import zipfile
from pathlib import Path

import pytest

from gan_tui.config import ScriptConfig
from gan_tui.dashboard.summary import summary_lines
from gan_tui.dashboard.verdicts import advice_of
from gan_tui.render.glyphs import UNICODE
from gan_tui.run import directory, events
from gan_tui.run.damage import lost_checkpoints
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.length import how_to_go_on
from gan_tui.run.log import read_state
from gan_tui.run.summary import summarise
from gan_tui.spec.states import Outcome
from tests.dashboard.helpers import HeldRun, append, judged, opened, put_checkpoint, recorded, run_async, screen_text, until
from tests.dashboard.test_run_follower import buried

STOPPED = events.Finished(outcome="stopped", epoch=36, elapsed=220.0, step=22_020)
LOST = {"gone": "the checkpoints of first are gone from", "torn": "no checkpoint of first can be read"}


def lose(run: RunDirectory, how: str) -> None:
    path = run.checkpoints / "step-000022000.pt"
    path.write_bytes(b"PK\3\4 and half of the rest")
    if how == "gone":
        path.unlink()


@pytest.mark.parametrize("how", LOST)
def test_a_run_without_a_checkpoint_that_could_be_read_is_told_no_command_that_goes_on(how: str, run: RunDirectory) -> None:
    append(run, *judged(), STOPPED)
    lose(run, how)

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            await until(lambda: LOST[how] in " ".join(screen_text(app).split()))
            assert "resume" not in screen_text(app)
            assert app.snapshot is not None
            assert "resume" not in advice_of(app.snapshot, run.cli_name)
            assert LOST[how] in summary_lines(run, app.snapshot, UNICODE)[-1]

    run_async(case)


@pytest.mark.parametrize("how", LOST)
def test_without_a_checkpoint_no_command_that_measures_one_is_named(how: str, run: RunDirectory) -> None:
    append(run, *recorded(3), STOPPED)
    lose(run, how)

    async def case() -> None:
        async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, pilot):
            await until(lambda: LOST[how] in " ".join(screen_text(app).split()))
            assert "not measured" in screen_text(app)
            assert "gan-tui evaluate" not in screen_text(app)
            await pilot.press("e")
            await until(lambda: "the run is stopped" in screen_text(app))
            assert "gan-tui evaluate" not in screen_text(app)

    run_async(case)


def test_with_settings_that_cannot_be_read_a_resume_is_named_and_nothing_that_measures(run: RunDirectory) -> None:
    append(run, *recorded(3), STOPPED)
    put_checkpoint(run, 22_000)
    run.config_file.write_text("[trai")

    async def case() -> None:
        async with opened(run, Mode.ATTACH, size=(120, 40)) as (app, pilot):
            await until(lambda: "not measured" in screen_text(app))
            assert "gan-tui evaluate" not in screen_text(app)
            await pilot.press("4")
            await until(lambda: "no evaluation" in screen_text(app))
            assert "gan-tui evaluate" not in screen_text(app)

    run_async(case)


def test_of_a_log_that_was_cut_the_checkpoint_is_named_from_which_a_resume_goes_on(run: RunDirectory) -> None:
    """It said that a resume starts the run again."""
    append(run, *[event for event in recorded(3) if not isinstance(event, events.Checkpoint)])
    put_checkpoint(run, 23_000)

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            named = "goes on from the checkpoint of step 23,000"
            await until(lambda: named in " ".join(screen_text(app).replace("│", " ").split()))

    run_async(case)


def test_another_file_is_no_checkpoint(run: RunDirectory) -> None:
    append(run, *recorded(3), STOPPED)
    lose(run, "torn")
    with zipfile.ZipFile(run.checkpoints / "mine.pt", "w") as file:
        file.writestr("data", b"whole")
    assert lost_checkpoints(run, read_state(run.events)).startswith(LOST["torn"])


@pytest.mark.slow
def test_of_the_log_of_a_script_no_resume_is_said(tmp_path: Path) -> None:
    """`gan-tui resume` does not go on with such a run."""
    run = directory.create(tmp_path, ScriptConfig(), "theirs")
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, _):
            run.events.unlink()
            await until(lambda: "events.jsonl was removed: the training goes on unseen" in screen_text(app))
            assert "resume" not in screen_text(app)

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize("how", LOST)
def test_a_trainer_that_was_killed_is_not_gone_on_with_without_a_checkpoint(how: str, run: RunDirectory) -> None:
    append(run, *recorded(3))
    lose(run, how)
    trouble = buried(run, "kill -9 $$", events.Phase(name="training", step=22_020)).trouble or ""
    assert trouble.startswith(f"the trainer was killed (signal 9) at step 22,020: {LOST[how]}")
    assert "resume" not in trouble


def test_of_a_lost_log_the_header_says_how_far_the_checkpoints_go(run: RunDirectory) -> None:
    """It said that it had trained for 0 seconds, that no step was taken, and that numbers are still to come."""
    put_checkpoint(run, 22_000)
    os.utime(run.config_file, (1e9, 1e9))

    async def case() -> None:
        async with opened(run, size=(80, 24)) as (app, pilot):
            await until(lambda: "events.jsonl is gone" in screen_text(app))
            title, progress = screen_text(app).splitlines()[:2]
            assert title.endswith(" interrupted  –")
            assert progress.endswith("step 22,000") or "step 22,000 " in progress
            shown = screen_text(app)
            assert shown.count("lost with the log") == 4
            assert not any(words in shown for words in ("no step was taken", "yet"))
            await pilot.press("3")
            await until(lambda: "no numbers: lost with the log" in screen_text(app))

    run_async(case)


@pytest.mark.parametrize(
    ("width", "mode", "words"),
    [
        (120, Mode.ATTACH, "the training goes on unseen; stop it, and a resume begins a new log"),
        (80, Mode.ATTACH, "stop the trainer, and a resume begins it anew"),
        (60, Mode.ATTACH, "stop, then resume"),
        (80, Mode.WATCH, "the training goes on unseen"),
    ],
)
@pytest.mark.slow
def test_a_log_that_is_removed_under_a_trainer_is_called_so(width: int, mode: Mode, words: str, run: RunDirectory) -> None:
    """The screen stood still, and said nothing of it; the list had it at step 0."""
    append(run, *judged())
    put_checkpoint(run, 23_000)

    async def case() -> None:
        async with opened(run, mode, size=(width, 24)) as (app, _):
            run.events.unlink()
            await until(lambda: f"◆ events.jsonl was removed: {words} " in screen_text(app).replace("\n", " \n"))
            assert summarise(run).step == 23_000

    with HeldRun(run):
        run_async(case)


def test_a_trainer_that_ended_well_without_its_log_has_saved(run: RunDirectory) -> None:
    """It was said to have ended without a word."""
    append(run, *recorded(3))
    trouble = buried(run, f"rm '{run.events}'", events.Phase(name="training", step=22_020)).trouble or ""
    assert (
        trouble
        == f"events.jsonl is gone, and the checkpoints up to step 22,000 are there: `gan-tui resume {run.cli_name}` goes on from the last"
    )


@pytest.mark.parametrize("outcome", ["completed", "stopped", None])
def test_where_nothing_can_be_written_no_command_that_goes_on_is_named(
    outcome: Outcome | None, run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(run, *judged(), *([events.Finished(outcome=outcome, epoch=36, elapsed=220.0, step=22_020)] if outcome else []))
    put_checkpoint(run, 22_000)
    assert how_to_go_on(run)
    monkeypatch.setattr(os, "access", lambda _, how: not how & os.W_OK)
    assert how_to_go_on(run) == ""

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            await until(lambda: (outcome or "gone without a word") in " ".join(screen_text(app).split()))
            assert "resume" not in screen_text(app)
            assert app.snapshot is not None
            assert not any("resume" in line for line in summary_lines(run, app.snapshot, UNICODE))

    run_async(case)
