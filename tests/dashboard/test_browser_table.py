"""What the browser's table says of each run, and the box below it of one, in any width."""

import asyncio
import os
import re
from itertools import product
from pathlib import Path

import pytest
from rich.cells import cell_len

from gan_tui import config
from gan_tui.config.foreign import CommandConfig
from gan_tui.dashboard import timing
from gan_tui.dashboard.browser import RunsBrowser
from gan_tui.render.glyphs import ASCII, UNICODE
from gan_tui.run import directory, events, label
from gan_tui.run.label import Label
from gan_tui.sweep import report
from tests.dashboard.browsing import browsing, finished, last_lines, read
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import BIRTH, append, make_run, metrics, recorded, run_async, screen_text, show_preview, started, until


def test_a_script_is_listed_by_its_own_loss_and_a_budget_by_its_epochs(tmp_path: Path) -> None:
    theirs = directory.create(tmp_path / "runs", CommandConfig(command=("train.py",), cwd=str(tmp_path)), "theirs")
    said = events.Metrics(t=BIRTH + 1, step=900, scalars={"training_loss": 0.125}, elapsed=1.0, rate=900.0)
    append(theirs, events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0), said)
    timed = make_run(tmp_path, "timed")
    append(timed, started(budget=180.0), metrics(9_000))

    async def case() -> None:
        async with browsing(tmp_path / "runs") as (app, pilot):
            lines = screen_text(app).splitlines()
            assert any(re.search(r"theirs .* 0\.125 ", line) for line in lines)
            assert any(re.search(r"timed .* 1[56] ", line) for line in lines)
            assert any(re.search(r"theirs .* step 900 ", line) for line in lines), "it has no epochs"
            assert any(re.search(r"run +state +epochs ", line) for line in lines)
            await pilot.press("slash", *"theirs", "enter")
            await until(lambda: re.search(r"done +best FD +training_loss ", screen_text(app)) is not None)
            assert any(re.search(r"theirs .* 0\.125 ", line) for line in screen_text(app).splitlines())

    run_async(case)


