"""The view `log`: golden screens, scrolling by key and wheel, following, filtering."""

from pathlib import Path

import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from gan_tui.dashboard.widgets.log_lines import LogLines
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import BIRTH, HeldRun, append, judged, make_run, opened, recorded, run_async, screen_text, until

LONG = "no space left on device: checkpoints/step-000023000.pt was not written and the one before it was kept; free some space, press s"


def numbered(count: int) -> list[events.AnyEvent]:
    return [events.Note(t=BIRTH + 200 + index, text=f"note number {index}", step=index) for index in range(count)]


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60), (40, 12)])
def test_golden_log(width: int, height: int, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    rolled_back = events.RolledBack(t=BIRTH + 226, from_step=22_020, count=1, limit=5, reason="d_loss is nan", step=22_000)
    append(run, *judged(), rolled_back, events.Note(t=BIRTH + 227, text=LONG, step=22_000))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (width, height)) as (app, pilot):
            await pilot.press("6")
            await pilot.pause()
            golden(uncut(app), f"log-{width}x{height}")

    with HeldRun(run):
        run_async(case)


def test_it_follows_its_end_until_somebody_scrolls_up(run: RunDirectory) -> None:
    append(run, *recorded(3), *numbered(100))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("6")
            await pilot.pause()
            assert "note number 99" in screen_text(app)
            await pilot.press("pageup", "up")
            await pilot.pause()
            before = screen_text(app).split("entries")[1]
            assert "scrolled up, `end` follows" in before, "and nothing newer: what stands below was there"
            assert "note number 99" not in before
            assert "note number 80" in before
            append(run, events.Note(text="something new"))
            await until(lambda: "1 newer below" in screen_text(app))
            assert "note number 80" in screen_text(app)
            await pilot.press("home")
            await pilot.pause()
            assert "started on NVIDIA H200" in screen_text(app)
            await pilot.press("pagedown", "down", "end")
            await pilot.pause()
            assert "something new" in screen_text(app)
            assert app.query_one(LogLines).newer is None, "it follows the end"

    run_async(case)


def test_the_wheel_scrolls(run: RunDirectory) -> None:
    append(run, *recorded(3), *numbered(100))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("6")
            await pilot.pause()
            await pilot._post_mouse_events([MouseScrollUp], "#log-lines")
            await pilot.pause()
            assert "note number 96" in screen_text(app)
            assert "note number 99" not in screen_text(app).split("entries")[1]
            await pilot._post_mouse_events([MouseScrollDown], "#log-lines")
            await pilot.pause()
            assert app.query_one(LogLines).newer is None, "it follows the end"

    run_async(case)


def test_f_chooses_what_is_shown(run: RunDirectory) -> None:
    append(run, *recorded(3), *numbered(3), events.Error(t=BIRTH + 300, text="GPU out of memory"))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("6", "f", "f")
            await pilot.pause()
            lines = screen_text(app).split("troubles")[1]
            assert "✗ GPU out of memory" in lines
            assert "saved checkpoints" not in lines

    run_async(case)


def test_slash_finds_words_and_esc_shows_all_again(run: RunDirectory) -> None:
    append(run, *recorded(3), *numbered(30), events.Error(t=BIRTH + 300, text="GPU out of memory"))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("6", "slash", *"number 2", "enter")
            await pilot.pause()
            found = screen_text(app).split("entries")[1]
            assert "with 'number 2' · 11 entries" in screen_text(app)
            assert "note number 29" in found
            assert "note number 3" not in found
            await pilot.press("slash", "escape")
            await pilot.pause()
            assert "11 entries" in screen_text(app), "leaving the box changes nothing"
            await pilot.press("escape")
            await pilot.pause()
            assert "GPU out of memory" in screen_text(app).split("entries")[1]

    run_async(case)


@pytest.mark.parametrize("words", ["verdict", "21,600 verdict", "14:16:57"])
def test_all_that_can_be_read_is_found(words: str, run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("6", "slash", *words, "enter")
            await pilot.pause()
            assert "D is winning" in screen_text(app).split("entries" if "entries" in screen_text(app) else "entry")[1]

    run_async(case)
