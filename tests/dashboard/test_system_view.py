"""The view `system`: golden screens out of given readings, and what it says where nothing can be read."""

from contextlib import nullcontext
from pathlib import Path

import pytest
from textual.geometry import Size

from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.system_feed import SystemFeed
from gan_tui.dashboard.system_panels import UsageHistory, trainer_panel
from gan_tui.dashboard.views.system import SystemView
from gan_tui.dashboard.widgets.cores import Cores, CoreUse
from gan_tui.render.bars import area
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.text import bytes_in_words
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Threads
from gan_tui.run.launch import Mode
from gan_tui.system.readings import Folder, Gpu, Gpus, Machine, Processes, Readings
from gan_tui.system.sampler import ELSEWHERE, NOBODY
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import HeldRun, append, make_run, opened, recorded, resized, run_async, run_screen, screen_text, settle, until

GIB = 1 << 30


def gpu(number: int, wave: float) -> Gpu:
    return Gpu(number, "NVIDIA H200", 0.5 + wave / 2, round((20 + 100 * wave) * GIB), round(139.8 * GIB), 50 + 20 * wave, 92, 312.4, 700)


def readings(index: int, gpus: int = 1) -> Readings:
    """A machine at work: waves everywhere."""
    wave = (index % 16) / 16
    return Readings(
        Gpus(tuple(gpu(number, wave) for number in range(gpus))),
        Processes((4242,), 1 + wave, round((1.4 + wave) * GIB)),
        Processes((4243,), 0.023, 61 << 20),
        Machine(
            "trainbox", 16, 3.2 + wave, 30 * GIB, 125 * GIB, tuple((number + index) % 16 / 16 for number in range(16)), "AMD EPYC 9655"
        ),
        Folder(74 * GIB, 2000 * GIB, 143 << 20, 4),
    )


