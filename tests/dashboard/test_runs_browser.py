"""The browser of runs: keys, sizes, and what comes and goes while it is shown."""

import os
from collections.abc import Callable
from pathlib import Path
from threading import get_ident

import pytest

from gan_tui import config
from gan_tui.dashboard import browser_commands
from gan_tui.dashboard.browser import RunsBrowser
from gan_tui.dashboard.browser_commands import offered
from gan_tui.dashboard.run_list import RunList, scan
from gan_tui.dashboard.run_row import Row
from gan_tui.dashboard.screens import followed_runs
from gan_tui.dashboard.screens.help import HelpScreen
from gan_tui.dashboard.screens.theme_picker import ThemePicker
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.run import events, finding
from gan_tui.run.directory import RunDirectory
from tests.dashboard.browsing import age, browsing, current, last_lines, read
from tests.dashboard.conftest import Golden, PtyStart
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import HeldRun, append, make_run, metrics, recorded, run_async, screen_text, until
from tests.dashboard.test_colours import BROWSE


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


@pytest.mark.slow
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
