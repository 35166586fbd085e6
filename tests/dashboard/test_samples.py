"""The samples view: every key of it, and a run in which anything may be missing."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path

import pytest
from rich.segment import Segment
from textual.pilot import Pilot
from textual.widgets import Input

from gan_tui import config
from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.views.overview import Overview
from gan_tui.dashboard.views.samples import SamplesView
from gan_tui.dashboard.widgets.film_strip import spread
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.run import directory, events, mailbox
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.images import Images, encode_npy
from gan_tui.run.launch import Mode
from gan_tui.run.preview import Pair
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.fake_numbers import grid_png
from tests.dashboard.helpers import (
    BIRTH,
    HeldRun,
    append,
    change_preview,
    make_run,
    metrics,
    opened,
    recorded,
    run_async,
    run_screen,
    screen_text,
    settle,
    show_preview,
    until,
)

SCORES = tuple(round(index % 10 / 10 + 0.03, 2) for index in range(100))


def plain_images(value: int, count: int = 100) -> Images:
    return Images(count, 28, 28, 1, bytes([value]) * (count * 784))


def full(run: RunDirectory) -> None:
    """A run that has everything."""
    append(run, *recorded(3))
    for epoch in (10, 20, 30, 36):
        path = f"samples/fake_images-{epoch:04}.png"
        # Each epoch a grey of its own, so that one can tell which is shown.
        (run.path / path).write_bytes(grid_png(bytes([epoch * 5]) * 78_400, 100, 28))
        append(run, events.Samples(t=BIRTH + epoch, path=path, epoch=epoch, step=epoch * 600, scores=list(SCORES)))
    append(run, events.Bookmark(t=BIRTH + 225, text="first fours", step=11_000), events.Bookmark(t=BIRTH + 226, text="sharp", step=17_500))
    show_preview(run)
    run.real_preview.write_bytes(encode_npy(plain_images(255)))
    change_preview(run, step=22_020, epoch=36, ema=True, scores=SCORES, raw=plain_images(200), raw_scores=SCORES[::-1])


@asynccontextmanager
async def samples(
    run: RunDirectory, mode: Mode = Mode.WATCH, size: tuple[int, int] = (80, 24), glyphs: Glyphs = UNICODE
) -> AsyncIterator[tuple[Dashboard, Pilot[None], SamplesView]]:
    async with opened(run, mode, size, glyphs) as (app, pilot):
        await pilot.press("2")
        await pilot.pause()
        view = run_screen(app).view
        assert isinstance(view, SamplesView)
        yield app, pilot, view


def shown(view: SamplesView) -> int:
    """The grey of the first image that is shown, in its middle."""
    assert view.sample_grid.images is not None
    return view.sample_grid.images.image(0)[14 * 28 + 14]


def test_on_a_small_screen_the_samples_have_a_caption(run: RunDirectory) -> None:
    append(run, *recorded())
    show_preview(run)

    @run_async
    async def _() -> None:
        async with opened(run, size=(40, 12)) as (app, pilot):
            await pilot.press("2")
            await until(lambda: "epoch 37 · step 22,020" in screen_text(app))


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("mode", [ImageMode.ASCII, ImageMode.BRAILLE])
@pytest.mark.usefixtures("stopped_clock")
def test_golden(mode: ImageMode, width: int, height: int, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    full(run)

    async def case() -> None:
        async with samples(run, Mode.ATTACH, (width, height)) as (app, pilot, _):
            if mode is ImageMode.BRAILLE:
                await pilot.press("m", "m")
            await pilot.press("right", "right")
            app._notice = None  # what `m` said has the time of day
            await settle(app)
            await until(lambda: screen_text(app).count("epoch 10 ") == 1 + (height > 24))
            golden(uncut(app), f"samples-{width}x{height}-{mode}")

    with HeldRun(run):
        run_async(case)


def test_m_goes_round_in_every_view_and_leaves_out_what_the_terminal_lacks(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TMUX", "STY", "TERM", "TERM_PROGRAM", "KITTY_WINDOW_ID", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, view):
            found = []
            for _ in range(3):
                await pilot.press("m")
                await pilot.pause()
                found.append((view.sample_grid.art.mode, screen_text(app)))
            assert [mode for mode, _ in found] == [ImageMode.HALF, ImageMode.BRAILLE, ImageMode.ASCII]
            assert "▀" in found[0][1]
            assert any("⠁" <= sign <= "⣿" for sign in found[1][1])
            assert "kitty" in found[2][1]
            await pilot.press("m", "1")
            await pilot.pause()
            assert "▀" in screen_text(app), "the overview draws images the same way"

    run_async(case)


def test_images_can_be_drawn_as_asked_from_the_start(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        app = Dashboard(run, Mode.WATCH, images=ImageMode.BRAILLE, glyphs=UNICODE)
        async with app.run_test(size=(80, 24)):
            await until(lambda: any("⠁" <= sign <= "⣿" for sign in screen_text(app)))

    run_async(case)


@pytest.mark.slow
def test_colours_are_shown_by_themselves_and_each_kind_of_images_keeps_its_way(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TERM", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)
    full(run)
    green = Images(40, 32, 32, 3, bytes((10, 200, 30)) * 32 * 32 * 40)

    async def case(*keys: str) -> ImageMode:
        async with samples(run) as (_, pilot, view):
            await pilot.press(*keys)
            await pilot.pause()
            return view.sample_grid.art.mode

    async def both() -> None:
        assert await case() is ImageMode.ASCII, "digits stay text"
        change_preview(run, images=green)
        run.real_preview.write_bytes(encode_npy(green))
        assert await case() is ImageMode.HALF
        assert await case("m") is ImageMode.BRAILLE
        assert await case() is ImageMode.BRAILLE, "remembered"
        full(run)
        assert await case() is ImageMode.ASCII, "of coloured images only"

    run_async(both)


@pytest.mark.slow
def test_a_film_strip_has_the_same_latents_at_early_epochs_and_now(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    full(run)
    monkeypatch.setattr("gan_tui.dashboard.views.samples.FILM_SECONDS", 0.1)

    async def case() -> None:
        async with samples(run, Mode.ATTACH, (120, 40)) as (app, pilot, view):
            await until(lambda: re.search("epoch 10 +epoch 20 +epoch 30 +now", screen_text(app)) is not None)
            path = "samples/fake_images-0100.png"
            (run.path / path).write_bytes(grid_png(bytes([180]) * 78_400, 100, 28))
            append(run, events.Samples(t=BIRTH + 300, path=path, epoch=100, step=22_000))
            await until(lambda: re.search("epoch 10 +epoch 20 +epoch 36 +now", screen_text(app)) is not None)
            (run.path / "samples/fake_images-0010.png").unlink()
            await pilot.press("1", "2")
            await settle(app)
            assert "epoch 10 " in screen_text(app), "what was read is not read again"
            await pilot.press("enter")
            await pilot.pause()
            assert "epoch 20 " not in screen_text(app), "a large sample has the whole room"
            assert view.film.display is False

    with HeldRun(run):
        run_async(case)


def test_moments_lie_closer_at_the_beginning() -> None:
    assert spread([]) == []
    assert spread([3, 1]) == [1, 3]
    assert spread(range(1, 201)) == [1, 6, 34]
    assert spread([1, 2, 3, 4]) == [1, 2, 3]
    assert all(len(set(spread(range(first, last)))) == 3 for first in range(1, 9) for last in range(first + 4, 60))


def test_an_ascii_terminal_has_one_way_only(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run, glyphs=ASCII) as (app, pilot, view):
            await pilot.press("m")
            await pilot.pause()
            assert view.sample_grid.art.mode is ImageMode.ASCII
            assert "this terminal shows ASCII only" in screen_text(app)
            for keys in (("left_square_bracket",), ("left_curly_bracket",), ("right", "enter")):
                await pilot.press(*keys)
                await settle(app)
                assert screen_text(app).isascii()

    run_async(case)


KITTY, OLD_KITTY = "\x1bP>|kitty(0.41.1)\x1b\\", "\x1bP>|kitty(0.26.5)\x1b\\"


def test_pixels_go_to_a_terminal_that_has_them(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, view):
            written: list[str] = []
            monkeypatch.setattr(app._driver, "write", written.append)
            app.hear(KITTY)
            await pilot.press("m", "m", "m")
            await pilot.pause()
            assert view.sample_grid.art.mode is ImageMode.PIXELS
            placed = [sequence for sequence in written if sequence.startswith("\x1b_Ga=T")]
            assert len(placed) == view.sample_grid.shown
            assert all("q=2" in sequence for sequence in written if "\x1b_G" in sequence), "no reply is ever asked for"
            assert "\U0010eeee" in screen_text(app)
            await pilot.press("m")
            await pilot.pause()
            assert sum(sequence.startswith("\x1b_Ga=d") for sequence in written) >= len(placed), "nothing is left in the terminal"

    run_async(case)


def test_a_terminal_that_answers_before_the_screen_is_there_gets_the_images_that_were_asked_for(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    full(run)
    monkeypatch.setattr(Dashboard, "_follow", lambda app: app.hear(KITTY))  # the last that is done as the app begins

    async def case() -> None:
        app = Dashboard(run, Mode.WATCH, images=ImageMode.PIXELS, glyphs=UNICODE)
        async with app.run_test():
            view = run_screen(app).view_of("overview")
            assert isinstance(view, Overview)
            assert view.sample_grid.art.mode is ImageMode.PIXELS

    run_async(case)


@pytest.mark.slow
def test_a_dialog_leaves_images_behind_it_what_they_are(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their colour is their number: dimmed, it was another one, and in 256 colours another image."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    full(run)

    async def case() -> None:
        with HeldRun(run):
            async with samples(run, Mode.ATTACH, size=(200, 80)) as (app, pilot, _):
                app.hear(KITTY)
                await pilot.press("m", "m", "m")
                await pilot.pause()
                before = image_numbers(app)
                assert before
                for key in ("question_mark", "T", "ctrl+p", "b"):
                    await pilot.press(key)
                    await until(lambda: len(app.screen_stack) > 1)
                    await pilot.pause()
                    behind = image_numbers(app)
                    assert behind, key
                    assert behind <= before, key
                    await pilot.press("escape")
                    await until(lambda: len(app.screen_stack) == 1)

    run_async(case)


def image_numbers(app: Dashboard) -> set[int | None]:
    """Those that the colours of the cells on the screen say."""
    segments = [segment for strip in app.screen._compositor.render_strips() for segment in strip if "\U0010eeee" in segment.text]
    return {segment.style.color.number if segment.style and segment.style.color else None for segment in segments}


def test_r_goes_through_averaged_raw_and_real(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, view):
            assert "· ema" in screen_text(app)
            for title, grey in (("· raw", 200), ("· training images", 255), ("· ema", None)):
                await pilot.press("r")
                await pilot.pause()
                assert title in screen_text(app)
                assert grey is None or shown(view) == grey
            assert "0.03" in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_what_is_not_there_is_left_out_and_said(run: RunDirectory) -> None:
    full(run)
    change_preview(run, raw=None)
    run.real_preview.unlink()

    async def case() -> None:
        async with samples(run, size=(120, 24)) as (app, pilot, _):
            await pilot.press("r")
            await pilot.pause()
            assert "still samples: ema (raw: the preview has none; real: there is no real.npy)" in screen_text(app)

    run_async(case)


def test_brackets_go_through_the_epochs_and_end_comes_back(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, view):
            for key, epoch in (
                ("left_square_bracket", 36), ("left_square_bracket", 30), ("left_square_bracket", 20), ("right_square_bracket", 30),
                ("home", 10), ("left_square_bracket", 10),
            ):  # fmt: skip
                await pilot.press(key)
                await until(lambda epoch=epoch: shown(view) == epoch * 5)  # type: ignore[misc]
                assert f"epoch {epoch} of 36 – end: newest" in screen_text(app), "of a run that is over nothing is live"
            append(run, metrics(22_030))
            change_preview(run, images=plain_images(99))
            await settle(app)
            assert shown(view) == 50, "newer samples do not push an earlier epoch away"
            await pilot.press("end")
            await until(lambda: shown(view) == 99)
            assert "end: " not in screen_text(app)
            await pilot.press("left_square_bracket", "right_square_bracket")
            await until(lambda: shown(view) == 99)

    run_async(case)


def test_brackets_go_through_the_steps_of_a_run_without_epochs_from_step_0_on(tmp_path: Path) -> None:
    run = directory.create(tmp_path, config.ScriptConfig(script="/home/me/train.py"), "theirs")
    append(run, events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0))
    for step in (0, 100, 2000):
        path = f"samples/fake_images-step-{step:09}.png"
        (run.path / path).write_bytes(grid_png(bytes([10 + step // 10]) * 78_400, 100, 28))
        append(run, events.Samples(t=BIRTH + 1, step=step, path=path, epoch=0))
    show_preview(run)

    async def case() -> None:
        async with samples(run) as (_, pilot, view):
            for key, step in (("home", 0), ("right_square_bracket", 100), ("left_square_bracket", 0), ("right_square_bracket", 100)):
                await pilot.press(key)
                await until(lambda step=step: shown(view) == 10 + step // 10)  # type: ignore[misc]

    run_async(case)


def test_a_grid_that_cannot_be_shown_says_why_and_the_next_one_is_shown(run: RunDirectory) -> None:
    full(run)
    (run.samples / "fake_images-0036.png").unlink()

    async def case() -> None:
        async with samples(run) as (app, pilot, view):
            await pilot.press("left_square_bracket")
            await until(lambda: "there is no such file any more" in screen_text(app))
            await pilot.press("left_square_bracket")
            await until(lambda: view.sample_grid.images is not None and shown(view) == 150)

    run_async(case)


def test_braces_go_from_bookmark_to_bookmark(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, view):
            assert "▼ first fours  ▼ sharp" in screen_text(app)
            await pilot.press("left_curly_bracket")
            await until(lambda: shown(view) == 150)
            assert "▼ sharp" in screen_text(app)
            assert "first fours" not in screen_text(app)
            await pilot.press("left_curly_bracket")
            await until(lambda: shown(view) == 100)
            await pilot.press("right_curly_bracket", "right_curly_bracket")
            await pilot.pause()
            assert "end: " not in screen_text(app)

    run_async(case)


def test_b_marks_the_moment_with_a_note(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run, Mode.ATTACH) as (app, pilot, _):
            await pilot.press("b", *"good q", "escape")
            assert mailbox.receive(run.control) == []
            await pilot.press("b", *"no more")
            assert app.snapshot
            seen = app.snapshot.state.step
            assert f"bookmark step {seen:,}" in screen_text(app)
            append(run, metrics(seen + 500))
            await until(lambda: app.snapshot is not None and app.snapshot.state.step == seen + 500)
            await pilot.press("space", "2", "enter")
            await until(lambda: any(run.control.iterdir()))
            (command,) = mailbox.receive(run.control)
            assert (command.name, command.text) == ("bookmark", "no more 2")
            assert command.moment(seen + 900) == seen, "that at which b was pressed"
            assert command.moment(seen - 40) == seen - 40, "after a roll-back: not one that is to come"
            assert not app.screen.query(Input)
            await pilot.press("b", "ctrl+c")
            await pilot.pause()
            assert app.is_running
            assert app.screen is run_screen(app)

    with HeldRun(run):
        run_async(case)


def test_a_second_enter_that_was_on_its_way_does_no_harm(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run, Mode.ATTACH) as (app, pilot, _):
            await pilot.press("b")
            line = app.screen.query_one(Input)
            for _ in range(3):
                line.post_message(Input.Submitted(line, "once"))
            await pilot.pause()
            assert app.is_running
            assert app.screen is run_screen(app)
            assert [command.text for command in mailbox.receive(run.control)] == ["once"]

    with HeldRun(run):
        run_async(case)


def test_b_says_why_where_nobody_listens(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, _):
            await pilot.press("b")
            await pilot.pause()
            assert "read only" in screen_text(app)

    run_async(case)


def test_arrows_select_and_esc_undoes_one_thing_at_a_time(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, view):
            columns = view.sample_grid.grid.columns if view.sample_grid.grid else 0
            for key, selected in (
                ("left", 0), ("left", 0), ("right", 1), ("down", columns + 1), ("up", 1), ("up", 1), ("left", 0),
            ):  # fmt: skip
                await pilot.press(key)
                assert view.sample_grid.selected == selected
            assert screen_text(app).count("│") > 40, "the marks of the selection"
            await pilot.press("left_square_bracket", "enter")
            await pilot.pause()
            assert "number 1" in screen_text(app)
            await pilot.press("escape")
            assert view.sample_grid.selected == 0
            await pilot.press("escape")
            assert view.sample_grid.selected is None
            await pilot.press("escape")
            await pilot.pause()
            assert "end: " not in screen_text(app)
            await pilot.press("escape")
            assert run_screen(app).view.TITLE == "overview"

    run_async(case)


def test_a_click_selects_and_a_second_one_enlarges(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, view):
            grid = view.sample_grid.grid
            assert grid is not None
            left = (view.sample_grid.size.width - grid.full_width) // 2
            second = (left + grid.width + grid.column_gap + 2, 3)
            await pilot.click(view.sample_grid, offset=second)
            assert view.sample_grid.selected == 1
            await pilot.click(view.sample_grid, offset=second)
            await pilot.pause()
            assert "number 2" in screen_text(app)

    run_async(case)


def test_enter_asks_for_the_neighbours_and_shows_them(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run, Mode.ATTACH) as (app, pilot, _):
            await pilot.press("right", "right", "enter")
            await until(lambda: any(run.control.iterdir()))
            assert [command.name for command in mailbox.receive(run.control)] == ["neighbours"]
            assert "asking the trainer…" in screen_text(app)
            distances = tuple(index / 1000 for index in range(100))
            pair = Pair(22_050, plain_images(44), plain_images(255), SCORES, distances)
            change_preview(run, step=22_060, images=plain_images(55), pair=pair)
            await until(lambda: "distance 0.001" in screen_text(app))
            assert "sample 2 · step 22,050" in screen_text(app), "newer samples have come since, but these were seen"
            assert ": 0.13" in screen_text(app)
            change_preview(run, step=22_090)
            await settle(app)
            assert "sample 2 · step 22,050" in screen_text(app), "both images stay those of one step"
            await pilot.press("right")
            await pilot.pause()
            assert "distance 0.002" in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_a_large_sample_has_the_name_of_its_class(run: RunDirectory) -> None:
    full(run)
    data = {"dataset": "folder:photos", "classes": ["cats", "[b]dogs"]}
    told = config.override(run.config(), {"data": data, "model": {"conditional": True}})

    async def case() -> None:
        async with samples(run) as (app, pilot, _):
            await pilot.press("right", "right", "enter")
            await until(lambda: "sample 2" in screen_text(app))
            assert "dogs" not in screen_text(app)
            write_settings(run, told)  # as the trainer does, once it has found them
            await pilot.press("left", "right")
            await until(lambda: "[b]dogs, sample 2" in screen_text(app))

    run_async(case)


@pytest.mark.slow
def test_a_refusal_is_shown(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run, Mode.ATTACH) as (app, pilot, _):
            await pilot.press("enter")
            await until(lambda: any(run.control.iterdir()))
            (command,) = mailbox.receive(run.control)
            append(run, events.Answer(id=command.id, command="neighbours", ok=False, text="this loop has no training images"))
            change_preview(run, step=22_021)
            await until(lambda: screen_text(app).count("this loop has no training images") == 2)

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize(
    ("neighbours_step", "words"), [(22_020, "distance not known"), (21_000, "as of step 21,000"), (-1, "not known: no live trainer")]
)
def test_a_finished_run_uses_what_lies_there(neighbours_step: int, words: str, run: RunDirectory) -> None:
    full(run)
    append(run, events.Finished(outcome="completed", epoch=36, elapsed=220.0, step=22_020))
    samples_then = plain_images(44) if neighbours_step == 22_020 else None
    change_preview(run, pair=Pair(neighbours_step, samples_then, plain_images(255)) if neighbours_step >= 0 else None)

    async def case() -> None:
        async with samples(run) as (app, pilot, _):
            await pilot.press("enter")
            await pilot.pause()
            assert words in screen_text(app)

    run_async(case)


@pytest.mark.slow
@pytest.mark.parametrize("there", list(product((False, True), repeat=4)), ids=lambda there: "".join("ny"[is_there] for is_there in there))
def test_anything_may_be_missing(there: tuple[bool, ...], run: RunDirectory) -> None:
    full(run)
    images, raw, real, scores = there
    change_preview(run, pair=Pair(22_000, None, plain_images(3, count=2)))
    change_preview(run, **({} if images else {"images": None}) | ({} if raw else {"raw": None}) | ({} if scores else {"scores": ()}))
    if not real:
        run.real_preview.unlink()

    async def case() -> None:
        async with samples(run) as (app, pilot, _):
            keys = ("r", "enter", "right", "escape", "left_square_bracket", "enter", "escape", "end", "m", "r", "down", "enter")
            for key in keys:
                await pilot.press(key)
            await settle(app)
            assert "╭─ samples" in screen_text(app)

    run_async(case)


def test_colour_images_are_shown_in_colour(run: RunDirectory) -> None:
    append(run, *recorded(3))
    change_preview(run, images=Images(4, 8, 8, 3, bytes([255, 0, 0]) * 256))

    async def case() -> None:
        async with samples(run) as (_, _, view):
            segments: list[Segment] = [segment for y in range(view.sample_grid.size.height) for segment in view.sample_grid.render_line(y)]
            grounds = {segment.style.bgcolor.name for segment in segments if segment.style and segment.style.bgcolor}
            assert "#ff0000" in grounds

    run_async(case)


@pytest.mark.parametrize("mode", [ImageMode.HALF, ImageMode.PIXELS])
def test_small_sizes_in_every_mode(mode: ImageMode, run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run) as (app, pilot, _):
            app.images.choose(mode)
            app._set_images()
            for keys, size in (((), (40, 12)), (("enter",), (30, 50)), ((), (1, 1)), (("escape",), (111, 9)), ((), (80, 24))):
                await pilot.press(*keys)
                await pilot.resize_terminal(*size)
                await pilot.pause()
                assert len(screen_text(app).splitlines()) == size[1]

    run_async(case)


@pytest.mark.slow
def test_images_are_not_drawn_again_before_they_may(run: RunDirectory) -> None:
    full(run)

    async def case() -> None:
        async with samples(run) as (app, _, view):
            view.sample_grid._cost = 10**9
            change_preview(run, images=plain_images(1))
            await settle(app)
            assert shown(view) != 1
            assert view.dirty, "it is asked again"
            view.sample_grid._cost = 0
            await until(lambda: shown(view) == 1)

    run_async(case)


def test_the_last_images_of_a_run_are_drawn_when_it_is_over(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Costly ones had ten seconds between two drawings, and more on few cores: what a run came to was waited for."""
    monkeypatch.setattr("gan_tui.dashboard.widgets.sample_grid.SampleGrid.seconds", 1e6)
    full(run)

    async def case() -> None:
        async with samples(run) as (_, _, view):
            change_preview(run, images=plain_images(1))
            append(run, events.Finished(t=BIRTH + 230, outcome="completed", epoch=36, elapsed=220.0, step=22_020))
            await until(lambda: shown(view) == 1)

    run_async(case)