@pytest.fixture(autouse=True)
def no_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Readings come from the tests alone."""
    monkeypatch.setattr(SystemFeed, "ask", lambda *_: None)


def system_view(app: Dashboard) -> SystemView:
    view = run_screen(app).view
    assert isinstance(view, SystemView)
    return view


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(
    ("width", "height", "gpus", "glyphs"),
    [(80, 24, 1, UNICODE), (120, 40, 1, UNICODE), (200, 60, 1, UNICODE), (80, 24, 8, UNICODE), (80, 24, 1, ASCII), (40, 12, 1, UNICODE)],
)
def test_golden(
    width: int, height: int, gpus: int, glyphs: Glyphs, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    append(run, *recorded())

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (width, height), glyphs) as (app, pilot):
            await pilot.press("5")
            await pilot.pause()
            for index in range(60):
                system_view(app).feed.take(readings(index, gpus))
            await settle(app)
            text = uncut(app)
            assert all(len(line) <= width for line in text.splitlines())
            golden(text, f"system-{width}x{height}-{gpus}-gpu-{'unicode' if glyphs.unicode else 'ascii'}")

    with HeldRun(run):
        run_async(case)


@pytest.mark.slow
def test_no_panel_is_cut_off_without_a_word(run: RunDirectory) -> None:
    append(run, *recorded(3))
    cases = [(60, 20, 0, True), (60, 20, 1, True), (80, 20, 1, True), (120, 20, 8, True), (60, 20, 8, False), (40, 12, 1, False)]

    async def case() -> None:
        async with opened(run, Mode.WATCH) as (app, pilot):
            await pilot.press("5")
            for width, height, gpus, whole in cases:
                system_view(app).feed.take(readings(0, gpus))
                shown = await resized(app, pilot, width, height)
                assert ("4 checkpoints" in shown) == whole, "the last row of the last panel"
                assert ("taller terminal" in shown) == (not whole)
                shown = await resized(app, pilot, 80, 60)
                assert "─ run folder" in shown
                assert "4 checkpoints" in shown
                assert "taller terminal" not in shown

    run_async(case)


def test_what_cannot_be_read_is_a_word_and_never_a_number(run: RunDirectory) -> None:
    append(run, *recorded(3))
    nothing = Gpu(0, "NVIDIA A100 MIG", None, None, None, None, None, None, None)
    unknown = readings(0)._replace(trainer=Processes((), None, None, NOBODY), gpus=Gpus((), ELSEWHERE), folder=Folder(None, None, 0, 0))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("5")
            assert "reading…" in screen_text(app)
            feed = system_view(app).feed
            feed.take(unknown)
            await until(lambda: NOBODY in screen_text(app))
            assert ELSEWHERE in screen_text(app)
            feed.take(readings(0)._replace(gpus=Gpus((nothing,))))
            await until(lambda: "– W" in screen_text(app))
            assert "of –" in screen_text(app)
            feed.take(None)  # a reading that failed changes nothing
            assert "MIG" in screen_text(app)

    with HeldRun(run):
        run_async(case)


def test_readings_are_made_while_the_view_is_open_and_never_in_the_event_loop(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("XDG_CONFIG_HOME", str(run.path))
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            view = run_screen(app).view_of("system")
            assert isinstance(view, SystemView)
            assert view.feed.readings is None, "nobody looks"
            await pilot.press("5")
            await until(lambda: view.feed.readings is not None)
            await until(lambda: "of a core" in screen_text(app))
            assert NOBODY in screen_text(app)

    run_async(case)


@pytest.mark.parametrize(("size", "held", "told"), [((120, 40), False, True), ((80, 24), False, False), ((120, 40), True, False)])
def test_in_free_room_stands_what_is_known_of_a_trainer_that_is_gone(
    size: tuple[int, int], held: bool, told: bool, run: RunDirectory
) -> None:
    append(run, *recorded(3))
    unknown = readings(0)._replace(trainer=Processes((), None, None, NOBODY), gpus=Gpus((), ELSEWHERE))

    async def case() -> None:
        async with opened(run, Mode.WATCH, size) as (app, pilot):
            await pilot.press("5")
            system_view(app).feed.take(unknown)
            await until(lambda: NOBODY in screen_text(app))
            rows = ("device       NVIDIA H200", "mean speed   ", "of training")
            if told:
                await until(lambda: all(row in screen_text(app) for row in rows))
            assert any(row in screen_text(app) for row in rows) == told

    with HeldRun(run) if held else nullcontext():
        run_async(case)


@pytest.mark.parametrize(("products", "why", "value"), [("onednn", "2.0 times as fast", "oneDNN"), ("torch", "", "torch")])
def test_which_library_multiplies_is_said_and_why(products: str, why: str, value: str) -> None:
    shown = readings(3)
    begun = events.Started(device="cpu", device_name="cpu", epochs=1, steps_per_epoch=1, products=products, products_why=why)
    meter = trainer_panel(shown.trainer, shown.machine, UsageHistory(), UNICODE, started=begun).meters[-1]
    assert (meter.label, meter.value, meter.note.strip()) == ("multiplies", value, why)


@pytest.mark.parametrize(("count", "width", "rows"), [(2, 56, 2), (16, 56, 8), (192, 96, 2), (192, 196, 1)])
def test_every_core_is_shown_whatever_their_number(count: int, width: int, rows: int) -> None:
    cores = Cores(UNICODE)
    cores.data = [CoreUse(0.5, [0.25, 0.5])] * count
    assert cores.rows(width) == rows
    lines = ["".join(text for text, _ in line) for line in cores.draw(Size(width, rows))]
    assert len(lines) == rows
    assert all(len(line) <= width for line in lines)
    assert sum(line.count("50 %") for line in lines) == count or sum(map(len, lines)) == count


@pytest.mark.parametrize(("gpus", "left"), [(0, True), (1, False)])
def test_in_free_room_stands_the_speed_of_the_whole_run(gpus: int, left: bool, run: RunDirectory) -> None:
    append(run, *recorded(30))

    async def case() -> None:
        async with opened(run, Mode.WATCH, (120, 40)) as (app, pilot):
            await pilot.press("5")
            system_view(app).feed.take(readings(0, gpus))
            await until(lambda: "speed · steps/s" in screen_text(app))
            line = next(line for line in screen_text(app).splitlines() if "speed · steps/s" in line)
            assert (line.index("speed") < 60) == left

    with HeldRun(run):
        run_async(case)


def test_the_trainers_threads_are_a_row_once_it_has_changed_them() -> None:
    shown = readings(0)
    threads = Threads(step=100, count=1, most=2, rate=57.0, before=10.0)
    meters = trainer_panel(shown.trainer, shown.machine, UsageHistory(), UNICODE, threads).meters
    assert [(meter.label, meter.value) for meter in meters][-1] == ("threads", "1")
    assert "57 steps/s, 10 before" in meters[-1].note
    assert "threads" not in [meter.label for meter in trainer_panel(shown.trainer, shown.machine, UsageHistory(), UNICODE).meters]


def test_courses_keep_gaps() -> None:
    assert area([0.0, 1.0, None, float("nan"), 0.5], 7, 1, UNICODE) == ["  ▁█  ▄"]
    assert area([0.0, 1.0, 0.5], 3, 2, UNICODE) == [" █ ", "▁██"]
    assert area([2.0, -1.0], 2, 1, ASCII) == ["#_"]
    assert area([1.0], 0, 3, UNICODE) == []


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0.00 KiB"),
        (999 * 1024, "999 KiB"),
        (1023 * 1024, "1.00 MiB"),
        (12_700_000, "12.1 MiB"),
        (1 << 60, "1024 PiB"),
        (None, "–"),
        (-1, "–"),
    ],
)
def test_bytes_have_three_digits(count: int | None, words: str) -> None:
    assert bytes_in_words(count, UNICODE) == words


@pytest.mark.parametrize(("size", "told"), [((80, 30), True), ((120, 40), True), ((60, 30), False)])
def test_what_a_gap_in_a_history_means_is_said_where_one_is_drawn(size: tuple[int, int], told: bool, run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run, Mode.WATCH, size) as (app, pilot):
            await pilot.press("5")
            system_view(app).feed.take(readings(0, 0))
            await settle(app)
            assert "4 checkpoints" in uncut(app)
            assert ("a gap: this view was closed, or nothing was read" in screen_text(app)) == told

    run_async(case)


def test_a_reading_that_comes_when_the_screen_has_closed_is_not_shown(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("5")
            feed = system_view(app).feed
        feed.take(readings(0))
        assert feed.readings is not None

    run_async(case)
