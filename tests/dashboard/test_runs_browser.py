"""The browser of runs: every key, any number of runs, any size."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from pathlib import Path
from threading import Event, get_ident

import msgspec
import pytest
from rich.cells import cell_len
from textual.events import Key
from textual.pilot import Pilot

from gan_tui import config
from gan_tui.config.foreign import CommandConfig
from gan_tui.dashboard import browser, browser_commands, timing
from gan_tui.dashboard.browser import Choice, RunsBrowser, browse
from gan_tui.dashboard.browser_commands import offered
from gan_tui.dashboard.dialogs import Question
from gan_tui.dashboard.run_list import NOTHING_KEPT, RunList, scan
from gan_tui.dashboard.run_row import Reading, Row
from gan_tui.dashboard.screens import followed_runs
from gan_tui.dashboard.screens.compare import CompareScreen
from gan_tui.dashboard.screens.help import HelpScreen
from gan_tui.dashboard.screens.theme_picker import ThemePicker
from gan_tui.dashboard.themes import remember_theme
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.run import directory, events, finding, label, places, summary
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.run.places import Way
from gan_tui.run.selection import EVERYTHING, Wanted
from gan_tui.spec.states import Outcome
from gan_tui.sweep.report import Ended, Report
from tests.dashboard.conftest import Golden, PtyStart
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import (
    BIRTH,
    HeldRun,
    append,
    judged,
    make_run,
    metrics,
    recorded,
    run_async,
    screen_text,
    show_preview,
    started,
    until,
)
from tests.dashboard.test_colours import BROWSE


def finished(outcome: Outcome = "stopped") -> events.Finished:
    return events.Finished(t=BIRTH + 225, outcome=outcome, epoch=36, elapsed=220.0, step=22_020)


def saved(run: RunDirectory) -> RunDirectory:
    """Make it look as if there were something to go on from."""
    (run.checkpoints / "step-000022000.pt").touch()
    return run


def age(run: RunDirectory, hours: float) -> RunDirectory:
    """Make it look as if it had begun, and been heard of last, so long before the others."""
    for file in (run.config_file, run.events):
        if file.exists():
            os.utime(file, (BIRTH - 3600 * hours,) * 2)
    return run


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Four of them, none alive: the newest was stopped, one is complete, one is broken, one never began."""
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 7200)
    stopped = make_run(tmp_path, "20261123-214100-mnist-classic")
    append(stopped, *judged(), finished())
    saved(stopped)
    show_preview(stopped)
    complete = make_run(tmp_path, "wide-network")
    append(complete, *recorded(40), events.Finished(t=BIRTH + 226, outcome="completed", epoch=200, elapsed=5e4, step=120_000))
    broken = make_run(tmp_path, "broken")
    append(broken, *recorded(3))
    broken.config_file.write_text("[train]\nepochs = 'many'\n")
    for hours, run in enumerate((stopped, complete, broken, make_run(tmp_path, "empty"))):
        age(run, hours)
    return tmp_path / "runs"


@asynccontextmanager
async def browsing(
    runs_dir: Path, size: tuple[int, int] = (80, 24), glyphs: Glyphs = UNICODE, at: str | None = None
) -> AsyncIterator[tuple[RunsBrowser, "Pilot[Choice]"]]:
    """The browser, everything on the screen read."""
    app = RunsBrowser(runs_dir, at=at, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        await read(app)
        await pilot.pause()
        yield app, pilot


async def read(app: RunsBrowser) -> None:
    await until(lambda: all(row.reading is not None for row in app.browser.table.shown))


def current(app: RunsBrowser) -> str:
    row = app.browser.runs.current
    assert row is not None
    return row.name


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_golden(width: int, height: int, glyphs: Glyphs, runs: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs.parent)
    live = age(make_run(runs.parent, "live"), 5)
    append(live, *recorded())

    async def case() -> None:
        async with browsing(Path("runs"), (width, height), glyphs) as (app, pilot):
            await pilot.press("down", "space", "space")
            await pilot.press("up", "up")
            await until(lambda: "36" in screen_text(app) and "@" in screen_text(app))
            await pilot.pause(0.1)
            golden(uncut(app), f"runs-{width}x{height}-{'unicode' if glyphs.unicode else 'ascii'}")

    with HeldRun(live):
        run_async(case)


def test_a_script_is_listed_by_its_own_loss_and_a_budget_by_its_epochs(tmp_path: Path) -> None:
    theirs = directory.create(tmp_path / "runs", CommandConfig(command=("train.py",), cwd=str(tmp_path)), "theirs")
    said = events.Metrics(t=BIRTH + 1, step=900, scalars={"training_loss": 0.125}, elapsed=1.0, rate=900.0)
    append(theirs, events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0), said)
    timed = make_run(tmp_path, "timed")
    append(timed, started(budget=180.0), metrics(9_000))

    async def case() -> None:
        async with browsing(tmp_path / "runs") as (app, pilot):
            lines = screen_text(app).splitlines()
            assert any(re.search(r"theirs .* 0\.125 ", line) for line in lines)
            assert any(re.search(r"timed .* 1[56] ", line) for line in lines)
            assert any(re.search(r"theirs .* step 900 ", line) for line in lines), "it has no epochs"
            assert any(re.search(r"run +state +done ", line) for line in lines)
            await pilot.press("slash", *"theirs", "enter")
            await until(lambda: re.search(r"done +best FD +training_loss ", screen_text(app)) is not None)
            assert any(re.search(r"theirs .* 0\.125 ", line) for line in screen_text(app).splitlines())

    run_async(case)