@pytest.mark.parametrize(("later", "told"), [(7200.0, True), (200.0, True), (-3600.0, False)])
def test_what_was_written_before_the_clock_was_set_back_has_no_age(
    later: float, told: bool, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was `0 s ago` until the clock was there again. Other machines' clocks may be a little ahead."""
    monkeypatch.setattr(timing, "now", lambda: BIRTH + later)

    async def case() -> None:
        async with browsing(runs, (140, 40)) as (app, _):
            await until(lambda: "200/200" in screen_text(app))
            assert (" ago" in screen_text(app)) == told

    run_async(case)


def test_curves_of_several_numbers_have_their_names(runs: Path) -> None:
    theirs = directory.create(runs, CommandConfig(command=("train.py",), cwd=str(runs)), "theirs")
    append(
        theirs,
        events.Started(t=BIRTH, device="", device_name="host", epochs=0, steps_per_epoch=0),
        *(events.Metrics(t=BIRTH + n, step=n, scalars={"acc": n / 40, "train [b]": 0.5}, elapsed=n, rate=1.0) for n in range(1, 31)),
    )

    async def case() -> None:
        for width in (80, 140, 200):
            async with browsing(runs, (width, 24)) as (app, _):
                assert re.search(r"theirs .* acc 0\.750", screen_text(app))
                assert re.search(r"theirs .* acc 0\.750 [▁▂▃▄▅▆▇]{4}", screen_text(app)) or width == 80
                assert re.search(r"mnist-classic .* FD [▁▂▃▄▅▆▇]", screen_text(app))
                assert re.search(r"best FD +curve", screen_text(app))

    run_async(case)


def test_of_a_verdict_that_fills_its_line_the_step_is_left_out_whole(runs: Path) -> None:
    async def case() -> None:
        for width, step in ((80, True), (66, False)):
            async with browsing(runs, (width, 24), at="20261123-214100-mnist-classic") as (app, _):
                await until(lambda: "for 2,400 steps" in screen_text(app))
                assert ("(step 21,600)" in screen_text(app), "(step" in screen_text(app)) == (step, step)

    run_async(case)


def test_a_run_without_images_has_all_its_numbers_in_their_place(runs: Path) -> None:
    numbers: dict[str, events.Scalar] = {f"term {number}": float(number) for number in range(9)}
    numbers |= {"accuracy": 0.75, "a [bold]name[/] of its own": 3.5}
    append(make_run(runs.parent, "numbers"), events.Metrics(t=BIRTH, step=3, scalars=numbers, elapsed=1.0, rate=3.0))

    async def case() -> None:
        for size in ((80, 24), (200, 60)):
            async with browsing(runs, size, at="numbers") as (app, _):
                await until(lambda: "accuracy 0.750" in screen_text(app))
                shown = screen_text(app)
                assert "no samples" not in shown
                assert "term 8 8.000" in shown
                assert "[bold]name[/] of its own 3.500" in shown

    run_async(case)


def test_the_title_keeps_the_end_of_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long path is cut in its middle, and who is at home reads `~`."""
    folder = tmp_path / ("a-long-name-of-a-disk-" * 4) / "runs-of-may"
    folder.mkdir(parents=True)

    async def first_line() -> str:
        async with browsing(folder) as (app, _):
            return screen_text(app).splitlines()[0]

    assert "runs-of-may " in asyncio.run(first_line())
    monkeypatch.setenv("HOME", str(folder.parent))
    assert asyncio.run(first_line()).startswith(" gan-tui runs ~/runs-of-may ")


def test_the_folder_of_runs_has_its_full_name_where_no_home_is_known(runs: Path, no_home: None) -> None:  # noqa: ARG001
    async def case() -> None:
        async with browsing(runs, (200, 24)) as (app, _):
            assert str(runs) in screen_text(app)

    run_async(case)


@pytest.mark.slow
def test_no_heading_is_cut_and_the_frame_keeps_its_width_while_a_filter_is_typed(runs: Path) -> None:
    """Whether or not the names leave a column just the cells that it needs."""
    theirs = directory.create(runs, CommandConfig(command=("train.py",), cwd=str(runs)), "theirs")
    append(
        theirs,
        started(epochs=0, steps_per_epoch=0),
        events.Metrics(t=BIRTH + 1, step=9_000, scalars={"training_loss": 0.125}, elapsed=1.0, rate=9.0),
    )
    for length in (3, *range(10, 19)):
        append(
            make_run(runs.parent, "n" * length), *recorded(3), events.Metrics(step=9, scalars={"training_loss": 1}, elapsed=1.0, rate=9.0)
        )

    async def case() -> None:
        async with browsing(runs) as (app, pilot):
            words_typed = ("", "w", "theirs", *(f"name={'n' * length}" for length in (3, *range(10, 19))))
            for size, words in product([(60, 20), (80, 24), (120, 40), (133, 37), (200, 60)], words_typed):
                if not words:
                    await pilot.resize_terminal(*size)
                await pilot.press("slash")
                app.browser.filter_input.value = words
                await until(lambda: app.browser.runs.filter == words and app.browser.filter_input.size.width > 0)  # noqa: B023
                await read(app)
                await pilot.pause()
                assert app.browser.table.outer_size.width == app.browser.box.outer_size.width == size[0] or size[0] == 200
                assert "enter keep it  esc show all" in last_lines(app)
                heading = uncut(app).splitlines()[1].split("╭")[0]
                assert re.search(r" run( [\d-]+ of \d+)? +state +(done|epochs)", heading)
                assert "…" not in heading
                await pilot.press("enter")
                await pilot.pause()
                assert "…" not in uncut(app).splitlines()[1]

    run_async(case)


def test_hostile_names_and_logs(tmp_path: Path) -> None:
    folder = tmp_path / "runs"
    for name in ("[red]x", "evil\x1b[2J\nname", "寿司" * 20, "a" * 200, "eager"):
        (folder / name).mkdir(parents=True)
        (folder / name / "run.toml").write_text("")
    (folder / "eager" / "events.jsonl").write_bytes(b"\xff\x00" * 1000 + b'{"kind":"note","t":1e11,"text":"\\u001b[2J"}\n' * 50)
    (folder / "eager" / "preview.msgpack").write_bytes(b"not images")
    os.mkfifo(folder / "[red]x" / "events.jsonl")

    async def case() -> None:
        for glyphs in (UNICODE, ASCII):
            async with browsing(folder, (120, 40), glyphs) as (app, pilot):
                for _ in range(5):
                    await pilot.press("down")
                    await pilot.pause()
                    text = screen_text(app)
                    assert not any(sign in text for sign in "\x1b\x07\r")
                    assert "[red]x" in text

    run_async(case)


@pytest.mark.parametrize("size", [(60, 20), (61, 20), (80, 24), (120, 40), (133, 37), (200, 60), (201, 60)])
def test_names_of_wide_characters_keep_frame_and_columns_straight(size: tuple[int, int], tmp_path: Path) -> None:
    run = make_run(tmp_path, "plain")
    append(run, *recorded(3), finished())
    run.path.rename(run.path.with_name("寿司の学習 [red]x運転" * 9))
    append(make_run(tmp_path, "other"), *recorded(3), finished())

    async def case() -> None:
        async with browsing(tmp_path / "runs", size, at="寿司の学習 [red]x運転" * 9) as (app, pilot):
            await pilot.pause()
            await until(lambda: screen_text(app).count("stopped") == 2)
            lines = screen_text(app).splitlines()
            assert {cell_len(line) for line in lines if line.endswith(("╮", "│", "╯"))} == {size[0]}
            states = [cell_len(line[: line.index("stopped")]) for line in lines if "stopped" in line]
            assert len(set(states)) == 1

    run_async(case)


def test_what_is_done_has_its_unit_where_that_is_not_the_title(swept: Path) -> None:
    append(directory.create(swept, config.StyleConfig(), "painted"), started(epochs=2), metrics(60))
    append(make_run(swept.parent, "half-way"), *recorded(3))

    async def case() -> None:
        async with browsing(swept) as (app, pilot):
            heading, *lines = screen_text(app).splitlines()[1:]
            assert re.search(r"run +state +epochs +best FD", heading)
            assert any(re.search(r"rates +sweep +2/3 trials ", line) for line in lines)
            assert any(re.search(r"painted .* 0/2 scales ", line) for line in lines)
            assert any(re.search(r"half-way .* 36/200  ", line) for line in lines)
            await pilot.press("slash", *"rates", "enter")
            await until(lambda: re.search(r"run +state +trials +best FD", screen_text(app)) is not None)
            assert re.search(r"rates +sweep +2/3  ", screen_text(app))
            assert "1 of 3 runs and 1 sweep" in screen_text(app)

    run_async(case)


@pytest.mark.parametrize(("size", "heading"), [((60, 20), r"run +state +epochs +best FD\n"), ((40, 12), r"run +state +best FD\n")])
def test_the_best_fd_is_there_on_a_narrow_screen(size: tuple[int, int], heading: str, runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs, size) as (app, _):
            await until(lambda: re.search(r"2026.*….*c +stopped .*32\.94\n", screen_text(app)) is not None)
            assert re.search(heading, screen_text(app))

    run_async(case)


@pytest.mark.parametrize(("width", "counts"), [(80, "1 run, 1 sweep · 1 archived · by name"), (40, "1 run, 1 sweep · by name")])
def test_a_count_is_whole_or_left_out(width: int, counts: str, swept: Path) -> None:
    label.write(swept / "alone", Label(archived=True))

    async def case() -> None:
        async with browsing(swept, (width, 20)) as (app, pilot):
            await pilot.press("o")
            await until(lambda: screen_text(app).splitlines()[0].endswith(f"  {counts}"))

    run_async(case)


def test_a_sweep_is_put_away_and_had_back(swept: Path) -> None:
    name = next(folder.name for folder in report.folders(swept))

    async def case() -> None:
        async with browsing(swept, (80, 20)) as (app, pilot):
            app.browser.runs.go_to(name)
            await pilot.press("d")
            await until(lambda: "only runs are deleted: enter shows the sweep's trials, a puts the sweep away" in screen_text(app))
            await pilot.press("a")
            await until(lambda: f"archived, u takes that back: {name}" in screen_text(app))
            assert name not in [row.name for row in app.browser.runs.rows]
            await pilot.press("u")
            await until(lambda: name in [row.name for row in app.browser.runs.rows])

    run_async(case)


def test_by_fd_the_runs_of_each_feature_network_stand_together(tmp_path: Path) -> None:
    for name, network, fd in (("first", "random-conv-v1", 0.5), ("second", "mnist-cnn-v1", 2.0), ("third", "mnist-cnn-v1", 0.7)):
        append(make_run(tmp_path, name), metrics(9), events.Evaluation(t=BIRTH, scalars={"fd": fd}, network=network, seconds=1.0, step=9))

    async def case() -> None:
        async with browsing(tmp_path / "runs", (140, 30)) as (app, pilot):
            assert re.search(r"best FD +network ", screen_text(app))
            await pilot.press("o", "o")
            await until(lambda: "sorted by network, fd" in screen_text(app))
            assert re.findall("first|second|third", screen_text(app))[:3] == ["third", "second", "first"]
            assert " by network, fd" in screen_text(app).splitlines()[0]
            await pilot.press("slash", *"network:mnist", "enter")
            await until(lambda: re.search(r"best FD +network ", screen_text(app)) is None)
            assert " by fd" in screen_text(app).splitlines()[0]

    run_async(case)


@pytest.mark.parametrize("size", [(160, 45), (200, 60)])
def test_what_a_sweep_says_is_whole_where_images_can_make_room(size: tuple[int, int], swept: Path) -> None:
    """It was cut after three lines, above forty lines of images."""
    for trial in directory.all_runs(swept / "rates"):
        show_preview(trial)

    async def case() -> None:
        async with browsing(swept, size, at="rates") as (app, _):
            await until(lambda: "@" in screen_text(app))
            assert "table and chart" in words_beside(app)

    run_async(case)


def test_why_a_run_failed_is_whole_where_lines_are_free(tmp_path: Path) -> None:
    run = make_run(tmp_path, "broken")
    append(run, started(), metrics(9), events.Error(t=BIRTH + 2, text=f"{'the disk is full, and ' * 10}nothing was saved", step=9))
    append(run, finished("failed"))

    async def case() -> None:
        async with browsing(tmp_path / "runs", (160, 30)) as (app, _):
            assert "nothing was saved" in words_beside(app)
            assert "d_loss" in words_beside(app), "the numbers stand below"

    run_async(case)


def words_beside(app: RunsBrowser) -> str:
    """What stands in the panel beside the table, as one line."""
    return " ".join(" ".join(line.split("│")[1] for line in screen_text(app).splitlines() if line.count("│") == 2).split())


def test_where_runs_are_hidden_the_title_says_which_are_seen(runs: Path) -> None:
    async def case() -> None:
        async with browsing(runs, (60, 20)) as (app, pilot):
            assert not re.search(r"\d-\d+ of", screen_text(app))
            for number in range(9):
                make_run(runs.parent, f"more-of-them-{number}")
            app.browser.take()
            count = len(app.browser.runs.rows)
            await pilot.press("home")
            await until(lambda: f"run 1-5 of {count}" in screen_text(app))
            await pilot.press("end")
            await until(lambda: f"run {count - 4}-{count} of {count}" in screen_text(app))

    run_async(case)
