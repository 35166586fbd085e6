"""From the list of runs into one and back: what is opened, what is gone on with, and how."""

import os
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

from gan_tui.cli import cli
from gan_tui.config.foreign import CommandConfig
from gan_tui.dashboard import browser
from gan_tui.dashboard.browser import Choice, RunsBrowser, browse
from gan_tui.dashboard.run_list import NOTHING_KEPT
from gan_tui.dashboard.run_row import Row
from gan_tui.dashboard.screens import followed_runs
from gan_tui.dashboard.themes import remember_theme
from gan_tui.run import directory, events, places, summary
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.run.log import read_state
from gan_tui.run.places import Way
from gan_tui.run.selection import EVERYTHING
from tests.dashboard.browsing import browsing, current, finished, last_lines, read, saved
from tests.dashboard.conftest import PtyStart
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import BIRTH, HeldRun, append, make_run, metrics, recorded, run_async, screen_text, started, until
from tests.dashboard.test_colours import BROWSE


def test_enter_opens(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await pilot.press("down", "enter")
            await until(lambda: not app.is_running)
            assert app.return_value is not None
            assert app.return_value.run.name == "wide-network"
            assert not app.return_value.resume

    run_async(case)


def test_r_resumes_what_can_be_resumed(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs, size=(200, 60)) as (app, pilot):
            for key, words in (("down", "gan-tui resume"), ("down", "train.epochs = 'many'")):
                await pilot.press(key, "r")
                await pilot.pause()
                assert words in screen_text(app)
                assert app.is_running
            with HeldRun(RunDirectory(runs / "20261123-214100-mnist-classic")):
                await pilot.press("home", "r")
                await pilot.pause()
                assert "it is being trained already" in screen_text(app)
            await pilot.press("r")
            await until(lambda: not app.is_running)
            assert app.return_value == Choice(app.return_value.run, True) if app.return_value else False

    run_async(case)


def test_opening_comes_back_to_the_same_run(runs: Path, terminal: PtyStart) -> None:
    screen = terminal(BROWSE)
    screen.wait_for("› ")
    screen.send("j")
    screen.pump(0.5)
    screen.send("\r")
    screen.wait_for("1-6 views")
    screen.send("q")
    screen.wait_for("/ filter")
    screen.wait_for("completed")
    assert any(line.startswith(" ›") and "wide-network" in line for line in screen.text.splitlines())
    screen.send("q")
    assert screen.wait_exit() == 0
    assert b"200/200 epochs done" in screen.raw, "the summary of what was opened stays in the scrollback"
    del runs


def test_why_no_trainer_can_be_started_stands_in_the_list(runs: Path, terminal: PtyStart) -> None:
    (runs / "20261123-214100-mnist-classic" / "trainer.log").mkdir()
    screen = terminal(BROWSE)
    screen.wait_for("r resume")
    screen.send("r")
    screen.wait_for("no trainer can be started")
    screen.wait_for("/ filter")
    screen.send("q")
    assert screen.wait_exit() == 0


def test_who_is_opened_how(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A live run takes commands; any other is looked at; one to be resumed gets a trainer. A theme chosen on the way is kept."""
    stopped = RunDirectory(runs / "20261123-214100-mnist-classic")
    choices = iter([Choice(stopped, False), Choice(stopped, True), Choice(stopped, False), None])
    opened: list[tuple[str, Mode, str | None]] = []
    started: list[tuple[str | None, str | None]] = []
    trainers: list[RunLock] = []

    class Fake:
        return_code, broken, wanted, kept = 0, "", EVERYTHING, NOTHING_KEPT

        def __init__(self, _: Path, theme: str | None, *, at: str | None, **_others: object) -> None:
            started.append((theme, at))

        def run(self, **_: object) -> Choice | None:
            return next(choices)

    def open_run(run: RunDirectory, mode: Mode, theme: str | None) -> None:
        opened.append((run.name, mode, theme))
        if mode == Mode.TRAIN:
            remember_theme("paper")
            trainers.append(RunLock(run.lock))

    monkeypatch.setattr(browser, "RunsBrowser", Fake)
    browse(runs, "aurora", open_run)
    for trainer in trainers:
        trainer.release()
    assert [(mode, theme) for _, mode, theme in opened] == [(Mode.WATCH, "aurora"), (Mode.TRAIN, "aurora"), (Mode.ATTACH, "paper")]
    assert started == [("aurora", None), ("aurora", stopped.name), ("paper", stopped.name), ("paper", stopped.name)]


def test_the_last_line_offers_what_can_be_done(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`r` is called what it does, and is not there where it does nothing but say why."""
    monkeypatch.setenv("GAN_TUI_RUNS", str(runs))
    again = directory.create(runs, CommandConfig(command=("train.py",), cwd=str(runs)), "program")
    over = directory.create(runs, CommandConfig(command=("train.py",), cwd=str(runs)), "over")
    append(over, metrics(600), finished("completed"))
    diverged, unsaved, script = (make_run(runs.parent, name) for name in ("diverged", "unsaved", "script"))
    script.config_file.write_text('task = "script"\n')
    text = "d_loss is NaN: `gan-tui resume diverged --lr 0.0001` goes on"
    append(saved(diverged), started(), metrics(600), events.Error(t=BIRTH + 9, text=text, diverged=True), finished("failed"))
    append(unsaved, started(), metrics(600), finished("failed"))
    append(script, started(), metrics(600), finished("failed"))
    live = make_run(runs.parent, "live")
    append(live, *recorded(3))
    called = {
        "20261123-214100-mnist-classic": "r resume",
        "wide-network": "`gan-tui resume wide-network --epochs 400` goes on",
        "broken": "train.epochs",
        "empty": "r begin ",
        "program": "r run again",
        "over": "its program is done: `gan-tui resume over --resume-args ''` runs it once more, in this run",
        "diverged": "`gan-tui resume diverged --lr 0.0001` goes on",
        "unsaved": "r begin anew",
        "script": "start its script again, with gan_tui.track(resume='script') in it",
        "live": "it is being trained already",
    }

    async def case() -> None:
        async with browsing(runs, (120, 40)) as (app, pilot):
            for name, words in called.items():
                app.browser.runs.go_to(name)
                app.browser._moved()
                if words.startswith("r "):
                    await until(lambda: words in last_lines(app))  # noqa: B023
                else:
                    await until(lambda: "space mark" in last_lines(app) and "  r " not in last_lines(app))
                    await pilot.press("r")
                    await until(lambda: words in screen_text(app))  # noqa: B023
                assert ("d delete" in last_lines(app)) == (name != "live")
            assert again.name == "program"
            await pilot.press("slash", *"zzzz", "enter")
            await until(lambda: " ".join(last_lines(app).split()).endswith("/ filter o order esc show all ? help q quit"))
        async with browsing(runs / "empty") as (app, pilot):
            assert last_lines(app).split() == ["?", "help", "q", "quit"]

    with HeldRun(live):
        run_async(case)


def test_the_command_that_runs_a_complete_program_once_more_does_so(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was one that is refused."""
    monkeypatch.setenv("GAN_TUI_RUNS", str(runs))
    over = directory.create(runs, CommandConfig(command=("true",), cwd=str(runs)), "over")
    append(over, metrics(600), finished("completed"))
    row = Row(over)
    row.reading = row.read()
    command = re.search("`gan-tui (.+)`", str(row.refusal()))
    assert command
    done = CliRunner().invoke(cli, shlex.split(command[1]))
    assert (done.exit_code, read_state(over.events).outcome) == (0, "completed"), done.output
    assert "runs its command again" in done.output


def test_what_cannot_be_written_is_not_gone_on_with(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await until(lambda: "r resume" in last_lines(app))
            monkeypatch.setattr(os, "access", lambda *_: False)
            await pilot.press("r")
            await until(lambda: "cannot be written: make it writable" in " ".join(last_lines(app).split()))
            await until(lambda: "r resume" not in last_lines(app))

    run_async(case)


def test_a_run_that_waits_for_its_trainer_in_vain_is_given_up_while_it_is_shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_runs, "LOOK_SECONDS", 0.02)
    make_run(tmp_path, "waiting")

    async def case() -> None:
        async with browsing(tmp_path / "runs") as (app, _):
            await until(lambda: "starting" in screen_text(app))
            monkeypatch.setattr(summary, "LONGEST_START", 0.0)
            await until(lambda: "never began" in screen_text(app))

    run_async(case)


def test_a_sweep_is_a_row_that_opens_its_trials(swept: Path) -> None:
    async def case() -> None:
        async with browsing(swept, (100, 30)) as (app, pilot):
            text = uncut(app)
            assert "1 run, 1 sweep" in text
            assert re.search(r"rates +sweep +2/3 ", text)
            assert "2 of 3 trials" in text
            assert "lr: take 0.001: FD 3.5; next is 0.01 with 9" in text
            assert current(app) == "rates"
            for key, words in (("space", "compared"), ("r", "sweep --resume"), ("d", "deleted")):
                await pilot.press(key)
                await until(lambda words=words: words in screen_text(app))  # type: ignore[misc]
            await pilot.press("enter")
        assert app.return_value is not None
        assert (app.return_value.run.path, app.return_value.sweep) == (swept / "rates", True)
        inside = RunsBrowser(swept / "rates", title="sweep rates", inside=True, wanted=EVERYTHING._replace(order="fd"))
        async with inside.run_test(size=(80, 24)) as pilot:
            await read(inside)
            assert {row.name for row in inside.browser.table.shown} == {"lr-0.01-seed-0", "lr-0.001-seed-0"}
            await pilot.press("space", "escape")
            assert inside.is_running, "first the mark is taken back"
            await pilot.press("escape")
        assert inside.return_value is None

    run_async(case)


def test_what_a_sweep_opens_comes_back_to_it(swept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The browser, its sweep, a trial, and out again the same way."""
    sweep, trial = RunDirectory(swept / "rates"), RunDirectory(swept / "rates" / "lr-0.01-seed-0")
    chosen = iter((Choice(sweep, resume=False, sweep=True), Choice(trial, resume=False), None, None))
    shown: list[tuple[Path, str | None]] = []
    titles: list[str] = []

    def run(app: RunsBrowser, **_: object) -> Choice | None:
        shown.append((app.browser._runs_dir, app.browser._at))
        titles.append(str(app.browser.title_line._words))
        return next(chosen)

    monkeypatch.setattr(RunsBrowser, "run", run)
    opened: list[str] = []
    browse(swept, None, lambda found, _mode, _theme: opened.append(found.name))
    assert opened == [trial.name]
    assert shown == [(swept, None), (sweep.path, None), (sweep.path, trial.name), (swept, "rates")]
    assert ["sweep rates" in title for title in titles] == [False, True, True, False]


def test_who_has_come_from_another_machine_reads_commands_that_work_there(
    runs: Path, swept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Below the list, in its place where there is none, and above the keys."""
    monkeypatch.setenv("GAN_TUI_RUNS", str(runs))
    failed = saved(make_run(tmp_path, "failed"))
    append(
        failed, started(), events.Error(t=BIRTH, text="out of memory: `gan-tui resume failed --batch-size 8` goes on"), finished("failed")
    )

    async def case() -> None:
        places.come_from(Way("server", "gan-tui", ""))
        async with browsing(runs, (120, 40), at="failed") as (app, pilot):
            await until(lambda: "`ssh -t server gan-tui resume failed --batch-size 8` goes on" in screen_text(app))
            app.browser.runs.go_to("wide-network")
            await pilot.press("r")
            await until(lambda: "`ssh -t server gan-tui resume wide-network --epochs" in screen_text(app))
            app.browser.runs.go_to("rates")
            app.browser._moved()
            await until(lambda: "`ssh -t server gan-tui sweep --show rates`" in " ".join(screen_text(app).replace("│", "").split()))
            assert "`gan-tui " not in screen_text(app)
        async with browsing(tmp_path / "none", (120, 40)) as (app, pilot):
            assert "`ssh -t server gan-tui` starts one" in " ".join(screen_text(app).split())

    assert swept == runs
    try:
        run_async(case)
    finally:
        places.come_from(None)
