"""The charts view: golden screens, every key, strange runs."""

import math
from pathlib import Path

import pytest
from textual.pilot import Pilot

from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.chart_board import Board
from gan_tui.dashboard.drawn_chart import Drawn
from gan_tui.dashboard.views.charts import ChartsView
from gan_tui.render.curves import SMOOTHINGS
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.terminal import Colours
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.metrics import named
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import (
    BIRTH,
    HeldRun,
    append,
    judged,
    make_run,
    metrics,
    opened,
    recorded,
    resized,
    run_async,
    run_screen,
    screen_text,
    settle,
    started,
    until,
)


def charts(app: Dashboard) -> ChartsView:
    view = run_screen(app).view_of(ChartsView.TITLE)
    assert isinstance(view, ChartsView)
    return view


def drawn_losses(app: Dashboard) -> Drawn:
    area = charts(app).area
    return next(area.board.drawn(place) for place in area.places if place.panel.key == "losses")


async def drawn(app: Dashboard) -> str:
    """The screen when what was asked for has been drawn."""
    await Pilot(app).pause()
    return uncut(app)


def marked() -> list[events.AnyEvent]:
    """`judged`, with one of each kind of mark and with numbers that were lost."""
    found = judged()
    found += [
        events.Bookmark(t=BIRTH + 225, text="twos appear", step=5_000),
        events.Changed(t=BIRTH + 226, setting="optimizer.d_lr", before=3e-4, value=1e-4, step=10_000),
        events.RolledBack(t=BIRTH + 227, from_step=22_020, count=1, limit=3, reason="d_loss is nan at step 22020", step=20_000),
        *(metrics(20_000 + 40 * number, d_loss=math.nan if number < 20 else 0.8) for number in range(1, 45)),
        events.Finished(t=BIRTH + 230, outcome="stopped", epoch=36, elapsed=225.0, step=21_760),
    ]
    return found


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_golden(size: tuple[int, int], tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    append(run, *marked())

    async def case() -> None:
        async with opened(run, size=size) as (app, pilot):
            await pilot.press("3")
            golden(await drawn(app), f"charts-{size[0]}x{size[1]}")

    run_async(case)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
def test_golden_ascii(size: tuple[int, int], tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    append(run, *marked())

    async def case() -> None:
        async with opened(run, size=size, glyphs=ASCII) as (app, pilot):
            await pilot.press("3", "left")
            text = await drawn(app)
            assert text.isascii()
            golden(text, f"charts-{size[0]}x{size[1]}-ascii")

    run_async(case)


def test_w_shows_the_last_steps(run: RunDirectory) -> None:
    append(run, *recorded(600))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3")
            whole = await drawn(app)
            assert "the whole run" in whole
            assert " 0   " in whole.splitlines()[-4], "its axis begins at 0"
            await pilot.press("w")
            recent = await drawn(app)
            assert "the last 8.772k steps" in recent, "as many as are kept; nothing more will come"
            assert "14k" in recent
            assert drawn_losses(app).figure is not None
            await pilot.press("w")
            assert await drawn(app) == whole

    run_async(case)


def test_y_makes_the_axis_logarithmic(run: RunDirectory) -> None:
    append(run, started(), *(metrics(step, d_loss=10.0 ** (step / 100), g_loss=-1.0) for step in range(1, 400)))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3", "y")
            text = await drawn(app)
            assert "log axis" in text
            for label in (" 1┤", " 10┤", " 100┤", " 1000┤"):
                assert label in text
            await pilot.press("tab", "tab", "y", "y")
            await pilot.press("y")
            assert "log axis" not in await drawn(app)

    run_async(case)


def test_nothing_positive_is_said_and_not_drawn(run: RunDirectory) -> None:
    append(run, started(), *(metrics(step, d_loss=-1.0, g_loss=-2.0) for step in range(1, 40)))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3", "y")
            assert "nothing that a logarithmic axis could show" in await drawn(app)

    run_async(case)


def test_plus_and_minus_smooth(run: RunDirectory) -> None:
    append(run, started(), *(metrics(step, d_loss=step % 2) for step in range(1, 401)))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3")
            rough = await drawn(app)
            await pilot.press("plus", "plus")
            assert "mean of 100 at most" in await drawn(app)
            (points, *_) = [one.points for one in drawn_losses(app).series]
            assert points[200].low == pytest.approx(0.5, abs=0.02), "zeros and ones"
            await pilot.press(*["plus"] * 9)
            assert charts(app).board.smoothing == SMOOTHINGS[-1]
            await pilot.press(*["minus"] * len(SMOOTHINGS))
            assert await drawn(app) == rough, "less than none is what the noise asks for, as at first"

    run_async(case)


def test_below_stand_steps_epochs_or_time(run: RunDirectory) -> None:
    append(run, started(), *(metrics(step * 100) for step in range(1, 181)))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3")
            labels = {}
            for name in ("step", "epoch", "time", "step"):
                lines = (await drawn(app)).splitlines()
                labels[name] = next(line.split() for line in reversed(lines) if line.split()[:1] == [name])
                await pilot.press("x")
            assert labels["step"][1:4] == ["0", "5k", "10k"]
            assert labels["epoch"][1:4] == ["0", "5", "10"], "600 steps each"
            assert labels["time"][1:4] == ["0", "30s", "1m"], "100 steps a second"

    run_async(case)


@pytest.mark.parametrize("colours", [Colours.TRUE, Colours.MANY, Colours.SIXTEEN, Colours.NONE])
def test_all_values_are_a_band_behind_their_means_where_there_are_colours_for_it(run: RunDirectory, colours: Colours) -> None:
    append(run, started(), *(metrics(step, d_loss=1 + step % 7, g_loss=20 + step % 5) for step in range(1, 801)))

    async def case() -> None:
        async with opened(run, size=(120, 40), colours=colours) as (app, pilot):
            pale = colours in (Colours.TRUE, Colours.MANY)
            await pilot.press("3")
            await drawn(app)
            grounds = {segment.style.bgcolor for strip in charts(app).area._strips for segment in strip if segment.style}
            assert len(grounds) == (3 if pale else 1), "the screen's own, D's and G's"

    run_async(case)


def test_the_cursor_reads_the_numbers(run: RunDirectory) -> None:
    append(run, started(), *(metrics(step, d_loss=step / 1000, g_loss=2.0) for step in range(10, 6_001, 10)))
    append(run, events.Bookmark(text="half way", step=5_400))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await pilot.press("3")
            before = await drawn(app)
            await pilot.press("left")
            first = charts(app).board.cursor or 0.0
            assert first == pytest.approx(6_000, abs=60)
            await pilot.press("left", "left", "right")
            cell = charts(app).board.cell(charts(app).area.places)
            assert charts(app).board.cursor == pytest.approx(first - cell)
            while (charts(app).board.cursor or 0) > 5_400 + 10 * cell:
                await pilot.press("shift+left")
            while (charts(app).board.cursor or 0) > 5_400 + cell / 2:
                await pilot.press("left")
            text = await drawn(app)
            cursor = charts(app).board.cursor
            assert cursor is not None
            assert f"step {round(cursor):,} · epoch {int(cursor) // 600 + 1}" in text
            assert "bookmark half way" in text
            assert f"d_loss {math.floor(cursor / 10) * 10 / 1000:7.3f}" in text
            assert text.count("│") > before.count("│"), "a line stands there"
            await pilot.press(*["shift+left"] * 12)
            assert charts(app).board.cursor == pytest.approx(cell / 2), "it stops at the edge"
            await pilot.press(*["shift+right"] * 12)
            assert charts(app).board.cursor == pytest.approx(6_000, abs=cell)
            await pilot.press("escape")
            assert await drawn(app) == before
            await pilot.press("escape")
            assert run_screen(app).view.TITLE == "overview"

    run_async(case)


@pytest.mark.parametrize(("forth", "back"), [("tab", "shift+tab"), ("down", "up")])
def test_all_charts_can_be_reached(forth: str, back: str, run: RunDirectory) -> None:
    append(run, *judged())
    append(run, events.Metrics(step=22_030, scalars={"my own": 3.0}, elapsed=1.0, rate=1.0))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3")
            first = await drawn(app)
            count = len(charts(app).board.panels)
            assert f"chart 1/{count}" in first
            seen = []
            for _ in range(count):
                panel = charts(app).board.panels[charts(app).board.selected]
                text = await drawn(app)
                assert all(f" {named(name).label} " in text for name, _ in panel.scalars)
                seen.append(panel.key)
                await pilot.press(forth)
            assert await drawn(app) == first, "round and round"
            assert seen[:5] == ["losses", "scores", "quality", "coverage", "kid"]
            assert seen[-2:] == ["my own", "throughput"]
            assert len(set(seen)) == count
            await pilot.press(back)
            assert f"chart {count}/{count}" in await drawn(app)

    run_async(case)


def test_enter_zooms_and_esc_goes_back(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(200, 60)) as (app, pilot):
            await pilot.press("3")
            before = await drawn(app)
            assert before.count("epoch 0") == 6
            await pilot.press("tab", "enter")
            assert (await drawn(app)).count("epoch 0") == 1
            assert "D(x)" in screen_text(app)
            await pilot.press("escape")
            assert (await drawn(app)).count("epoch 0") == 6
            await pilot.press("enter", "enter", "shift+tab")
            assert await drawn(app) == before

    run_async(case)


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_strange_runs_in_every_size(glyphs: Glyphs, run: RunDirectory) -> None:
    evil = "[red]x[/red] \x1b[2J ‮"
    append(run, started(epochs=0, steps_per_epoch=0), *(metrics(step, math.nan, math.inf, 1e308, -1e308) for step in range(1, 50)))
    append(run, events.Metrics(step=2**60, scalars={evil: 1.0, "": -1e300}, elapsed=1.0, rate=-1.0), events.Bookmark(text=evil, step=2**61))

    async def case() -> None:
        async with opened(run, size=(100, 30), glyphs=glyphs) as (app, pilot):
            await pilot.press("3", "left", "w", "y", "plus")
            for size in [(10, 3), (30, 30), (1, 1), (80, 24)]:
                await pilot.resize_terminal(*size)
                await pilot.press("tab", "shift+left", "y", "enter")
                text = await drawn(app)
                assert not any(sign in text for sign in "\x1b\r‮")
                assert all(len(line) <= size[0] for line in text.splitlines())

    run_async(case)


@pytest.mark.slow
def test_a_run_without_numbers(run: RunDirectory) -> None:
    append(run, started())

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3", "left", "tab", "w", "y", "enter", "plus")
            assert "no numbers yet: after the first steps" in await drawn(app)
            append(run, metrics(1))
            await until(lambda: "d_loss" in screen_text(app))

    with HeldRun(run):
        run_async(case)


def test_scores_that_mean_nothing_are_not_drawn(run: RunDirectory) -> None:
    append(run, started(d_equilibrium=0.693, g_equilibrium=0.693, probabilities=False), *(metrics(step) for step in range(1, 40)))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3")
            await drawn(app)
            assert [panel.key for panel in charts(app).board.panels] == ["losses", "throughput"]

    run_async(case)


def test_a_click_is_a_cursor_and_two_zoom(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await pilot.press("3")
            await drawn(app)
            second = charts(app).area.places[1]
            await pilot.click("#chart-area", offset=(60, second.y + 5))
            text = await drawn(app)
            assert charts(app).board.panels[charts(app).board.selected].key == "scores"
            assert f"step {round(charts(app).board.cursor or 0):,}" in text
            region = charts(app).area.region
            signs = [line[region.x + 60] for line in text.splitlines()[region.y + second.y + 1 :][: second.height - 4]]
            assert signs.count("│") > len(signs) / 2, "where the pointer was"
            await pilot.click("#chart-area", offset=(60, second.y + 5), times=2)
            assert (await drawn(app)).count("epoch 0") == 1

    run_async(case)


@pytest.mark.slow
@pytest.mark.parametrize("keys", [("w", "y", "plus", "left"), ("left",), ("w", "left", *["right"] * 80), ("right",)])
def test_no_axis_and_no_cursor_lies_behind_the_last_step(keys: tuple[str, ...], run: RunDirectory) -> None:
    append(run, started(epochs=20), *(metrics(30 * number) for number in range(1, 401)))
    append(run, events.Finished(outcome="completed", epoch=20, elapsed=120.0, step=12_000))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("3", *keys)
            text = await drawn(app)
            assert charts(app).board.window()[1] == 12_000
            line = next(line for line in text.splitlines() if line.strip().startswith("step ") and "epoch" in line and "·" in line)
            step, epoch = (int(part.split()[1].replace(",", "")) for part in line.split("·")[:2])
            assert 11_900 <= step <= 12_000
            assert epoch == 20

    run_async(case)


def test_of_a_run_that_goes_on_the_cursor_stays_with_the_newest_numbers() -> None:
    board = Board(UNICODE, growing=True)
    board.state.apply(started(epochs=20))
    for number in range(1, 300):
        board.state.apply(metrics(40 * number))
    for lately in (False, True):
        board.recent_only, board.cursor = lately, None
        board.take(board.state, None, growing=True)
        assert board.window()[1] <= 12_000, "it ends there"
        places = board.places(80, 20)
        for cells in (1, 1, 50):
            board.move_cursor(cells, places)
            assert board.cursor is not None
            assert board.cursor <= 11_960


@pytest.mark.parametrize(("key", "colours"), [("1", "none"), ("3", "none"), ("1", "true"), ("3", "true")])
def test_two_curves_can_be_told_apart_without_colours(key: str, colours: str, run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where colours tell them apart they are braille, whose dots are finer."""
    monkeypatch.setenv("NO_COLOR", "")  # the app sets it or takes it away
    append(run, *recorded())

    async def case() -> None:
        async with opened(run, size=(120, 40), colours=Colours(colours)) as (app, pilot):
            await pilot.press(key)
            await pilot.pause()
            cells = [line[9:] for line in screen_text(app).splitlines() if "│" in line[:12] or "┤" in line[:12]]
            signs = {sign for line in cells for sign in line}
            assert ({"*", "o"} <= signs) == (colours == "none")
            assert any("⠁" <= sign <= "⣿" for sign in signs) == (colours == "true")

    run_async(case)


def test_a_terminal_that_becomes_small_behind_a_dialog_leaves_a_line_for_the_charts(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(60, 20)) as (app, pilot):
            await pilot.press("3", "question_mark")
            await resized(app, pilot, 20, 7)
            await pilot.press("escape")
            await settle(app)
            assert run_screen(app) is app.screen

    run_async(case)
