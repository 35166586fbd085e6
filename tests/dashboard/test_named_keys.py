"""The keys that a dialog names are pressed by a click, as those of the last line are."""

from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot

from gan_tui.dashboard.dialogs import NoteDialog
from gan_tui.dashboard.screens.help import HelpScreen, ScrolledText
from gan_tui.dashboard.screens.knobs import KnobsScreen
from gan_tui.dashboard.screens.number_card import NumberCard
from gan_tui.dashboard.screens.theme_picker import ThemePicker
from gan_tui.run import mailbox
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from tests.dashboard.helpers import HeldRun, append, judged, opened, run_async, run_screen, screen_text, until

SIZES = [(60, 20), (80, 24), (120, 40)]


async def click(app: App[Any], pilot: Pilot[Any], words: str, times: int = 1) -> None:
    """On the last letter of what is named there: what a key does belongs to it."""
    await until(lambda: words in screen_text(app))
    lines = screen_text(app).splitlines()
    y = max(number for number, line in enumerate(lines) if words in line)
    x = lines[y].index(words) + len(words) - 1
    widget, region = app.screen.get_widget_at(x, y)
    await pilot.click(widget, offset=(x - region.x, y - region.y), times=times)
    await pilot.pause()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("key", "kind"), [("question_mark", HelpScreen), ("i", NumberCard), ("k", KnobsScreen), ("T", ThemePicker)])
def test_esc_goes_back(key: str, kind: type[object], size: tuple[int, int], run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, Mode.ATTACH, size) as (app, pilot):
            before = screen_text(app)
            await pilot.press(key)
            await until(lambda: isinstance(app.screen, kind))
            await click(app, pilot, "esc", times=2)
            assert app.screen is run_screen(app)
            await until(lambda: screen_text(app).splitlines()[5:] == before.splitlines()[5:])  # the second click has zoomed nothing

    with HeldRun(run):
        run_async(case)


def test_a_knob_is_turned_and_sent(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("k")
            await click(app, pilot, "right turn")
            await until(lambda: "0.0003  › 0.000375" in screen_text(app))
            await click(app, pilot, "left")
            await until(lambda: "0.0003  › 0.0003 " in screen_text(app))
            await click(app, pilot, "or type")
            assert isinstance(app.screen, KnobsScreen), "what names no key presses none"
            await pilot.press("right")
            await click(app, pilot, "enter send")
            await until(lambda: any(run.control.iterdir()))
            assert [command.text for command in mailbox.receive(run.control)] == ["optimizer.d_lr=0.000375"]

    with HeldRun(run):
        run_async(case)


def test_a_theme_is_kept_a_note_is_taken_and_help_is_scrolled(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await pilot.press("T", "down")
            await click(app, pilot, "enter keep")
            await until(lambda: app.screen is run_screen(app))
            assert app.theme != "midnight"
            await pilot.press("question_mark")
            await click(app, pilot, "down scroll")
            await until(lambda: app.screen.query_one(ScrolledText).scroll_y > 0)
            await pilot.press("escape", "b", *"new")
            await click(app, pilot, "enter: mark")
            await until(lambda: not isinstance(app.screen, NoteDialog))
            await until(lambda: any(run.control.iterdir()))
            assert [command.name for command in mailbox.receive(run.control)] == ["bookmark"]

    with HeldRun(run):
        run_async(case)
