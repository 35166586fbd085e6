"""Runs that are deleted, here or by somebody else, and folders that go."""

from pathlib import Path

import pytest

from gan_tui.dashboard.dialogs import Question
from gan_tui.dashboard.run_list import scan
from gan_tui.dashboard.screens import followed_runs
from gan_tui.run.directory import RunDirectory
from gan_tui.run.lock import RunLock
from tests.dashboard.browsing import browsing, current, finished, last_lines
from tests.dashboard.helpers import HeldRun, append, make_run, recorded, run_async, screen_text, until


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
