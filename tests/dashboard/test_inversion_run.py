"""The screen of a search in latents: what is drawn beside what it is drawn from, its errors, its knobs, its help."""

import re
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.dashboard.browser import RunsBrowser
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.summary import summary_lines
from gan_tui.dashboard.verdicts import age_of, evidence_of
from gan_tui.dashboard.widgets.system_strip import SystemStrip
from gan_tui.render.glyphs import UNICODE
from gan_tui.render.images import ImageMode
from gan_tui.run import directory, events, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent
from gan_tui.run.images import Images
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.run.preview import Preview
from gan_tui.spec import inversion, transfer
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import BIRTH, append, opened, run_async, run_screen, screen_text, settle, until

NAMES = ("repaired", "target", "mask", *(f"cand. {number}" for number in range(1, 7)), "nearest", "mean", "bicubic")


def ring(number: int, side: int = 28) -> bytes:
    """A ring, of another width for each number."""
    return bytes(
        200 if 5 < ((x - side / 2) ** 2 + (y - side / 2) ** 2) ** 0.5 < 7 + number / 2 else 0 for y in range(side) for x in range(side)
    )


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    monkeypatch.setenv(directory.RUNS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(SystemStrip, "ask", lambda *_: None)  # this machine's disk is in no golden screen
    pictures = config.InversionPictures(purpose="repair", generator="/runs/g", files=("/photos/digit.png",), holes=((8, 8, 12, 12),))
    made = directory.create(tmp_path, config.InversionConfig(pictures=pictures), "found")
    append(made, *recorded())
    rings = b"".join(ring(number) for number in range(len(NAMES)))
    preview.write(made.path, Preview(step=90, epoch=0, images=Images(len(NAMES), 28, 28, 1, rings), names=NAMES))
    return made


def recorded() -> list[AnyEvent]:
    known = {"epochs": 1, "steps_per_epoch": 100, "probabilities": False, "engine": "Adam"}
    found: list[AnyEvent] = [
        events.Started(t=BIRTH, device="cpu", device_name="cpu, 2 threads", **known),  # type: ignore[arg-type]
        events.Phase(t=BIRTH, name="training"),
    ]
    for step in range(1, 91):
        scalars: dict[str, events.Scalar] = {"error": 0.05 + 0.1 / step, "prior": 1.02, "psnr": 11 - 3 / step}
        scalars |= {"psnr_nearest": 8.5, "psnr_mean": 7.4, "psnr_bicubic": 7.0}
        event = events.Metrics(t=BIRTH + step / 8, step=step, scalars=scalars, elapsed=step / 8, rate=8.0)
        event.remaining = 2.0
        found.append(event)
    text = "group 1 of 1: settled, the error fell by 0.8% in 10 steps"
    return [*found, events.Verdict(t=BIRTH + 11, rule="search-settled", level="good", text=text, step=90)]


def test_a_verdict_that_is_looked_at_with_each_number_is_never_called_stale(run: RunDirectory) -> None:
    append(run, events.Metrics(t=BIRTH + 300, step=900, scalars={"error": 0.05}, elapsed=300.0, rate=8.0))
    follower = RunFollower(run)
    while follower.look():
        pass
    snapshot = follower.snapshot()
    found = evidence_of(snapshot.state)
    assert found is not None
    assert (found.step, snapshot.state.step) == (90, 900)
    when, stale = age_of(found, snapshot)
    assert not stale
    assert when.startswith("step 90")


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
def test_golden_overview(size: tuple[int, int], run: RunDirectory, golden: Golden) -> None:
    async def case() -> None:
        async with opened(run, size=size, images=ImageMode.ASCII) as (app, _):
            await until(lambda: "bicubic" in screen_text(app) and "repaired" in screen_text(app))
            golden(uncut(app).replace(str(run.path), "RUN"), f"search-{size[0]}x{size[1]}")

    run_async(case)


@pytest.mark.slow
def test_golden_errors(run: RunDirectory, golden: Golden) -> None:
    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "PSNR of interpolation" in screen_text(app))
            golden(uncut(app), "search-errors-120x40")

    run_async(case)


def test_the_help_says_how_it_is_searched_with_this_run_s_numbers(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run, size=(100, 200)) as (app, pilot):
            await pilot.press("question_mark")
            await until(lambda: "how the search goes" in screen_text(app))
            text = " ".join(screen_text(app).replace("│", " ").split())
            assert "Now: 10.97." in text
            assert "Gram" not in text
            assert "D(G(z))" not in text

    run_async(case)


def test_knobs_are_those_of_the_search(run: RunDirectory) -> None:
    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH) as (app, pilot):
                await until(lambda: app.commander.accepts)
                await pilot.press("k")
                await until(lambda: all(setting.label in screen_text(app) for setting in inversion.LIVE_SETTINGS.values()))
                others = {setting.label for setting in transfer.LIVE_SETTINGS.values()} - {"learning rate"}
                assert not any(label in screen_text(app) for label in others)

    run_async(case)


def test_a_sheet_of_several_says_what_stands_in_its_rows(run: RunDirectory) -> None:
    wide = b"".join(ring(0)[start : start + 28] * 4 for start in range(0, 28 * 28, 28)) * 2
    name = "target, drawn by G"
    preview.write(run.path, Preview(step=90, epoch=0, images=Images(1, 56, 112, 1, wide), names=(name,)))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await until(lambda: name in screen_text(app))
            await pilot.press("2")
            await until(lambda: name in screen_text(app) and run_screen(app).view.TITLE == "samples")

    run_async(case)


def test_what_is_left_in_the_scrollback(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run) as (app, _):
            run.picture.write_bytes(b"png")
            lines = summary_lines(run, app.snapshot, UNICODE)
            assert any("0/1 group done" in line for line in lines)
            assert any(re.match(r"numbers   error 0\.\d{4}  PSNR \d+\.\d\d$", line) for line in lines)
            assert f"picture   {run.picture}" in lines

    run_async(case)


@pytest.mark.parametrize("size", [(120, 40), (133, 37)])
def test_a_sheet_of_repairs_has_the_room_of_the_charts(size: tuple[int, int], run: RunDirectory) -> None:
    sheet = Images(1, 84, 168, 1, bytes(200 if (x + y) % 28 > 8 else 0 for y in range(84) for x in range(168)))
    words = "the worst: target, repaired, original"
    preview.write(run.path, Preview(step=90, epoch=0, images=sheet, names=(words,)))

    async def case() -> None:
        async with opened(run, size=size, images=ImageMode.ASCII) as (app, pilot):
            await settle(app)
            lines = uncut(app).splitlines()
            widest = max(len(line.strip("│ ")) for line in lines if line.startswith("│"))
            assert widest > 0.7 * size[0]
            assert words in "\n".join(lines)
            await pilot.resize_terminal(200, 60)
            await settle(app)
            assert "╭─ error" in uncut(app), "beside it, charts cost it nothing"
            await pilot.resize_terminal(60, 20)
            await settle(app)
            assert words in uncut(app)
            await pilot.resize_terminal(len(words) - 1, 12)
            await settle(app)
            assert words[:12] not in uncut(app), "whole, or not at all"

    run_async(case)


def test_the_list_of_runs_says_what_its_pictures_are(run: RunDirectory) -> None:
    async def case() -> None:
        app = RunsBrowser(run.path.parent)
        async with app.run_test(size=(120, 40)):
            await until(lambda: "repaired, target, mask, cand. 1" in screen_text(app))

    run_async(case)