def test_curves_of_several_numbers_have_their_names(runs: Path) -> None:
    theirs = directory.create(runs, CommandConfig(command=("train.py",), cwd=str(runs)), "theirs")
    append(
        theirs,
        events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0),
        *(events.Metrics(t=BIRTH + n, step=n, scalars={"acc": n / 40, "train [b]": 0.5}, elapsed=n, rate=1.0) for n in range(1, 31)),
    )

    async def case() -> None:
        for width in (80, 140, 200):
            async with browsing(runs, (width, 24)) as (app, _):
                assert re.search(r"theirs .* acc 0\.750", screen_text(app))
                assert re.search(r"theirs .* acc 0\.750 [▁▂▃▄▅▆▇]{4}", screen_text(app)) or width == 80
                assert re.search(r"mnist-classic .* FD [▁▂▃▄▅▆▇]", screen_text(app))
                assert re.search(r"best FD +curve", screen_text(app))

    run_async(case)


def test_of_a_verdict_that_fills_its_line_the_step_is_left_out_whole(runs: Path) -> None:
    async def case() -> None:
        for width, step in ((80, True), (66, False)):
            async with browsing(runs, (width, 24), at="20261123-214100-mnist-classic") as (app, _):
                await until(lambda: "for 2,400 steps" in screen_text(app))
                assert ("(step 21,600)" in screen_text(app), "(step" in screen_text(app)) == (step, step)

    run_async(case)


def test_a_run_without_images_has_all_its_numbers_in_their_place(runs: Path) -> None:
    numbers: dict[str, events.Scalar] = {f"term {number}": float(number) for number in range(9)}
    numbers |= {"accuracy": 0.75, "a [bold]name[/] of its own": 3.5}
    append(make_run(runs.parent, "numbers"), events.Metrics(t=BIRTH, step=3, scalars=numbers, elapsed=1.0, rate=3.0))

    async def case() -> None:
        for size in ((80, 24), (200, 60)):
            async with browsing(runs, size, at="numbers") as (app, _):
                await until(lambda: "accuracy 0.750" in screen_text(app))
                shown = screen_text(app)
                assert "no samples" not in shown
                assert "term 8 8.000" in shown
                assert "[bold]name[/] of its own 3.500" in shown

    run_async(case)


