"""The drawing board: mouse, keys, what is rendered, what is saved; through the Pilot and on a real terminal."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from PIL import Image
from textual.pilot import Pilot
from textual.widget import Widget

from gan_tui import config
from gan_tui.dashboard import companion
from gan_tui.dashboard.canvas import Canvas
from gan_tui.dashboard.open_board import DrawingApp
from gan_tui.dashboard.screens.drawing_board import DrawingBoard
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.images import ImageMode
from gan_tui.render.terminal import Colours
from gan_tui.run import directory, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.images import Images
from gan_tui.run.launch import Mode
from gan_tui.run.preview import Preview
from tests.dashboard.conftest import PtyStart
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import append, opened, recorded, run_async, screen_text, until

FAKE = (sys.executable, "-m", "tests.dashboard.fake_renderer")
PANEL = "#board"


@pytest.fixture
def drawn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    """A run that draws from outlines, with three samples: of each the outline has its number in a row."""
    use(monkeypatch, "28")
    run = directory.create(tmp_path / "runs", config.resolve("outline"), "drawn")
    samples = b"".join(bytes(255 if x < 28 and y == number + 5 else 90 for y in range(28) for x in range(84)) for number in range(3))
    samples = bytes(0 if value == 90 and place % 84 < 28 else value for place, value in enumerate(samples))
    preview.write(run.path, Preview(step=3399, images=Images(3, 28, 84, 1, samples), scores=(0.1, 0.2, 0.3)))
    return run


def use(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> None:
    monkeypatch.setattr(companion, "module_command", lambda *_: [*FAKE, *arguments])


@asynccontextmanager
async def board(
    run: RunDirectory, size: tuple[int, int] = (80, 24), glyphs: Glyphs = UNICODE, colours: Colours | None = None
) -> AsyncIterator[tuple[DrawingApp, Pilot[None]]]:
    """The board, its renderer there."""
    app = DrawingApp(run, glyphs=glyphs, colours=colours)
    async with app.run_test(size=size) as pilot:
        await until(lambda: "D takes it for real" in screen_text(app))
        yield app, pilot


def canvas_of(app: DrawingApp) -> Canvas:
    assert app.board.panel.canvas is not None
    return app.board.panel.canvas


async def stroke(pilot: Pilot[None], *places: tuple[int, int]) -> None:
    """With the left button, through cells of the panel."""
    await pilot.mouse_down(PANEL, offset=places[0])
    for place in places[1:]:
        await pilot.hover(PANEL, offset=place)
    await pilot.mouse_up(PANEL, offset=places[-1])


def test_a_stroke_is_drawn_rendered_and_undone(drawn: RunDirectory) -> None:
    async def case() -> None:
        async with board(drawn) as (app, pilot):
            left = (80 - 60) // 2 + 1
            await stroke(pilot, (left + 4, 3), (left + 14, 3))
            canvas = canvas_of(app)
            assert canvas.inked(4, 4, 5, 5)
            assert canvas.inked(14, 4, 15, 5)
            assert canvas.outline.count(255) == 11
            await until(lambda: f"D takes it for real: {11 / 784:.2f}" in screen_text(app))
            assert "step 3,399" in screen_text(app)
            assert "▀" * 11 in screen_text(app)
            await pilot.press("u")
            assert canvas.empty
            await until(lambda: "D takes it for real: 0.00" in screen_text(app))
            await pilot.press("u")
            await until(lambda: "nothing to undo" in screen_text(app))

    run_async(case)


def test_keys_draw_as_well(drawn: RunDirectory) -> None:
    async def case() -> None:
        async with board(drawn) as (app, pilot):
            await pilot.press("right", "space", "right", "right", "space")
            canvas = canvas_of(app)
            assert [canvas.inked(x, 14, x + 1, 15) for x in range(13, 18)] == [False, True, False, True, False]
            await pilot.press("space", "enter", "down", "down", "enter", "down")
            assert [canvas.inked(16, y, 17, y + 1) for y in range(14, 18)] == [True, True, True, False]
            await pilot.press("x", "enter", "up", "enter", "x")
            assert not canvas.inked(16, 16, 17, 18)
            await pilot.press("c")
            assert canvas.empty

    run_async(case)


def test_examples_are_the_outlines_of_the_runs_samples(drawn: RunDirectory) -> None:
    async def case() -> None:
        async with board(drawn) as (app, pilot):
            for key, number in (("o", 1), ("o", 2), ("O", 1), ("O", 3)):
                await pilot.press(key)
                await until(lambda number=number: f"held-out image {number} of 3" in screen_text(app))  # type: ignore[misc]
                canvas = canvas_of(app)
                assert canvas.outline.count(255) == 28
                assert canvas.inked(0, number + 4, 28, number + 5)

    run_async(case)


def test_drawing_and_picture_are_saved_under_names_that_are_free(drawn: RunDirectory) -> None:
    async def case() -> None:
        async with board(drawn) as (app, pilot):
            await pilot.press("s")
            await until(lambda: "nothing to save" in screen_text(app))
            await pilot.press("o")
            await until(lambda: "held-out image 1" in screen_text(app))
            for count in (2, 4):
                await pilot.press("s")
                await until(lambda count=count: len(list(drawn.path.glob("drawing-*.png"))) == count)  # type: ignore[misc]
                await until(lambda: "-outline.png and -picture.png" in screen_text(app))
            outlines = sorted(drawn.path.glob("drawing-*-outline.png"))
            assert len(outlines) == 2
            with Image.open(outlines[0]) as image:
                assert image.tobytes() == canvas_of(app).outline
            await pilot.press("c", "space")
            await until(lambda: f"D takes it for real: {1 / 784:.2f}" in screen_text(app))  # the renderer goes on
            await pilot.press("o")
            await until(lambda: f"D takes it for real: {28 / 784:.2f}" in screen_text(app))

    run_async(case)


@pytest.mark.parametrize("size", [(40, 12), (60, 20), (80, 24)])
def test_saving_is_offered_and_escape_leaves_no_program(size: tuple[int, int], drawn: RunDirectory) -> None:
    async def case() -> None:
        async with board(drawn, size) as (app, pilot):
            assert size[0] < 60 or " s save " in screen_text(app)
            assert "q quit" in screen_text(app)
            await pilot.press("o", "escape")
            await until(lambda: "q quits; s saves before" in screen_text(app))
            assert app.is_running
            assert not canvas_of(app).empty
            await pilot.press("o", "s")
            await until(lambda: len(list(drawn.path.glob("drawing-*.png"))) == 2)
            await until(lambda: "wrote drawing-" in screen_text(app))
            assert size[0] < 60 or "-outline.png and -picture.png" in uncut(app)
            await pilot.press("q")
            await until(lambda: not app.is_running)

    run_async(case)


def test_a_drawing_that_no_file_has_is_not_left_unasked(drawn: RunDirectory) -> None:
    async def case() -> None:
        async with board(drawn, (80, 24)) as (app, pilot):
            await pilot.press("right", "space")
            await until(lambda: canvas_of(app).unsaved)
            await pilot.press("q")
            await until(lambda: "the drawing is not saved: s saves it" in screen_text(app))
            await pilot.press("escape")
            await until(lambda: "is not saved" not in screen_text(app))
            assert app.is_running
            await pilot.press("q")
            await until(lambda: "is not saved" in screen_text(app))
            await pilot.press("y")
            await until(lambda: not app.is_running)

    run_async(case)


def test_what_ends_the_renderer_is_said_and_the_drawing_stays(drawn: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "28", "fail")

    async def case() -> None:
        app = DrawingApp(drawn)
        async with app.run_test(size=(80, 24)) as pilot:
            await until(lambda: "the generator is gone" in screen_text(app))
            await pilot.press("o")
            await until(lambda: "held-out image 1" in screen_text(app))
            assert "the generator is gone" in screen_text(app), "it stays, whatever is said besides"
            assert not canvas_of(app).empty
        monkeypatch.setattr(companion, "module_command", lambda *_: [sys.executable, "-c", "raise SystemExit(3)"])
        app = DrawingApp(drawn)
        async with app.run_test(size=(80, 24)):
            await until(lambda: "has ended (exit code 3)" in screen_text(app))

    run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_every_size_and_character_set(drawn: RunDirectory, size: tuple[int, int], glyphs: Glyphs) -> None:
    async def case() -> None:
        async with board(drawn, size, glyphs, Colours.NONE) as (app, pilot):
            await pilot.press("o")
            await until(lambda: "held-out image 1" in screen_text(app))
            text = screen_text(app)
            assert "outline" in text
            assert "picture" in text
            assert glyphs.unicode or text.isascii()
            assert app.board.panel.art.mode is (ImageMode.BRAILLE if glyphs.unicode else ImageMode.ASCII)

    run_async(case)


def test_larger_pictures_are_drawn_in_the_same_room(drawn: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    use(monkeypatch, "64")

    async def case() -> None:
        async with board(drawn) as (app, pilot):
            assert (canvas_of(app).width, canvas_of(app).height) == (64, 64)
            await pilot.press("o")
            await until(lambda: "no examples" in screen_text(app))
            panel: Widget = app.board.panel
            await stroke(pilot, (10, 5), (20, 10))
            assert not canvas_of(app).empty
            assert panel.size.width == 80

    run_async(case)


def test_the_samples_view_opens_it_and_is_there_again(drawn: RunDirectory, run: RunDirectory) -> None:
    async def case() -> None:
        append(drawn, *recorded(3))
        async with opened(drawn, Mode.WATCH, size=(80, 24)) as (app, pilot):
            await pilot.press("2")
            await until(lambda: "d draw" in screen_text(app))
            await until(lambda: all(words in screen_text(app) for words in ("outline", "D 0.10", "original")))
            assert "l walk" not in screen_text(app), "there are no latents"
            await pilot.press("d")
            await until(lambda: isinstance(app.screen, DrawingBoard))
            await until(lambda: "D takes it for real" in screen_text(app))
            await pilot.press("g", "escape")
            await until(lambda: not isinstance(app.screen, DrawingBoard))
        append(run, *recorded(3))
        async with opened(run, Mode.WATCH, size=(80, 24)) as (app, pilot):
            await pilot.press("2")
            await until(lambda: "l walk" in screen_text(app))
            await pilot.press("d")
            await until(lambda: "does not draw from outlines" in screen_text(app))

    run_async(case)


def test_mouse_reports_of_a_real_terminal(drawn: RunDirectory, terminal: PtyStart) -> None:
    screen = terminal([sys.executable, "-m", "tests.dashboard.open_fake_board", str(drawn.path)])
    screen.wait_for("D takes it for real")
    left = 12  # the first column of the canvas, counted from 1
    screen.send(f"\x1b[<0;{left + 4};5M\x1b[<32;{left + 14};5M\x1b[<0;{left + 14};5m")
    screen.wait_for("▀" * 11)
    screen.wait_for(f"D takes it for real: {11 / 784:.2f}")
    screen.send(f"\x1b[<2;{left + 4};5M\x1b[<34;{left + 14};5M\x1b[<2;{left + 14};5m")
    screen.wait_until_gone("▀" * 11)
    screen.wait_for("D takes it for real: 0.00")
    screen.send("q")
    assert screen.wait_exit() == 0
