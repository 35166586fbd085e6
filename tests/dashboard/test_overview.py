"""Focus and zoom, the mouse, the news line, time that passes, and sizes that change faster than anybody draws."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from textual.command import CommandPalette
from textual.pilot import Pilot

import gan_tui.dashboard.views.overview
from gan_tui import config
from gan_tui.dashboard import timing
from gan_tui.dashboard.system_feed import SystemFeed
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import Mode
from gan_tui.run.mailbox import receive
from tests.dashboard.helpers import (
    BIRTH,
    HeldRun,
    append,
    judged,
    metrics,
    opened,
    overview,
    recorded,
    run_async,
    run_screen,
    screen_text,
    settle,
    show_preview,
    started,
    until,
)


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


def test_tab_marks_panels_and_enter_zooms_the_marked_one(run: RunDirectory) -> None:
    append(run, *judged())
    show_preview(run)

    async def case() -> None:
        async with opened(run) as (app, pilot):
            first = screen_text(app)
            await press(pilot, "enter")
            zoomed = screen_text(app)
            assert "samples" in zoomed
            assert "d_loss" not in zoomed
            await press(pilot, "escape")
            assert screen_text(app) == first
            seen = []
            for _ in range(4):
                await press(pilot, "tab")
                seen.append(app.focused.id if app.focused else None)
            assert seen == ["samples", "headline-panel", "probabilities-panel", "losses-panel"]
            await press(pilot, "enter")
            assert "the whole run" in screen_text(app), "losses have a chart as their larger form"
            await press(pilot, "enter")
            assert screen_text(app) == first
            assert app.focused is not None
            assert app.focused.id == "losses-panel"
            await press(pilot, "escape", "escape")
            assert overview(app).has_focus

    run_async(case)


@pytest.mark.parametrize(("panel", "view"), [("quality-panel", "quality"), ("system-panel", "system"), ("tail-panel", "log")])
def test_enter_on_a_strip_opens_its_view(panel: str, view: str, run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(120, 48)) as (app, pilot):
            overview(app).query_one(f"#{panel}").focus()
            await press(pilot, "enter")
            await until(lambda: view == run_screen(app).view.TITLE)
            await press(pilot, "escape")
            assert run_screen(app).view.TITLE == "overview"

    with HeldRun(run):  # of a run that is over nothing is asked of the machine
        run_async(case)


def test_clicks_press_keys_and_mark_panels(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            bar = screen_text(app).splitlines()[-1]
            await pilot.click(offset=(bar.index("save"), 23))
            await until(lambda: any(run.control.iterdir()))
            assert [command.name for command in receive(run.control)] == ["save"]
            await pilot.click(offset=(bar.index("1-6"), 23))
            await until(lambda: run_screen(app).view.TITLE == "samples")
            await press(pilot, "1")
            losses = overview(app).query_one("#losses")
            await pilot.click(losses, offset=(losses.size.width - 1, 0))  # its curve, which has a card
            await press(pilot, "escape")
            assert app.focused is not None
            assert app.focused.id == "losses-panel"
            await pilot.click("#sample-grid", times=2)
            await pilot.pause()
            assert "d_loss" not in screen_text(app)

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_the_verdict_stands_where_nothing_more_urgent_does(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    append(run, *judged())
    moment = [BIRTH + 230.0]
    monkeypatch.setattr(timing, "now", lambda: moment[0])

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, _):
            assert "◆ D is winning" in screen_text(app)
            assert "checkpoint just now" in screen_text(app)
            moment[0] += 130
            append(run, metrics(35_900), events.Samples(t=BIRTH + 360, path="samples/fake_images-0059.png", epoch=59, step=35_900))
            await settle(app)
            assert "checkpoint 2 min ago" in screen_text(app)
            assert "wrote samples" not in screen_text(app), "routine never takes its place"
            append(run, events.RolledBack(t=BIRTH + 361, from_step=35_900, count=2, limit=5, reason="d_loss is nan", step=21_600))
            await settle(app)
            lines = screen_text(app).splitlines()
            assert "◆ D is winning" in lines[2], "nothing takes the verdict's place"
            assert "2/5: d_loss is nan" in lines[3]
            assert "2 roll-backs" in lines[0]
            assert "step   0/600" in lines[1]
            moment[0] += 20
            await until(lambda: "try: lower optimizer.d_lr" in screen_text(app))

    with HeldRun(run):
        run_async(case)


def test_an_error_gets_more_room(run: RunDirectory) -> None:
    words = "GPU out of memory: 14.2 GiB wanted, 3.1 GiB left; a smaller train.batch_size helps, and resume goes on from step 22000"
    append(run, *judged(), events.Error(text=words), events.Finished(outcome="failed", epoch=36, elapsed=220.0))

    async def case() -> None:
        async with opened(run) as (app, _):
            text = " ".join(screen_text(app).split())
            assert "✗ failed" in text
            assert words in text

    run_async(case)


@pytest.mark.slow
def test_a_stall_is_marked_although_no_event_comes(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    append(run, *recorded())
    moment = [BIRTH + 221.0]
    monkeypatch.setattr(timing, "now", lambda: moment[0])

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, _):
            moment[0] += 9
            await settle(app)
            assert "● training" in screen_text(app)
            moment[0] += 30
            await until(lambda: "● stalled" in screen_text(app))
            assert " 30 s" in screen_text(app)
            assert "– it/s" in screen_text(app)
            append(run, metrics(22_100, d_loss=0.5))
            moment[0] = BIRTH + 222
            await until(lambda: "● training" in screen_text(app))

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_a_stall_is_seen_though_the_clock_was_set_back(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """It was seen an hour later, when the clock was there again."""
    append(run, *recorded())
    monkeypatch.setattr(timing, "now", lambda: BIRTH - 3600)
    ahead, clock = [0.0], timing.unset
    monkeypatch.setattr(timing, "unset", lambda: clock() + ahead[0])

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, _):
            await settle(app)
            assert "● training" in screen_text(app)
            ahead[0] = 40.0
            await until(lambda: "● stalled" in screen_text(app))
            assert " 40 s" in screen_text(app)
            append(run, metrics(22_100, d_loss=0.5))
            await until(lambda: "● training" in screen_text(app))

    with HeldRun(run):
        run_async(case)


def held_clocks(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """The clocks by which a stall is told stand at the newest event, until they are put on by 40 seconds."""
    moment, clock, ahead = [BIRTH + 221.0], timing.unset, [0.0]
    monkeypatch.setattr(timing, "now", lambda: moment[0])
    monkeypatch.setattr(timing, "unset", lambda: clock() + ahead[0])

    def go_on() -> None:
        moment[0], ahead[0] = BIRTH + 261, 40.0

    return go_on


def test_a_resize_behind_a_dialog_tells_of_no_stall(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies behind was drawn again as of the dialog's opening: a run that had gone on was called stalled."""
    append(run, *recorded())
    go_on = held_clocks(monkeypatch)

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await settle(app)
            await pilot.press("b")
            await until(lambda: "bookmark step " in screen_text(app))
            go_on()
            append(run, msgspec.structs.replace(metrics(22_100, d_loss=0.5), t=BIRTH + 260))
            await until(lambda: app.snapshot is not None and app.snapshot.state.step == 22_100)
            await pilot.resize_terminal(90, 26)
            await settle(app)
            assert "● training" in screen_text(app)
            assert "stalled" not in screen_text(app)

    with HeldRun(run):
        run_async(case)