def test_live_runs_come_first_and_the_highlight_stays_by_name(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            assert [row.name for row in app.browser.runs.rows] == ["20261123-214100-mnist-classic", "wide-network", "broken", "empty"]
            await pilot.press("end", "up")
            assert current(app) == "broken"
            with HeldRun(RunDirectory(runs / "empty")):
                app.browser.runs.take(scan(runs))
                assert app.browser.runs.rows[0].name == "empty"
                assert app.browser.runs.live == 1
                assert current(app) == "broken"

    run_async(case)


def test_every_key_that_moves(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            moves = "down 1, j 2, up 1, k 0, up 0, end 3, down 3, home 0, pagedown 3, pageup 0"
            for key, position in (move.split() for move in moves.split(", ")):
                await pilot.press(key)
                assert app.browser.runs.position == int(position), key

    run_async(case)


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


def test_slash_filters_by_words_of_the_name(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await pilot.press("down", "slash", *"NET", "space", *"wide")
            await pilot.pause()
            assert [row.name for row in app.browser.runs.rows] == ["wide-network"]
            assert "1 of 4 runs" in screen_text(app)
            await pilot.press("enter")
            await pilot.pause()
            assert "only 'NET wide'" in screen_text(app)
            await pilot.press("escape")
            await pilot.pause()
            assert len(app.browser.runs.rows) == 4
            assert "1 of 4" not in screen_text(app), "title and list at once, not when the folder is looked at again"
            assert "20261123-214100-mnist-classic  stopped" in screen_text(app)
            assert current(app) == "wide-network"
            await pilot.press("slash", *"zzz")
            await pilot.pause()
            assert "'zzz'" in screen_text(app)
            for key in ("enter", "enter", "space", "d", "r", "down"):
                await pilot.press(key)  # nothing is highlighted, so nothing happens
            await pilot.press("escape")
            await pilot.pause()
            assert len(app.browser.runs.rows) == 4

    run_async(case)


def test_a_filter_may_be_about_numbers_settings_and_tags(runs: Path) -> None:
    label.write(runs / "empty", label.Label(tags=("good",)))

    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            for words, names in (
                ("fd<1e9", ["20261123-214100-mnist-classic"]),
                ("tag:good", ["empty"]),
                ("state=completed preset=classic", ["wide-network"]),
            ):
                app.browser.filter_input.value = words
                await until(lambda: [row.name for row in app.browser.runs.rows] == names)  # noqa: B023
            app.browser.filter_input.value = ""
            await pilot.press("slash", *"state=completed zz<3")
            await until(lambda: "'zz<3': there is no 'zz' to be asked for: name" in uncut(app))
            assert "or a setting" in screen_text(app), "what is allowed is said to its end, while one types"
            assert "state=completed zz<3" in screen_text(app)
            app.browser.filter_input.value = "state=completed"
            await until(lambda: [row.name for row in app.browser.runs.rows] == ["wide-network"])
            app.browser.filter_input.value = "state=completed fd<low"
            await until(lambda: "'fd<low': < compares numbers" in screen_text(app))
            await pilot.press("enter")
            await until(lambda: "'fd<low': < compares numbers" in screen_text(app))
            assert [row.name for row in app.browser.runs.rows] == ["wide-network"], "the one before it stands"
            assert app.browser.has_class("-filtering"), "what is typed next mends it, and is no key"

    run_async(case)


def test_who_comes_back_from_a_run_finds_the_filter_as_it_was(runs: Path) -> None:
    app = Context().run(RunsBrowser, runs, wanted=Wanted("state=completed"))  # as `browse` makes it, where no app runs

    async def case() -> None:
        async with app.run_test(size=(80, 24)):
            await until(lambda: [row.name for row in app.browser.runs.rows] == ["wide-network"])
            assert app.browser.filter_input.value == "state=completed"

    run_async(case)


def test_o_sorts_and_a_puts_away(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs, (120, 24)) as (app, pilot):
            await pilot.press("o")
            assert [row.name for row in app.browser.runs.rows] == ["20261123-214100-mnist-classic", "broken", "empty", "wide-network"]
            await pilot.press("o", "o")
            await until(lambda: [row.name for row in app.browser.runs.rows][:2] == ["wide-network", "20261123-214100-mnist-classic"])
            assert "by step" in screen_text(app)
            app.browser.runs.go_to("broken")
            await pilot.press("a")
            await until(lambda: "1 archived" in screen_text(app))
            assert "broken" not in [row.name for row in app.browser.runs.rows]
            assert (runs / "broken" / "events.jsonl").exists()
            assert "archived, u takes that back: broken" in screen_text(app)
            app.browser.runs.go_to("wide-network")
            await pilot.press("a", "u")
            assert current(app) == "wide-network", "the last one first"
            await pilot.press("u")
            assert current(app) == "broken"
            assert not label.read(runs / "broken").archived
            await pilot.press("u")
            await until(lambda: "nothing was archived here" in screen_text(app))
            await pilot.press("a", "A")
            app.browser.runs.go_to("broken")
            await pilot.press("a")
            await until(lambda: "in the list again" in screen_text(app))
            assert not label.read(runs / "broken").archived
            assert app.wanted == Wanted("", "step", True)
            with HeldRun(RunDirectory(runs / "empty")):
                app.browser.runs.go_to("empty")
                await pilot.press("a")
                assert "is not put away" in screen_text(app)

    run_async(case)


def test_what_has_come_to_life_is_not_put_away_by_u_either(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs, (120, 24)) as (app, pilot):
            app.browser.runs.go_to("broken")
            await pilot.press("a", "A")
            app.browser.runs.go_to("broken")
            await pilot.press("a")
            await until(lambda: "in the list again" in screen_text(app))
            with HeldRun(RunDirectory(runs / "broken")):
                await pilot.press("u")
                await until(lambda: "is not put away" in screen_text(app))
                assert not label.read(runs / "broken").archived
            await pilot.press("u")
            await until(lambda: "in the list again: broken" in screen_text(app))

    run_async(case)


def test_the_folder_of_runs_has_its_full_name_where_no_home_is_known(runs: Path, no_home: None) -> None:  # noqa: ARG001
    async def case() -> None:
        async with browsing(runs, (200, 24)) as (app, _):
            assert str(runs) in screen_text(app)

    run_async(case)


def test_d_asks_and_the_safe_answer_is_the_default(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            for keys in (("enter",), ("n",), ("escape",), ("down", "up", "enter"), ("q",)):
                await pilot.press("d")
                await until(lambda: isinstance(app.screen, Question) and "cannot be brought back" in screen_text(app))
                assert "keep it" in screen_text(app)
                await pilot.press(*keys)
                await until(lambda: not isinstance(app.screen, Question))
                assert len(scan(runs)) == 4
            for answer, left in ((("y",), 3), (("down", "enter"), 2)):
                gone = current(app)
                app.browser.runs.toggle()
                await pilot.press("d")
                await until(lambda: isinstance(app.screen, Question))
                await pilot.press(*answer)
                await until(lambda: f"deleted {gone}" in screen_text(app))  # noqa: B023
                assert not (runs / gone).exists()
                assert len(app.browser.runs.rows) == left
            make_run(runs.parent, gone)
            app.browser.take()
            assert app.browser.runs.go_to(gone)
            assert not app.browser.runs.marked_rows, "another run of that name is another run"

    run_async(case)


def test_what_must_not_be_deleted_is_not_even_asked_about(runs: Path, tmp_path: Path) -> None:
    elsewhere = make_run(tmp_path / "elsewhere", "linked")
    (runs / "linked").symlink_to(elsewhere.path)

    async def case() -> None:
        async with browsing(runs, at="linked") as (app, pilot):
            await pilot.press("d")
            await until(lambda: "is a link" in screen_text(app))
            await pilot.press("down")
            with HeldRun(RunDirectory(runs / current(app))):
                await pilot.press("d")
                await until(lambda: "stop it first" in screen_text(app))

    run_async(case)
    assert elsewhere.config_file.exists()


def test_a_run_that_comes_to_life_while_the_question_stands(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await pilot.press("d")
            await until(lambda: isinstance(app.screen, Question))
            lock = RunLock(RunDirectory(runs / "20261123-214100-mnist-classic").lock)
            await pilot.press("y")
            await until(lambda: "stop it first" in screen_text(app))
            lock.release()

    run_async(case)
    assert len(scan(runs)) == 4


def test_marks_and_comparison(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await pilot.press("c")
            await pilot.pause()
            assert "mark two runs or more" in screen_text(app)
            await pilot.press("space")
            await pilot.pause()
            assert "mark another one" in screen_text(app)
            assert app.browser.runs.position == 1, "on to the next"
            await pilot.press("space")
            await pilot.pause()
            assert "2 marked: c compares" in screen_text(app)
            await pilot.press("c")
            await until(lambda: isinstance(app.screen, CompareScreen))
            await pilot.press("escape")
            await until(lambda: not isinstance(app.screen, CompareScreen))
            assert app.browser.runs.marked == ["20261123-214100-mnist-classic", "wide-network"]
            await pilot.press("home", "space")
            assert app.browser.runs.marked == ["wide-network"]
            await pilot.press("slash", *"wide", "enter", "escape")
            await pilot.pause()
            assert len(app.browser.runs.rows) == 4
            assert app.browser.runs.marked == ["wide-network"], "the filter goes first"
            await pilot.press("escape")
            assert app.browser.runs.marked == []
            await pilot.press("escape")
            await until(lambda: "nothing is filtered or marked: q leaves" in screen_text(app))

    run_async(case)


def test_help_and_themes(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs, (100, 40)) as (app, pilot):
            await pilot.press("question_mark")
            await pilot.pause()
            assert isinstance(app.screen, HelpScreen)
            for command in browser_commands.COMMANDS:
                assert f" {command.sign} " in screen_text(app)
            for key in ("down", "j", "pagedown", "up", "k", "pageup"):
                await pilot.press(key)
            await pilot.press("escape", "t")
            await pilot.pause()
            assert f"theme: {app.theme}" in screen_text(app)
            await pilot.press("T")
            await pilot.pause()
            assert isinstance(app.screen, ThemePicker)
            await pilot.press("escape")
            await pilot.pause()
            assert app.is_running

    run_async(case)


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_ways_out(key: str, runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await pilot.press(key)
            await until(lambda: not app.is_running)
            assert app.return_value is None

    run_async(case)


def test_no_runs_no_folder_and_a_folder_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def case() -> None:
        for folder, words in (
            (tmp_path, "no runs in"),
            (tmp_path / "nowhere", "no runs in"),
            (tmp_path / "file", "cannot read the runs folder"),
        ):
            app = RunsBrowser(folder)
            async with app.run_test(size=(80, 24)) as pilot:
                await pilot.pause()
                assert words in screen_text(app)
                await pilot.press("down", "enter", "space", "d", "r", "c", "end")
                await pilot.pause()
                assert app.is_running

    run_async(case)


def test_a_new_run_appears_and_a_removed_one_goes(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followed_runs, "LOOK_SECONDS", 0.02)

    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            make_run(runs.parent, "newborn")
            await until(lambda: "newborn" in screen_text(app))
            (runs / "wide-network").rename(runs.parent / "moved")
            await until(lambda: "wide-network" not in screen_text(app))
            live = RunDirectory(runs / "20261123-214100-mnist-classic")
            with HeldRun(live):
                await until(lambda: "1 live" in screen_text(app))
                append(live, events.Phase(name="training"), metrics(60_000))
                await until(lambda: "100/200" in screen_text(app))
            del pilot

    run_async(case)


@pytest.mark.slow
def test_a_thousand_runs(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    text = config.to_toml(config.resolve())
    for number in range(1000):
        (folder / f"run-{number:04}").mkdir(parents=True)
        (folder / f"run-{number:04}" / "run.toml").write_text(text)

    async def case() -> None:
        async with browsing(folder) as (app, pilot):
            assert "1,000 runs" in screen_text(app)
            await pilot.press("end")
            assert app.browser.runs.position == 999
            await read(app)
            assert sum(row.reading is not None for row in app.browser.runs.rows) < 60, "what is not seen is not read"
            await pilot.press("slash", *"0777", "enter")
            assert current(app) == "run-0777"

    run_async(case)


def test_any_size(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            first = screen_text(app)
            for width, height in ((10, 3), (1, 1), (40, 12), (200, 60), (30, 50), (120, 40), (69, 17), (160, 9), (80, 24)):
                await pilot.resize_terminal(width, height)
                await pilot.pause()
                lines = screen_text(app).splitlines()
                assert len(lines) == height
                assert all(len(line) <= width for line in lines)
                if width >= 10:
                    assert "›" in screen_text(app), "the highlighted run can be seen"
            assert screen_text(app) == first

    run_async(case)


def test_an_idle_browser_sends_nothing(runs: Path, terminal: PtyStart) -> None:
    screen = terminal(BROWSE)
    screen.wait_for("wide-network")
    screen.wait_for("completed")
    screen.wait_until_silent(1.0)
    before = screen.received
    screen.pump(followed_runs.LOOK_SECONDS + 0.5)
    assert screen.received == before
    screen.send("q")
    assert screen.wait_exit() == 0
    del runs


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
    assert b"epoch 200/200 done" in screen.raw, "the summary of what was opened stays in the scrollback"
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


def test_hostile_names_and_logs(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    for name in ("[red]x", "evil\x1b[2J\nname", "寿司" * 20, "a" * 200, "eager"):
        (folder / name).mkdir(parents=True)
        (folder / name / "run.toml").write_text("")
    (folder / "eager" / "events.jsonl").write_bytes(b"\xff\x00" * 1000 + b'{"kind":"note","t":1e11,"text":"\\u001b[2J"}\n' * 50)
    (folder / "eager" / "preview.msgpack").write_bytes(b"not images")
    os.mkfifo(folder / "[red]x" / "events.jsonl")

    async def case() -> None:
        for glyphs in (UNICODE, ASCII):
            async with browsing(folder, (120, 40), glyphs) as (app, pilot):
                for _ in range(5):
                    await pilot.press("down")
                    await pilot.pause()
                    text = screen_text(app)
                    assert not any(sign in text for sign in "\x1b\x07\r")
                    assert "[red]x" in text

    run_async(case)


def test_the_list_by_itself(tmp_path: Path) -> None:
    runs = RunList()
    assert runs.current is None
    runs.move(1)
    runs.toggle()
    assert not runs.go_to("nobody")
    make_run(tmp_path, "a")
    make_run(tmp_path, "b")
    runs.take(scan(tmp_path / "runs"))
    runs.go_to("b")
    runs.toggle()
    runs.set_filter("a")
    assert [row.name for row in runs.marked_rows] == ["b"], "what is marked stays marked when it is not shown"
    first = runs.rows[0]
    runs.take(scan(tmp_path / "runs"))
    assert runs.rows[0] is first, "what was read of it is kept"
    assert isinstance(first, Row)
    assert first.read() is not None
    first.reading = first.read() or first.reading
    assert finding.find(tmp_path / "runs", "a").name == "a"


@pytest.fixture
def swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run, and the folder of a sweep that is newer: two of its three trials have ended."""
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 7200)
    append(age(make_run(tmp_path, "alone"), 5), *recorded(3))
    folder = tmp_path / "runs" / "rates"
    for value in (0.001, 0.01):
        append(directory.create(folder, config.resolve(), f"lr-{value}-seed-0"), *judged(), finished("completed"))
    ended = [Ended(0.001, 0, 3.5, "lr-0.001-seed-0"), Ended(0.01, 0, 9.0, "lr-0.01-seed-0")]
    report = Report(("optimizer.d_lr", "optimizer.g_lr"), (0.001, 0.01, 0.1), 3, 2000, tuple(ended))
    (folder / "sweep.json").write_bytes(msgspec.json.encode(report))
    return tmp_path / "runs"


def test_a_sweep_is_a_row_that_opens_its_trials(swept: Path) -> None:
    async def case() -> None:
        async with browsing(swept, (100, 30)) as (app, pilot):
            text = uncut(app)
            assert "1 run, 1 sweep" in text
            assert re.search(r"rates +sweep +2/3 ", text)
            assert "2 of 3 trials" in text
            assert "lr: take 0.001: FD 3.5; next is 0.01 with 9" in text
            assert current(app) == "rates"
            for key, words in (("space", "compared"), ("r", "sweep --resume"), ("a", "put away"), ("d", "deleted")):
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


def test_the_title_keeps_the_end_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long path is cut in its middle, and who is at home reads `~`."""
    folder = tmp_path / ("a-long-name-of-a-disk-" * 4) / "runs-of-may"
    folder.mkdir(parents=True)

    async def first_line() -> str:
        async with browsing(folder) as (app, _):
            return screen_text(app).splitlines()[0]

    assert "runs-of-may " in asyncio.run(first_line())
    monkeypatch.setenv("HOME", str(folder.parent))
    assert asyncio.run(first_line()).startswith(" gan-tui runs ~/runs-of-may ")


def last_lines(app: RunsBrowser) -> str:
    """What stands above the keys, and the keys."""
    return "\n".join(screen_text(app).splitlines()[-3:])


def test_the_filter_and_the_marks_are_said_as_long_as_they_hold(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await pilot.press("slash", *"w", "enter", "home", "space")
            words = "only 'w': esc shows all · 1 marked: mark another one to compare"
            await until(lambda: words in last_lines(app))
            await pilot.press("o")
            await until(lambda: "sorted by name" in last_lines(app))
            await pilot.press("down")
            await until(lambda: words in last_lines(app))
            await pilot.resize_terminal(60, 20)
            await pilot.resize_terminal(80, 24)
            app.browser.take()
            await until(lambda: words in last_lines(app))
            await pilot.press("enter")
        again = Context().run(RunsBrowser, runs, at="wide-network", wanted=app.wanted, kept=app.kept)
        async with again.run_test(size=(80, 24)) as pilot:
            await until(lambda: words in last_lines(again))
            assert again.browser.runs.marked == ["wide-network"]
            await pilot.press("escape", "escape")
            await until(lambda: "only" not in last_lines(again) and "marked" not in last_lines(again))

    run_async(case)


def test_u_takes_back_what_was_put_away_before_a_run_was_opened(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs, at="broken") as (app, pilot):
            await pilot.press("a", "enter")
        again = Context().run(RunsBrowser, runs, kept=app.kept)
        async with again.run_test(size=(80, 24)) as pilot:
            await pilot.press("u")
            await until(lambda: "in the list again: broken" in screen_text(again))

    run_async(case)


def test_keys_that_come_in_a_burst_behind_the_slash_are_typed(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            for key, sign in (("slash", "/"), ("d", "d"), ("q", "q"), ("slash", "/")):
                app.post_message(Key(key, sign))
            await until(lambda: app.browser.filter_input.value == "dq/")
            assert app.is_running
            await pilot.press("escape")
            await until(lambda: len(app.browser.runs.rows) == 4)

    run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (133, 37), (200, 60)])
def test_no_heading_is_cut_and_the_frame_keeps_its_width_while_a_filter_is_typed(size: tuple[int, int], runs: Path) -> None:
    """Whether or not the names leave a column just the cells that it needs."""
    theirs = directory.create(runs, CommandConfig(command=("train.py",), cwd=str(runs)), "theirs")
    append(
        theirs,
        started(epochs=0, steps_per_epoch=0),
        events.Metrics(t=BIRTH + 1, step=9_000, scalars={"training_loss": 0.125}, elapsed=1.0, rate=9.0),
    )
    for length in (3, *range(10, 19)):
        append(
            make_run(runs.parent, "n" * length), *recorded(3), events.Metrics(step=9, scalars={"training_loss": 1}, elapsed=1.0, rate=9.0)
        )

    async def case() -> None:
        async with browsing(runs, size) as (app, pilot):
            for words in ("", "w", "theirs", *(f"name={'n' * length}" for length in (3, *range(10, 19)))):
                await pilot.press("slash")
                app.browser.filter_input.value = words
                await until(lambda: app.browser.runs.filter == words and app.browser.filter_input.size.width > 0)  # noqa: B023
                await read(app)
                await pilot.pause()
                assert app.browser.table.outer_size.width == app.browser.box.outer_size.width == size[0] or size[0] == 200
                assert "enter keep it  esc show all" in last_lines(app)
                heading = uncut(app).splitlines()[1].split("╭")[0]
                assert re.search(r" run +state +(done|epoch)", heading)
                assert "…" not in heading
                await pilot.press("enter")
                await pilot.pause()
                assert "…" not in uncut(app).splitlines()[1]

    run_async(case)


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
        "over": "its program is done: `gan-tui resume over` runs it once more, in this run",
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
            await until(lambda: last_lines(app).split()[-8:] == ["/", "filter", "o", "order", "?", "help", "q", "quit"])
        async with browsing(runs / "empty") as (app, pilot):
            assert last_lines(app).split() == ["?", "help", "q", "quit"]

    with HeldRun(live):
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


def test_a_count_that_is_not_whole_yet_says_so(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = Event()
    read = Row.read

    def read_later(row: Row) -> Reading | None:
        held.wait()
        return read(row)

    monkeypatch.setattr(Row, "read", read_later)

    async def case() -> None:
        app = RunsBrowser(runs)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("slash", *"state=completed")
            await until(lambda: "0 of 4 runs · reading…" in screen_text(app))
            held.set()
            await until(lambda: "1 of 4 runs\n" in screen_text(app))

    run_async(case)


def test_a_run_that_somebody_else_deletes_is_said_to_be_gone_by_every_key(runs: Path) -> None:
    async def case() -> None:
        for key in ("enter", "r", "a", "d", "space"):
            name = f"gone-{key}"
            append(make_run(runs.parent, name), *recorded(3), finished())
            async with browsing(runs, at=name) as (app, pilot):
                (runs / name).rename(runs.parent / name)
                await pilot.press(key)
                words = f"{name} is gone: it was deleted, renamed or moved since"
                await until(lambda: words in screen_text(app))  # noqa: B023
                assert f"{name} " not in "".join(screen_text(app).splitlines()[:-3])
                assert app.is_running
        async with browsing(runs, at="broken") as (app, pilot):
            await pilot.press("a")
            (runs / "broken").rename(runs.parent / "broken")
            await pilot.press("u")
            await until(lambda: "broken is gone: it was deleted" in screen_text(app))
        async with browsing(runs, at="wide-network") as (app, pilot):
            await pilot.press("d")
            await until(lambda: isinstance(app.screen, Question))
            (runs / "wide-network").rename(runs.parent / "moved")
            await pilot.press("y")
            await until(lambda: "wide-network is gone" in screen_text(app))

    run_async(case)


def test_a_folder_that_goes_while_it_is_shown_is_said_to_be_gone_and_comes_back_with_its_marks(
    runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(followed_runs, "LOOK_SECONDS", 0.02)

    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await pilot.press("space")
            runs.rename(runs.parent / "away")
            await until(lambda: "is gone" in " ".join(screen_text(app).split()))
            assert "marked" not in last_lines(app)
            runs.write_text("")
            await until(lambda: "cannot read the runs folder" in screen_text(app))
            runs.unlink()
            (runs.parent / "away").rename(runs)
            await until(lambda: "4 runs" in screen_text(app) and "1 marked" in last_lines(app))
            runs.rename(runs.parent / "away")
            runs.write_text("")
            app.browser.take()
            assert "cannot read the runs folder" in app.browser.unreadable
            runs.unlink()
            (runs.parent / "away").rename(runs)
            await until(lambda: "1 marked" in last_lines(app) and "cannot read" not in screen_text(app))
            held = runs.parent / "away"
            runs.rename(held)
            runs.write_text("")
            await until(lambda: "cannot read the runs folder" in screen_text(app))
            runs.unlink()
            held.rename(runs)

    run_async(case)


def test_more_marks_than_are_compared_are_said(tmp_path: Path) -> None:
    for number in range(9):
        make_run(tmp_path, f"run-{number}")

    async def case() -> None:
        async with browsing(tmp_path / "runs") as (app, pilot):
            await pilot.press(*["space"] * 8)
            await until(lambda: "8 marked: c compares\n" in screen_text(app))
            await pilot.press("space")
            await until(lambda: "9 marked: c compares the first 8" in screen_text(app))

    run_async(case)


def test_what_cannot_be_written_is_not_gone_on_with(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            await until(lambda: "r resume" in last_lines(app))
            monkeypatch.setattr(os, "access", lambda *_: False)
            await pilot.press("r")
            await until(lambda: "cannot be written: make it writable" in " ".join(last_lines(app).split()))
            await until(lambda: "r resume" not in last_lines(app))

    run_async(case)


def test_to_draw_the_list_asks_nothing_of_the_disk(runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a hanging network drive it stood still at each key: who may be gone on with was looked up for each frame."""
    asked: list[object] = []

    def noting(known: Callable[..., object]) -> Callable[..., object]:
        def noted(*words: object) -> object:
            if get_ident() == drawing:
                asked.append(known)
            return known(*words)

        return noted

    async def case() -> None:
        async with browsing(runs) as (app, _):
            await until(lambda: "r resume" in last_lines(app))
            for name in ("alive", "has_checkpoint", "newest_step", "task"):
                monkeypatch.setattr(RunDirectory, name, property(noting(getattr(RunDirectory, name).fget)))
            monkeypatch.setattr(os, "access", noting(os.access))
            assert any(command.action == "resume" for command in offered(app.browser.runs))
            assert not asked

    drawing = get_ident()
    run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (61, 20), (80, 24), (120, 40), (133, 37), (200, 60), (201, 60)])
def test_names_of_wide_characters_keep_frame_and_columns_straight(size: tuple[int, int], tmp_path: Path) -> None:
    run = make_run(tmp_path, "plain")
    append(run, *recorded(3), finished())
    run.path.rename(run.path.with_name("寿司の学習 [red]x運転" * 9))
    append(make_run(tmp_path, "other"), *recorded(3), finished())

    async def case() -> None:
        async with browsing(tmp_path / "runs", size, at="寿司の学習 [red]x運転" * 9) as (app, pilot):
            await pilot.pause()
            await until(lambda: screen_text(app).count("stopped") == 2)
            lines = screen_text(app).splitlines()
            assert {cell_len(line) for line in lines if line.endswith(("╮", "│", "╯"))} == {size[0]}
            states = [cell_len(line[: line.index("stopped")]) for line in lines if "stopped" in line]
            assert len(set(states)) == 1

    run_async(case)


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
