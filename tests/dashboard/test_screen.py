"""The screen as text: golden screens, every size, every strange number, hostile words."""

import math
from pathlib import Path

import pytest

from gan_tui.dashboard import timing
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.run import events
from gan_tui.run.cut import cut_to_step
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images
from gan_tui.run.launch import Mode
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import (
    BIRTH,
    HeldRun,
    append,
    change_preview,
    judged,
    make_run,
    metrics,
    opened,
    overview,
    recorded,
    run_async,
    screen_text,
    settle,
    show_preview,
    started,
    until,
)

SIZES = [(80, 24), (10, 3), (40, 12), (1, 1), (200, 60), (30, 50), (120, 40), (69, 17), (111, 9), (80, 24)]


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("width", "height"), [(40, 12), (80, 24), (120, 40)])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_golden(width: int, height: int, glyphs: Glyphs, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    append(run, *recorded())
    show_preview(run)

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (width, height), glyphs) as (app, _):
            golden(uncut(app), f"{width}x{height}-{'unicode' if glyphs.unicode else 'ascii'}")

    with HeldRun(run):
        run_async(case)


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("width", "height"), [(80, 24), (100, 30), (120, 40), (160, 50), (200, 60), (60, 80), (50, 40)])
def test_golden_overview(width: int, height: int, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    append(run, *judged())
    show_preview(run)

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (width, height)) as (app, _):
            golden(uncut(app), f"overview-{width}x{height}")

    with HeldRun(run):
        run_async(case)


def test_resize_through_many_sizes_and_back(run: RunDirectory) -> None:
    append(run, *recorded())
    show_preview(run)

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            first = screen_text(app)
            for width, height in SIZES:
                await pilot.resize_terminal(width, height)
                await pilot.pause()
                text = screen_text(app)
                assert len(text.splitlines()) == height
                assert all(len(line) <= width for line in text.splitlines())
            assert screen_text(app) == first

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_a_dialog_in_any_size(run: RunDirectory) -> None:
    append(run, *recorded())

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (_, pilot):
            for key in ("question_mark", "q"):
                await pilot.press(key)
                for size in SIZES:
                    await pilot.resize_terminal(*size)
                    await pilot.pause()
                await pilot.press("escape")

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
@pytest.mark.parametrize(
    "values", [[], [math.nan], [math.inf, -math.inf, math.nan], [1.0], [1.0, 1.0], [1e308, -1e308], [math.nan, 0.5, math.inf, 0.7]]
)
def test_strange_numbers_are_drawn(values: list[float], run: RunDirectory) -> None:
    glyphs = UNICODE if len(values) % 2 else ASCII
    append(run, started(), events.Phase(t=BIRTH, name="training"))
    append(run, *(metrics(step + 1, value, value, value, value) for step, value in enumerate(values)))

    async def case() -> None:
        async with opened(run, size=(120, 40), glyphs=glyphs) as (app, pilot):
            text = screen_text(app)
            assert "d_loss" in text
            if values and not math.isfinite(values[-1]):
                assert ("nan" if math.isnan(values[-1]) else "inf") in text
            for size in ((80, 24), (40, 12), (10, 3)):
                await pilot.resize_terminal(*size)
                app.draw_everything()
                await pilot.pause()

    run_async(case)


def test_a_run_without_a_single_event(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run) as (app, _):
            assert "starting" in screen_text(app)

    run_async(case)


def test_hostile_words_are_only_words(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 1)
    evil = "[red]bold[/red] \x1b[2J\x1b]0;owned\x07\r\n$foo ‮ [/] [@click=app.exit]x"
    append(run, started(device_name=evil), events.Phase(t=BIRTH, name="training"), metrics(1), events.Note(t=BIRTH, text=evil))

    async def case() -> None:
        async with opened(run, size=(200, 60)) as (app, _):
            text = screen_text(app)
            assert text.count("[red]bold[/red]") == 4  # title, news, and twice in the log
            assert not any(sign in text for sign in "\x1b\x07\r‮")

    with HeldRun(run):
        run_async(case)


def test_absurd_logs_do_not_break_the_screen(run: RunDirectory) -> None:
    huge = 2**62
    append(
        run,
        started(epochs=0, steps_per_epoch=0),
        metrics(5),
        started(epochs=huge, steps_per_epoch=huge, device_name="寿司" * 300),
        events.Metrics(t=1e300, scalars={"d_loss": 1e300, "": 0.0}, elapsed=-5.0, rate=-1.0, step=huge),
        events.Note(t=-1e300, text="x" * 100_000),
        events.Epoch(epoch=-7, step=-7),
    )
    run.preview.write_bytes(b"not images")

    async def case() -> None:
        async with opened(run) as (app, pilot):
            for size in SIZES:
                await pilot.resize_terminal(*size)
                app.draw_everything()
                await pilot.pause()

    run_async(case)


def test_images_of_other_shapes(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, _):
            for count, height, width, channels in ((1, 1, 1, 1), (3, 32, 32, 3), (200, 7, 90, 4), (5, 64, 16, 2)):
                images = Images(count, height, width, channels, bytes(index % 256 for index in range(count * height * width * channels)))
                change_preview(run, images=images)
                await settle(app)
                assert overview(app).sample_grid.size.width > 0

    run_async(case)


def test_a_resumed_log_is_read_from_its_new_beginning(run: RunDirectory) -> None:
    append(run, *recorded(50))

    async def case() -> None:
        async with opened(run) as (app, _):
            cut_to_step(run.events, 5_000)
            append(run, metrics(5_001, d_loss=0.123))
            await settle(app)
            assert app.snapshot is not None
            assert app.snapshot.state.step == 5_001
            assert "0.123" in screen_text(app)

    run_async(case)


def test_a_long_log_does_not_hold_up_the_screen(run: RunDirectory) -> None:
    line = events.encode(metrics(1))
    run.events.write_bytes(events.encode(started()) + line * 50_000 + events.encode(metrics(120_000, d_loss=0.321)))

    async def case() -> None:
        async with opened(run) as (app, _):
            await until(lambda: app.snapshot is not None and app.snapshot.state.step == 120_000)
            await settle(app)
            assert "0.321" in screen_text(app)

    run_async(case)