@pytest.mark.parametrize("key", ["b", "k", "q", "question_mark", "T"])
def test_a_stall_behind_a_dialog_is_told_once_that_is_closed(key: str, run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    append(run, *recorded())
    moment = [BIRTH + 221.0]
    monkeypatch.setattr(timing, "now", lambda: moment[0])

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await settle(app)
            await pilot.press(key)
            await until(lambda: app.screen is not run_screen(app))
            moment[0] += 40
            await settle(app)
            await pilot.press("escape")
            await until(lambda: "● stalled" in screen_text(app))
            assert "– it/s" in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_a_theme_that_is_tried_on_tells_of_no_stall(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the whole screen behind drawn again, as of the dialog's opening, while the run goes on."""
    append(run, *recorded())
    go_on = held_clocks(monkeypatch)

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await settle(app)
            await pilot.press("T")
            go_on()
            append(run, msgspec.structs.replace(metrics(22_100, d_loss=0.5), t=BIRTH + 260))
            await until(lambda: app.snapshot is not None and app.snapshot.state.step == 22_100)
            for way in ("end", "enter"):
                await pilot.press(way)
                await settle(app)
                assert "● training" in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_a_pause_is_no_stall(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    append(run, *recorded(), events.Phase(t=BIRTH + 230, name="paused", step=22_020))
    monkeypatch.setattr(timing, "now", lambda: BIRTH + 900)

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, _):
            await settle(app)
            assert "● paused" in screen_text(app)
            append(run, events.Phase(t=BIRTH + 899, name="training", step=22_020))
            await until(lambda: "● training" in screen_text(app))

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_interruptions_are_shown_when_they_last(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    append(run, *recorded(), events.Phase(t=BIRTH + 221, name="evaluating", step=22_020))
    moment = [BIRTH + 221.2]
    monkeypatch.setattr(timing, "now", lambda: moment[0])

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, _):
            assert "● training" in screen_text(app), "a blink is not worth the flicker"
            moment[0] += 5
            await until(lambda: "● evaluating" in screen_text(app))
            assert "for 4 s" in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_ranks_and_images_a_second_are_told(run: RunDirectory) -> None:
    append(run, started(ranks=4, batch_size=256), events.Phase(t=BIRTH, name="training"), *(metrics(step) for step in range(1, 30)))

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (120, 40)) as (app, _):
            assert "NVIDIA H200 · 4 ranks" in screen_text(app)

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_a_storm_of_sizes(run: RunDirectory) -> None:
    append(run, *judged())
    show_preview(run)
    chance = random.Random(1)

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            first = screen_text(app)
            for index in range(14):
                await pilot.resize_terminal(chance.randrange(1, 210), chance.randrange(1, 65))
                if index % 4 == 0:
                    await pilot.press(chance.choice("1246"))
                if index % 7 == 0:
                    append(run, metrics(22_020 + index))
            await pilot.press("1")
            await pilot.resize_terminal(80, 24)
            await settle(app)
            assert screen_text(app).splitlines()[3] == first.splitlines()[3]
            assert app.is_running

    with HeldRun(run):
        run_async(case)


def test_the_palette_knows_the_keys_of_the_open_view(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            titles = {command.title for command in app.get_system_commands(app.screen)}
            assert {"Pause or resume", "View: log", "Zoom the panel", "Evaluate now"} <= titles
            assert "Log: filter" not in titles
            await press(pilot, "6")
            commands = {command.title: command for command in app.get_system_commands(app.screen)}
            await commands["Log: filter"].callback()
            await pilot.pause()
            assert "everything" in screen_text(app)
            await press(pilot, "ctrl+p")
            assert isinstance(app.screen, CommandPalette)

    run_async(case)


def test_e_asks_for_an_evaluation(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            await press(pilot, "e")
            assert "evaluating" in screen_text(app)
            assert [command.name for command in receive(run.control)] == ["evaluate"]

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_a_loss_without_probabilities_has_no_empty_gauges(run: RunDirectory) -> None:
    """The AUC stands in their place, and the losses' ideals are this loss's own."""
    append(run, started(d_equilibrium=0.693, g_equilibrium=0.5, probabilities=False), events.Phase(t=BIRTH, name="training"))
    for step in range(1, 40):
        scalars: dict[str, events.Scalar] = {"d_loss": 0.6, "g_loss": 0.8, "d_pair_accuracy": 0.83}
        append(run, events.Metrics(t=BIRTH + step, scalars=scalars, elapsed=float(step), rate=100.0, step=step * 100))

    async def case() -> None:
        for size in ((80, 24), (120, 40), (60, 80), (40, 12)):
            async with opened(run, size=size) as (app, pilot):
                text = screen_text(app)
                assert "pairwise   0.83 ━━━" in text
                assert "D(G(z))" not in text
                if size == (120, 40):
                    assert "at equilibrium: d_loss 0.693, g_loss 0.500" in text
                    assert re.search("G ahead +even +D ahead", text)
                await press(pilot, "tab", "tab", "tab", "enter")
                assert "D(G(z))" not in screen_text(app)

    run_async(case)


@pytest.mark.parametrize(("loss", "words"), [("hinge", "d_loss 2.000, g_loss 0.000"), ("saturating", "d_loss 1.386, g_loss -0.693")])
def test_an_older_run_is_known_by_the_name_of_its_loss(loss: str, words: str, tmp_path: Path) -> None:
    run = directory.create(tmp_path, config.resolve(tables=[{"loss": {"name": loss}}]), "old")
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, _):
            assert f"at equilibrium: {words}" in screen_text(app)
            assert ("pairwise" in screen_text(app)) == (loss == "hinge")

    run_async(case)


def test_fd_comes_first_with_its_floor_and_d_pulls_against_g(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, Mode.ATTACH) as (app, pilot):
            lines = screen_text(app).splitlines()
            assert re.match(r" FD +32\.94 .*floor 1\.70 +d_loss ", lines[-3])
            assert re.match(r" D\(x\) 0\.78 ━+┿━.* 0\.32 D\(G\(z\)\) +g_loss ", lines[-2])
            await press(pilot, "tab", "tab", "enter")
            assert "FD  floor 1.70" in screen_text(app), "its curve is its larger form"

    with HeldRun(run):
        run_async(case)


def test_without_an_evaluation_it_says_what_brings_one(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case(words: str, mode: Mode) -> None:
        async with opened(run, mode, (200, 60)) as (app, _):
            await until(lambda: words in screen_text(app))

    run_async(lambda: case("FD       not measured: see view 4", Mode.WATCH))
    with HeldRun(run):
        run_async(lambda: case("FD       not measured yet: e measures now", Mode.ATTACH))


def test_a_run_of_numbers_alone_has_no_empty_panels(tmp_path: Path) -> None:
    """Another program's: no FD, no D, no evaluation."""
    run = directory.create(tmp_path, config.resolve(), "table")
    (run.path / "run.toml").write_text('task = "file"\n')
    scalars: dict[str, events.Scalar] = {"train/loss": 0.5}
    append(run, *(events.Metrics(t=BIRTH + step, scalars=scalars, elapsed=float(step), rate=1.0, step=step) for step in range(1, 30)))

    async def case() -> None:
        for size in ((80, 24), (120, 40), (200, 60)):
            async with opened(run, Mode.WATCH, size) as (app, _):
                await until(lambda: "train/loss" in screen_text(app))
                text = screen_text(app)
                assert not [word for word in ("FD", "D(x)", "pairwise", "measured", "evaluat") if word in text]

    run_async(case)


def test_the_machine_is_read_as_soon_as_there_is_room_for_it(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(SystemFeed, "ask", lambda _, snapshot: asked.append(snapshot.name))
    monkeypatch.setattr(gan_tui.dashboard.views.overview, "SYSTEM_SECONDS", 1e9)  # after the first time, never again
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(120, 40)):
            await until(lambda: len(asked) > 1)  # the use of the CPU lies between two readings

    with HeldRun(run):
        run_async(case)
