"""Runs side by side: every key, any size, runs that have nothing in common."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.geometry import Size
from textual.pilot import Pilot

from gan_tui import config
from gan_tui.config.foreign import CommandConfig, ScriptConfig
from gan_tui.dashboard.browser import Choice, RunsBrowser
from gan_tui.dashboard.browser_commands import COMPARE_COMMANDS
from gan_tui.dashboard.run_list import MOST_COMPARED
from gan_tui.dashboard.screens import compare
from gan_tui.dashboard.screens.compare import CompareScreen
from gan_tui.dashboard.screens.help import HelpScreen
from gan_tui.dashboard.widgets.comparison import Compared, Differences
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import BIRTH, append, judged, make_run, metrics, recorded, run_async, screen_text, show_preview, started, until


@pytest.fixture
def pair(tmp_path: Path) -> list[RunDirectory]:
    first = make_run(tmp_path)
    append(first, *judged())
    show_preview(first)
    settings = config.resolve(
        config.DEFAULT_PRESET, [config.parse_assignment("optimizer.g_lr=1e-3"), config.parse_assignment("model.hidden=512")]
    )
    second = directory.create(tmp_path / "runs", settings, "second")
    append(second, *recorded(60)[:40], events.Finished(t=BIRTH + 150, outcome="stopped", epoch=20, elapsed=120.0, step=14_000))
    show_preview(second, 20)
    return [first, second]


@asynccontextmanager
async def comparing(
    runs: list[RunDirectory], size: tuple[int, int] = (80, 24), glyphs: Glyphs = UNICODE
) -> AsyncIterator[tuple[RunsBrowser, CompareScreen, "Pilot[Choice]"]]:
    app = RunsBrowser(runs[0].path.parent, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        screen = CompareScreen(runs, glyphs)
        await app.push_screen(screen)
        await until(lambda: not screen.curves.waiting and all(not run.follower.behind for run in screen.runs))
        await pilot.pause(0.1)
        yield app, screen, pilot


@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])
def test_golden(width: int, height: int, glyphs: Glyphs, pair: list[RunDirectory], golden: Golden) -> None:
    async def case() -> None:
        async with comparing(pair, (width, height), glyphs) as (app, _, _pilot):
            golden(uncut(app), f"compare-{width}x{height}-{'unicode' if glyphs.unicode else 'ascii'}")

    run_async(case)


def test_every_key(pair: list[RunDirectory]) -> None:
    async def case() -> None:
        async with comparing(pair) as (app, screen, pilot):
            assert " d_loss " in screen_text(app)
            for key, name in (
                ("right", "g_loss"),
                ("l", "D(x)"),
                ("left", "g_loss"),
                ("h", "d_loss"),
                ("shift+tab", None),
                ("tab", "d_loss"),
            ):
                await pilot.press(key)
                await pilot.pause()
                heading = screen.curves.draw(screen.curves.size)[0][0][0].strip()
                assert name is None or heading == name
            await pilot.press("y")
            await pilot.pause()
            assert "logarithmic" in screen_text(app)
            for words in ("means of 5 points", "means of 25 points"):
                await pilot.press("a")
                await pilot.pause()
                assert words in screen_text(app)
            await pilot.press("a")
            await pilot.pause()
            assert "means of" not in screen_text(app)
            await pilot.press("enter")
            await pilot.pause()
            assert screen.curves.size.height > 12
            await pilot.press("enter")
            await pilot.pause()
            assert screen.samples[0].size.height > 12
            await pilot.press("enter", "question_mark")
            await pilot.pause()
            assert isinstance(app.screen, HelpScreen)
            assert all(command.sign in screen_text(app) for command in COMPARE_COMMANDS)
            await pilot.press("escape", "t", "q")
            await pilot.pause()
            assert not isinstance(app.screen, CompareScreen)
            assert app.is_running

    run_async(case)


def test_settings_that_differ_and_only_those(pair: list[RunDirectory]) -> None:
    async def case() -> None:
        async with comparing(pair, (120, 40)) as (app, screen, _):
            assert screen.differences.names == ["model.hidden", "optimizer.g_lr"]
            (both,) = screen.differences.draw(Size(120, 1))
            assert {"model.hidden", "optimizer.g_lr"} <= set("".join(text for text, _ in both).split()), (
                "beside each other where there is room"
            )
            lines = ["".join(text for text, _ in line) for line in screen.differences.draw(Size(40, 1))]
            assert lines == ["and 2 more"]
            assert "■ 256      ▲ 512" in screen_text(app)
        async with comparing([pair[0], pair[0]], (120, 40)) as (app, screen, _):
            assert "all settings are the same" in screen_text(app)

    run_async(case)


def test_only_settings_that_two_of_the_runs_have_are_compared(pair: list[RunDirectory], tmp_path: Path) -> None:
    script = directory.create(tmp_path / "others", ScriptConfig(script="train.py"), "script")
    runs = [Compared(run, position, UNICODE) for position, run in enumerate([*pair, script])]
    differences = Differences(runs[1:], UNICODE)
    assert differences.names == []
    assert differences.draw(Size(80, 3))[0][0][0].strip() == "settings cannot be compared: no two of these runs have one in common"
    assert Differences(runs, UNICODE).names == ["model.hidden", "optimizer.g_lr"], "the script's run has neither"


def test_commands_that_differ_are_said_as_they_are_typed(tmp_path: Path) -> None:
    commands = [("python", "/home/me/experiments/train.py", "--lr", rate) for rate in ("3e-4", "1e-3")]
    runs = [directory.create(tmp_path, CommandConfig(command=command, cwd="/"), f"run-{index}") for index, command in enumerate(commands)]

    async def case() -> None:
        async with comparing(runs, (120, 40)) as (app, _, _pilot):
            line = next(line for line in screen_text(app).splitlines() if line.startswith(" command"))
            assert all(words in line for words in ("n.py --lr 3e-4 ", "n.py --lr 1e-3"))

    run_async(case)


def test_a_run_without_epochs_has_its_step_and_not_as_epochs(pair: list[RunDirectory], tmp_path: Path) -> None:
    theirs = directory.create(tmp_path / "others", ScriptConfig(script="train.py"), "script")
    said = events.Metrics(step=8_431, scalars={"loss": 0.125}, elapsed=1.0, rate=1.0)
    append(theirs, events.Started(device="", device_name="host", epochs=0, steps_per_epoch=0), said)

    async def case() -> None:
        async with comparing([pair[0], theirs]) as (app, _, _pilot):
            title, first, second = screen_text(app).splitlines()[1:4]
            assert title.split()[:3] == ["run", "state", "epochs"]
            assert "36/200" in first
            assert "step 8,431" in second

    run_async(case)


def test_a_live_run_goes_on(pair: list[RunDirectory], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare, "LOOK_SECONDS", 0.02)

    async def case() -> None:
        async with comparing(pair) as (app, _, _pilot):
            append(pair[1], events.Phase(name="training"), metrics(60_000, d_loss=0.321))
            await until(lambda: "0.321" in screen_text(app))

    run_async(case)


@pytest.mark.slow
def test_runs_without_anything_in_common(tmp_path: Path) -> None:
    runs = [make_run(tmp_path, f"run-{number}") for number in range(MOST_COMPARED + 2)]
    append(runs[1], started(), metrics(1, float("nan"), float("inf"), 0.5, 0.5))
    append(runs[2], events.Metrics(scalars={"their own [name]": 3.0}, elapsed=1.0, rate=1.0, step=7))
    runs[3].config_file.write_text("[train]\nepochs = 'many'\n")
    runs[4].preview.write_bytes(b"no images")

    async def case() -> None:
        for glyphs in (UNICODE, ASCII):
            async with comparing(runs, glyphs=glyphs) as (app, screen, pilot):
                assert "2 more" in screen_text(app)
                for _ in range(3):
                    await pilot.press("right", "y")
                for size in ((10, 3), (1, 1), (40, 12), (160, 50)):
                    await pilot.resize_terminal(*size)
                    await pilot.pause()
                    assert len(screen_text(app).splitlines()) == size[1]
                del screen

    run_async(case)


def test_it_opens_on_a_number_that_the_runs_share_and_stays_where_one_went(pair: list[RunDirectory], tmp_path: Path) -> None:
    theirs = [directory.create(tmp_path / "others", ScriptConfig(), name) for name in ("first", "second")]
    for run in theirs:
        append(run, events.Metrics(t=BIRTH, step=9, scalars={"acc": 0.5, "loss": 0.25}, elapsed=1.0, rate=9.0))

    async def case() -> None:
        async with comparing([pair[0], *theirs]) as (app, screen, pilot):
            assert screen_text(app).splitlines()[5].split()[0] == "loss"
            assert screen_text(app).splitlines()[1].split()[3:5] == ["loss", "acc"], "columns that most of them fill come first"
            await pilot.press("right", "right")
            chosen = screen_text(app).splitlines()[5].split()[0]
            append(theirs[0], events.Metrics(t=BIRTH + 1, step=10, scalars={"d_loss": 0.5}, elapsed=2.0, rate=9.0))
            screen.runs[1].follower.look()
            screen.curves.redraw()
            await pilot.pause()
            assert screen_text(app).splitlines()[5].split()[0] == chosen
        async with comparing([pair[0], theirs[0]]) as (app, _, _pilot):
            assert "no number in common" not in screen_text(app)
        alone = directory.create(tmp_path / "others", ScriptConfig(), "alone")
        append(alone, events.Metrics(t=BIRTH, step=9, scalars={"other": 0.5}, elapsed=1.0, rate=9.0))
        async with comparing([theirs[1], alone]) as (app, _, _pilot):
            assert "no number in common" in screen_text(app).splitlines()[0]

    run_async(case)


def test_of_scripts_without_samples_the_chart_has_their_room_and_no_column_is_of_fd(tmp_path: Path) -> None:
    runs = [directory.create(tmp_path / "runs", ScriptConfig(), name) for name in ("first", "second")]
    for run in runs:
        append(run, events.Metrics(t=BIRTH, step=9, scalars={"loss": 0.5}, elapsed=1.0, rate=9.0))

    async def case() -> None:
        async with comparing(runs, (120, 40)) as (app, screen, pilot):
            await until(lambda: "no samples" not in screen_text(app))
            assert screen.curves.size.height > 25
            assert "FD" not in screen_text(app)
            show_preview(runs[0])
            screen.runs[0].follower.look()
            screen._draw()
            await pilot.pause()
            assert "no samples" in screen_text(app), "the second has none"

    run_async(case)


def test_numbers_of_ones_own_are_compared_losses_first(tmp_path: Path) -> None:
    runs = [directory.create(tmp_path / "runs", ScriptConfig(), name) for name in ("first", "second")]
    for run, loss in zip(runs, (1.25, 2.5), strict=True):
        append(run, events.Metrics(t=BIRTH, step=9, scalars={"acc": 0.5, "train Loss": loss}, elapsed=1.0, rate=9.0))

    async def case() -> None:
        async with comparing(runs) as (app, screen, _pilot):
            await until(lambda: "1.250" in screen_text(app))
            assert "train L\u2026" in screen_text(app)
            assert "2.500" in screen_text(app)
            assert "d_loss" not in screen_text(app)
            assert [panel.key for panel in screen.curves.panels()] == ["train Loss", "acc", "steps/s"]

    run_async(case)


@pytest.mark.slow
def test_each_chart_has_its_name_however_many_runs_there_are_and_values_only_of_those_that_have_the_number(
    pair: list[RunDirectory], tmp_path: Path
) -> None:
    others = [directory.create(tmp_path / "others", ScriptConfig(script="train.py"), f"script-{number}") for number in range(5)]
    for number, run in enumerate(others):
        append(run, started(epochs=0), *(events.Metrics(step=s, scalars={"val": 0.5 + number}, elapsed=1.0, rate=9.0) for s in (1, 9)))

    async def case() -> None:
        async with comparing([*others, *pair]) as (app, _, pilot):
            for size in [(60, 20), (80, 24), (120, 40), (133, 37), (200, 60)]:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                seen = set()
                for _ in range(25):
                    await pilot.press("right")
                    await pilot.pause()
                    heading = screen_text(app).splitlines()[2 + 7]  # behind the title and the table
                    seen.add(heading.split()[0])
                    assert re.match(r" [\w/()-]+( \w+)*  [^\d\s] ", heading), "a name, then the sign of a run"
                    assert "–" not in heading
                    if heading.startswith(" val"):
                        assert "4.500" in heading or re.search(r"… [1-4] more", heading)
                assert {"d_loss", "val"} <= seen

    run_async(case)
