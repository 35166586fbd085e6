"""Which runs the browser shows: filters, orders, and what is put away."""

from contextvars import Context
from pathlib import Path
from threading import Event

import pytest
from textual.events import Key

from gan_tui.dashboard.browser import RunsBrowser
from gan_tui.dashboard.run_row import Reading, Row
from gan_tui.run import label
from gan_tui.run.directory import RunDirectory
from gan_tui.run.selection import Wanted
from tests.dashboard.browsing import browsing, current
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import HeldRun, run_async, screen_text, until


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
