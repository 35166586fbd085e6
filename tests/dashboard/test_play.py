"""`gan-tui play`: lessons, keys, knobs, mouse, sizes; its trainer is a stand-in, the real one is in tests/training/test_play.py."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path

import pytest
from PIL import Image
from textual.command import CommandPalette
from textual.pilot import Pilot

from gan_tui.dashboard.open_play import PlayApp
from gan_tui.dashboard.play_state import Play
from gan_tui.dashboard.screens import play as play_screen
from gan_tui.dashboard.screens.help import HelpScreen
from gan_tui.dashboard.screens.play_help import play_help
from gan_tui.dashboard.widgets.field import Field
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.terminal import Colours
from gan_tui.run.playing import Trained, unpacked
from gan_tui.spec.play import LESSONS
from tests.dashboard.conftest import PtyStart
from tests.dashboard.cuts import uncut
from tests.dashboard.fake_player import FakeCompanion
from tests.dashboard.helpers import run_async, screen_text, until

DRAW = next(index for index, lesson in enumerate(LESSONS) if lesson.data == "drawn")
COLLAPSE = next(index for index, lesson in enumerate(LESSONS) if lesson.name == "collapse")


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> FakeCompanion:
    made = FakeCompanion()
    monkeypatch.setattr(play_screen, "TICK_SECONDS", 0.05)
    monkeypatch.setattr(play_screen, "companion", lambda: made)
    return made


@asynccontextmanager
async def playing(
    lesson: int = 0, size: tuple[int, int] = (80, 24), glyphs: Glyphs = UNICODE, colours: Colours | None = None
) -> AsyncIterator[tuple[PlayApp, Pilot[None]]]:
    """The screen, its first picture drawn, and paused."""
    app = PlayApp(lesson=lesson, glyphs=glyphs, colours=colours)
    async with app.run_test(size=size) as pilot:
        await until(lambda: app.play_screen.field.picture is not None)
        await pilot.press("space")
        yield app, pilot


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_everything_has_a_name_at_every_size(glyphs: Glyphs) -> None:
    @run_async
    async def _() -> None:
        async with playing(COLLAPSE, (80, 24), glyphs) as (app, pilot):
            for size in [(60, 20), (80, 24), (120, 40), (200, 60), (60, 60), (50, 40)]:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                await until(lambda: "5 of 8" in screen_text(app))
                text = uncut(app)
                for words in (
                    f"lesson 2 of {len(LESSONS)}", "Question:", "updates", "d_loss   1.250", "g_loss   0.750", "g_grad   0.125", "D(x)",
                    "0.62", "D(G(z))", "0.38", "modes", " real ", " generated ", "D says", "loss non-saturating", "x, y: -1 to 1", "paused",
                    "enter answer", "equilibrium: D 1.386, G 0.693" if size[1] in (20, 24) else "D", "quit",
                ):  # fmt: skip
                    assert words in " ".join(text.split()) or words in text, words
                assert ("d_loss  g_loss \u2500" in text or "d_loss  g_loss -" in text) == (size in ((120, 40), (200, 60))), (
                    "a chart has its name"
                )
                field = app.play_screen.field.size
                assert field.width == 2 * field.height >= 22
                assert glyphs.unicode or text.isascii()
                assert ("o" in text and "x" in text) if glyphs is ASCII else "⣿" in text


@pytest.mark.usefixtures("fake")
def test_on_a_tiny_terminal_the_question_is_whole() -> None:
    @run_async
    async def _() -> None:
        async with playing(COLLAPSE, (40, 12)) as (app, _):
            await until(lambda: "5 of 8" in screen_text(app))
            assert "lesson 2 of 9: mode collapse " in uncut(app)
            assert "caught up with it?" in screen_text(app)


@pytest.mark.usefixtures("fake")
@pytest.mark.slow
def test_title_question_and_answer_of_each_lesson_are_whole() -> None:
    @run_async
    async def _() -> None:
        async with playing(len(LESSONS) - 1, (80, 24)) as (app, pilot):
            for size, lesson in product([(40, 12), (40, 16), (60, 20), (80, 24)], LESSONS):
                if lesson is LESSONS[0]:
                    await pilot.resize_terminal(*size)
                await pilot.press("n", "space")
                await until(lambda title=lesson.title: title in screen_text(app))  # type: ignore[misc]
                assert f"Question: {lesson.question}" in one_line(app)
                await pilot.press("enter")
                assert f"Answer: {lesson.answer}" in one_line(app)


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize(("size", "hint"), [((40, 12), "draw: mouse"), ((60, 20), "draw with the mouse")])
def test_where_points_are_drawn_title_and_hint_are_whole(size: tuple[int, int], hint: str) -> None:
    @run_async
    async def _() -> None:
        async with playing(len(LESSONS) - 1, size) as (app, pilot):
            for key in ("space resume", "space pause"):
                await until(lambda key=key: all(words in screen_text(app) for words in (key, hint, f"{LESSONS[-1].title} ")))  # type: ignore[misc]
                await pilot.press("space")

    assert LESSONS[-1].data == "drawn"


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize(("size", "count"), [((40, 12), " {}/8"), ((60, 20), "knob {}/8")])
def test_knobs_in_one_line_are_counted(size: tuple[int, int], count: str) -> None:
    @run_async
    async def _() -> None:
        async with playing(COLLAPSE, size) as (app, pilot):
            await until(lambda: f"{count.format(2)}\n" in screen_text(app))
            await pilot.press("down")
            await until(lambda: "› D's rate 0.001   " in screen_text(app) and f"{count.format(3)}\n" in screen_text(app))


def one_line(app: PlayApp) -> str:
    """The text above the field as it reads."""
    return " ".join(screen_text(app).split())


@pytest.mark.usefixtures("fake")
def test_on_a_tiny_terminal_the_text_can_be_put_away_for_the_field() -> None:
    @run_async
    async def _() -> None:
        async with playing(COLLAPSE, (40, 12)) as (app, pilot):
            beside_the_text = app.play_screen.field.size.height
            await pilot.press("enter")
            assert "Answer: To the next place" in screen_text(app)
            await pilot.press("enter")
            await until(lambda: app.play_screen.field.size.height > 2 * beside_the_text)
            assert "Answer" not in screen_text(app)
            assert "Question" not in screen_text(app)
            await pilot.press("enter")
            await until(lambda: "Question: Where does G go" in screen_text(app))
            await pilot.press("enter", "enter", "escape")
            await until(lambda: "Question: Where does G go" in screen_text(app))


@pytest.mark.usefixtures("fake")
def test_without_colours_points_are_characters() -> None:
    @run_async
    async def _() -> None:
        async with playing(COLLAPSE, colours=Colours.NONE) as (app, _):
            assert "o real  x generated" in screen_text(app)
            assert not any(0x2800 < ord(sign) < 0x2900 for sign in screen_text(app))


def test_half_steps_by_key(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing() as (app, pilot):
            await pilot.press("d")
            await until(lambda: fake.last.halves == "d")
            assert fake.last.columns, "what it did is shown"
            d, g = counts(app)
            await pilot.press("g", "d")
            await until(lambda: counts(app) == (d + 1, g + 1))
            assert f"D {d + 1:,}   G {g + 1:,}" in screen_text(app)


def counts(app: PlayApp) -> tuple[int, int]:
    trained = app.play_screen.play.trained
    return (trained.d_updates, trained.g_updates) if trained else (0, 0)


def test_a_pause_asks_for_nothing_and_running_for_steps(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing() as (app, pilot):
            await until(lambda: not app.play_screen._picture_owed and not fake.busy)
            asked = len(fake.asked)
            await pilot.pause(0.1)
            assert len(fake.asked) == asked
            await pilot.press("space")
            await until(lambda: fake.last.steps > 0 and "steps/s" in screen_text(app))


def test_knobs_turn_while_it_trains(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing(COLLAPSE) as (app, pilot):
            attempt = fake.last.attempt
            await pilot.press("down", "down", "left", "space")
            await until(lambda: fake.last.knobs.g_lr == 3e-3)
            assert fake.last.attempt == attempt, "the networks are the same"
            assert "› G's rate    0.003" in screen_text(app)
            await pilot.press("up", "up", "right", "right", "right")
            await until(lambda: fake.last.knobs.loss == "hinge")
            await until(lambda: "D(x) is no probability" in screen_text(app))
            await pilot.press("up", "right")
            await until(lambda: fake.last.data == "grid" and fake.last.attempt == attempt + 1)
            await until(lambda: "5 of 25" in screen_text(app))
            await pilot.press("plus")
            assert "300" in screen_text(app)


def test_a_click_chooses_a_knob_and_puts_it_where_its_slider_was_clicked(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing(COLLAPSE) as (app, pilot):

            def place(words: str) -> tuple[int, int]:
                return next((line.index(words), y) for y, line in enumerate(screen_text(app).splitlines()) if words in line)

            async def click(words: str, cells: int = 0) -> None:
                x, y = place(words)
                await pilot.click(offset=(x + cells, y))

            await until(lambda: "D's rate" in screen_text(app))
            await click("D's rate")
            assert "› D's rate    0.001" in screen_text(app)
            left, y = place("G's rate")
            await click("G's rate", len(screen_text(app).splitlines()[y]) - 1 - left)
            await until(lambda: "› G's rate    0.03 " in screen_text(app))
            attempt = fake.last.attempt
            await click("●────")  # that of the real points
            assert fake.last.attempt == attempt, "it is there already"
            await click("●────", 4)
            await until(lambda: fake.last.data == "drawn" and fake.last.attempt == attempt + 1)
            await pilot.resize_terminal(60, 20)
            await until(lambda: " knob 1/8\n" in screen_text(app))
            await click("1/8")
            await until(lambda: "› loss " in screen_text(app))
            await click("real points")
            await until(lambda: "› real points" in screen_text(app))


def test_lessons_begin_as_they_are_declared_and_have_an_answer(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing() as (app, pilot):
            for number, lesson in enumerate(LESSONS[1:], 2):
                await pilot.press("n")
                await until(lambda lesson=lesson: fake.last.knobs == lesson.knobs and fake.last.data == lesson.data)  # type: ignore[misc]
                assert (fake.last.seed, fake.last.arrows, fake.last.grid) == (lesson.seed, lesson.arrows, lesson.grid)
                assert f"lesson {number} of {len(LESSONS)}: {lesson.title}" in screen_text(app)
            await pilot.press("b", "enter")
            assert f"Answer: {LESSONS[-2].answer[:40]}" in screen_text(app)
            await pilot.press("enter")
            assert "Answer" not in screen_text(app)
            await pilot.press("R")
            await until(lambda: fake.last.seed == LESSONS[-2].seed + 1)


@pytest.mark.usefixtures("fake")
def test_the_keys_that_a_lesson_needs_are_the_last_to_go() -> None:
    @run_async
    async def _() -> None:
        for size, keys in (
            ((60, 20), ("enter answer", "arrows knobs")),
            ((80, 24), ("enter answer", "arrows knobs", "n b lesson", "d g step")),
        ):
            async with playing(size=size) as (app, _):
                last = screen_text(app).splitlines()[-1]
                assert all(key in last for key in keys), last


@pytest.mark.usefixtures("fake")
@pytest.mark.parametrize("size", [(60, 20), (80, 24)])
def test_another_seed_than_the_lessons_stays_in_the_title(size: tuple[int, int]) -> None:
    @run_async
    async def _() -> None:
        async with playing(size=size) as (app, pilot):
            assert "seed" not in screen_text(app).splitlines()[0]
            await pilot.press("R", "up")
            words = f"{LESSONS[0].title}, seed {LESSONS[0].seed + 1}"
            await until(lambda: words in screen_text(app).splitlines()[0])
            await pilot.press("n")
            await until(lambda: "seed" not in screen_text(app).splitlines()[0])


def test_without_points_half_a_step_says_why_it_does_nothing(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing(DRAW) as (app, pilot):
            await pilot.press("d")
            await until(lambda: "nothing to learn yet: draw points, or e for an example" in screen_text(app))
            assert not fake.last.halves


def test_the_mouse_draws_the_set(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing(DRAW) as (app, pilot):
            await pilot.press("space")
            assert "draw with the mouse" in screen_text(app)
            assert all(not wanted.steps for wanted in fake.asked)
            await pilot.mouse_down("#play-field", offset=(4, 8))
            await pilot.hover("#play-field", offset=(20, 8))
            await pilot.mouse_up("#play-field", offset=(20, 8))
            await until(lambda: fake.last.steps > 0 and len(unpacked(fake.last.drawn)) > 8)
            drawn = unpacked(fake.last.drawn)
            assert len({round(y, 3) for _, y in drawn}) == 1
            assert -0.9 < min(x for x, _ in drawn) < max(x for x, _ in drawn) < 0.3
            app.play_screen.field.post_message(Field.Stroke((0.0, drawn[0][1]), erases=True, begins=True, radius=0.1))
            await until(lambda: 0 < len(unpacked(fake.last.drawn)) < len(drawn))
            await pilot.press("e")
            await until(lambda: len(unpacked(fake.last.drawn)) > 50)
            await pilot.press("c")
            await until(lambda: not fake.last.drawn)
            await until(lambda: "draw with the mouse" in screen_text(app))


def test_a_stroke_in_another_set_begins_a_drawn_one(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing() as (_, pilot):
            attempt = fake.last.attempt
            await pilot.mouse_down("#play-field", offset=(5, 5))
            await pilot.mouse_up("#play-field", offset=(5, 5))
            await until(lambda: fake.last.data == "drawn" and fake.last.attempt > attempt and len(unpacked(fake.last.drawn)) == 1)


@pytest.mark.usefixtures("fake")
def test_the_field_is_saved_under_names_that_are_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    @run_async
    async def _() -> None:
        async with playing(3) as (app, pilot):
            await pilot.press("w")
            for count in (1, 2):
                await pilot.press("s")
                await until(lambda count=count: len(list(tmp_path.glob("play-*.png"))) == count)  # type: ignore[misc]
                await until(lambda: "wrote play-" in screen_text(app))
            with Image.open(next(tmp_path.glob("play-*.png"))) as image:
                assert image.size == (800, 800)
                assert len(image.getcolors(1 << 20) or ()) > 5
            await pilot.press("p")
            await until(lambda: bool(list(tmp_path.glob("screenshot-*.svg"))))
            (tmp_path / "gone").mkdir()
            monkeypatch.chdir(tmp_path / "gone")
            (tmp_path / "gone").rmdir()
            await pilot.press("s")
            await until(lambda: "cannot write" in screen_text(app))
            d, g = counts(app)
            await pilot.press("d")
            await until(lambda: counts(app) == (d + 1, g))  # it trains on

    assert not [path for path in tmp_path.iterdir() if path.name.startswith(("2", "gan"))], "no run is left behind"


def test_help_palette_and_leaving(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing() as (app, pilot):
            await pilot.press("space", "question_mark")
            assert isinstance(app.screen, HelpScreen)
            assert "d updates D once" in screen_text(app)
            asked = len(fake.asked)
            await pilot.pause(0.1)
            assert len(fake.asked) <= asked + 1, "behind a dialog nothing moves"
            await pilot.press("escape", "ctrl+p")
            await until(lambda: isinstance(app.screen, CommandPalette))
            await pilot.press(*"next lesson")
            await until(lambda: "Next lesson" in screen_text(app))
            await pilot.press("escape")
            await until(lambda: app.screen is app.play_screen)
            await pilot.press("enter", "escape")
            assert not app.play_screen.play.answered
            await pilot.press("escape")
            await until(lambda: "q quits, and ends the training" in screen_text(app))
            assert app.is_running
            await pilot.press("q")
        assert fake.closed

    assert fake.asked


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_the_help_names_each_key_once_and_every_number_and_sign(glyphs: Glyphs) -> None:
    _, (_, keys), *rest = play_help(Play(), glyphs)
    told = [key for sign, _ in keys for key in sign.split()]
    assert sorted(told) == sorted(set(told))
    assert {"arrows", "d", "g", "n", "b", "+", "-", "space", "q"} <= set(told)
    assert "down" not in told
    assert any("right and left turn it" in meaning for _, meaning in keys)
    terms = " ".join(term for _, entries in rest for term, _ in entries)
    for term in ("d_loss", "g_loss", "g_grad", "D(x)", "D(G(z))", "pairwise", glyphs.changed, glyphs.mark_full):
        assert term in terms
    assert any("outside the field" in meaning for _, entries in rest for _, meaning in entries)


def test_the_help_begins_with_the_lesson_and_the_field_on_the_screen(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing() as (app, pilot):
            lesson = LESSONS[1]
            await pilot.press("n", "w", "question_mark")
            text = " ".join(screen_text(app).replace("│", " ").split())
            seen = text[text.index("what do I see?") : text.index(" keys ")]
            for words in (
                f"Lesson 2 of {len(LESSONS)}, {lesson.title}",
                lesson.question,
                "ring of 8 modes",
                "the latent plane as G warps it",
            ):
                assert words in seen
            assert lesson.answer not in text
            assert "You have turned" not in text
            await pilot.press("escape", "enter", "w", "right", "question_mark")
            text = " ".join(screen_text(app).replace("│", " ").split())
            assert lesson.answer in text
            assert "warps it" not in text[: text.index(" keys ")]
            assert "You have turned: loss " in text
            await pilot.press("escape", "c", "left")

    assert fake.asked


def test_what_ends_the_trainer_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(play_screen, "companion", lambda: FakeCompanion("torch is not\x1b[2J there"))

    @run_async
    async def _() -> None:
        app = PlayApp()
        async with app.run_test(size=(80, 24)) as pilot:
            await until(lambda: "torch is not" in screen_text(app))
            await pilot.press("space", "d", "s", "n")
            assert "\x1b[2J" not in screen_text(app)
            assert "ended" in screen_text(app)
            await pilot.press("q")


def test_an_answer_to_what_is_over_changes_nothing(fake: FakeCompanion) -> None:
    @run_async
    async def _() -> None:
        async with playing() as (app, _):
            before = app.play_screen.play.trained
            app.play_screen.take(Trained(99, 1, 500, 500, {}, 0, 8))
            assert app.play_screen.play.trained is before

    assert fake.asked


@pytest.mark.slow
def test_on_a_real_terminal_with_a_mouse(terminal: PtyStart) -> None:
    screen = terminal([sys.executable, "-m", "tests.dashboard.open_fake_play"])
    screen.wait_for("draw with the mouse")
    screen.send("\x1b[<0;8;10M\x1b[<32;24;10M\x1b[<0;24;10m")
    screen.wait_for("steps/s")
    screen.wait_for("50%")
    screen.send(" ")
    screen.wait_for("paused")
    screen.wait_until_silent(0.5)
    screen.send("q")
    assert screen.wait_exit() == 0
