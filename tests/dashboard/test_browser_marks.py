"""Runs that are marked in the browser, to be compared."""

from contextvars import Context
from pathlib import Path

import pytest

from gan_tui.dashboard.browser import RunsBrowser
from gan_tui.dashboard.run_signs import sign_of_run
from gan_tui.dashboard.screens.compare import CompareScreen
from gan_tui.dashboard.widgets.line_widget import Line
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from tests.dashboard.browsing import browsing, last_lines
from tests.dashboard.helpers import make_run, run_async, screen_text, until
from tests.dashboard.test_named_keys import click


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


def test_the_last_line_takes_back_the_filter_and_then_the_marks(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs, (120, 40)) as (app, pilot):
            await pilot.press("space", "slash", *"wide", "enter")
            await click(app, pilot, "esc show all")
            await until(lambda: len(app.browser.runs.rows) == 4)
            assert app.browser.runs.marked
            await click(app, pilot, "esc unmark")
            await until(lambda: not app.browser.runs.marked and "  esc" not in last_lines(app))

    run_async(case)


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


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_a_marked_run_has_the_sign_and_colour_that_it_has_in_the_comparison(glyphs: Glyphs, runs: Path) -> None:
    names = ["20261123-214100-mnist-classic", "wide-network", "empty"]

    def looks(lines: list[Line]) -> dict[str, object]:
        """The sign before each run, with its colour."""
        pieces = {name: line for line in lines for name in names if any(text.startswith(name) for text, _ in line)}
        return {name: next(piece for piece in line if len(piece[0]) == 2 and piece[0][0] in signs) for name, line in pieces.items()}

    signs = "".join(sign_of_run(position, glyphs) for position in range(3))

    async def case() -> None:
        async with browsing(runs, (120, 40), glyphs) as (app, pilot):
            for name in names:
                app.browser.runs.go_to(name)
                await pilot.press("space")
            listed = looks(app.browser.table.draw(app.browser.table.size))
            await pilot.press("c")
            await until(lambda: isinstance(app.screen, CompareScreen))
            assert isinstance(app.screen, CompareScreen)
            assert looks(app.screen.board.draw(app.screen.board.size)) == listed
            assert len(listed) == len(set(listed.values())) == 3

    run_async(case)
