"""The screen of a style transfer: the picture with what it is made from, its distances, its knobs, its help."""

import re
from pathlib import Path

import pytest

from gan_tui import config
from gan_tui.config import StyleConfig
from gan_tui.dashboard.run_follower import RunFollower
from gan_tui.dashboard.summary import summary_lines
from gan_tui.dashboard.widgets.system_strip import SystemStrip
from gan_tui.render.glyphs import UNICODE
from gan_tui.render.images import ImageMode
from gan_tui.run import directory, events, preview
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent
from gan_tui.run.images import Images, encode_npy
from gan_tui.run.launch import Mode
from gan_tui.run.lock import RunLock
from gan_tui.run.preview import Preview
from tests.dashboard.browsing import browsing
from tests.dashboard.conftest import Golden
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import BIRTH, HeldRun, append, opened, run_async, screen_text, until


def made(folder: Path) -> RunDirectory:
    pictures = config.StylePictures(content="/photos/cat.jpg", styles=("/art/waves.png",), width=96, height=64)
    run = directory.create(folder, config.StyleConfig(pictures=pictures), "cat")
    append(run, *recorded())
    slope = bytes((x * 2 + y) % 256 for y in range(64) for x in range(96) for _ in range(3))
    preview.write(run.path, Preview(step=90, epoch=1, images=Images(1, 64, 96, 3, slope)))
    run.real_preview.write_bytes(encode_npy(Images(2, 64, 96, 3, slope + bytes(255 - value for value in slope))))
    return run


def recorded() -> list[AnyEvent]:
    known = {"epochs": 2, "steps_per_epoch": 60, "probabilities": False, "engine": "L-BFGS"}
    found: list[AnyEvent] = [
        events.Started(t=BIRTH, device="cpu", device_name="cpu, 2 threads", **known),  # type: ignore[arg-type]
        events.Phase(t=BIRTH, name="training"),
    ]
    for step in range(1, 91):
        fall = 1 / (1 + step % 60)
        scalars: dict[str, events.Scalar] = {"content": 0.9 - fall / 2, "style": 0.02 + fall / 2, "tv": 0.02, "total": 1.1 + 4 * fall}
        scalars |= {f"style/conv{layer}_1": fall / layer for layer in range(1, 5)}
        event = events.Metrics(t=BIRTH + step / 4, step=step, scalars=scalars, elapsed=step / 4, rate=4.0)
        event.remaining = 60.0
        found.append(event)
    found.append(events.Checkpoint(t=BIRTH + 22, path="checkpoints/step-000000088.pt", seconds=0.1, step=88))
    text = "scale 2 of 2: the total fell by 12% in 10 steps"
    found.append(events.Verdict(t=BIRTH + 22.5, rule="style-falling", level="info", text=text, advice="wait", step=90))
    return found


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RunDirectory:
    monkeypatch.setenv(directory.RUNS_VARIABLE, str(tmp_path))  # its name alone means it, wherever the test runs
    return made(tmp_path)


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 40), (200, 60)])
def test_golden_overview(size: tuple[int, int], run: RunDirectory, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SystemStrip, "ask", lambda *_: None)  # this machine's disk is in no golden screen

    async def case() -> None:
        async with opened(run, size=size, images=ImageMode.ASCII) as (app, _):
            await until(lambda: "conv1_1" in screen_text(app))
            golden(uncut(app).replace(str(run.path), "RUN"), f"style-{size[0]}x{size[1]}")

    run_async(case)


def test_where_no_picture_is_yet_one_is_waited_for(run: RunDirectory) -> None:
    """And no samples, nor a grid of them."""
    (run.path / preview.NAME).unlink()

    async def case() -> None:
        async with opened(run) as (app, pilot):
            for view in ("1", "2"):
                await pilot.press(view)
                await until(lambda: "waiting for the first picture" in screen_text(app))

    with HeldRun(run):
        run_async(case)
    snapshot = RunFollower(run).snapshot()
    assert snapshot.why_no_samples == "no picture was written"
    assert snapshot._replace(recorded="2x").why_no_samples == "no picture had been saved by then"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_golden_distances(size: tuple[int, int], run: RunDirectory, golden: Golden) -> None:
    async def case() -> None:
        async with opened(run, size=size) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "style distance to the painting" in screen_text(app))
            golden(uncut(app), f"style-distances-{size[0]}x{size[1]}")

    run_async(case)


def test_what_a_layer_answers_to_stands_beside_it_on_60_columns_too(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run, size=(60, 20)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "style: colours and grain" in screen_text(app))
            assert "style: patterns of strokes" in screen_text(app)

    run_async(case)


def test_the_help_says_how_the_distances_are_computed_with_this_run_s_numbers(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run, size=(100, 200)) as (app, pilot):
            await pilot.press("question_mark")
            await until(lambda: "this run's numbers" in screen_text(app))
            text = " ".join(screen_text(app).replace("│", " ").split())
            assert "conv3_3 answers with 256 maps of 24 x 16 places each" in text
            assert re.search(r"64 maps of 96 x 64 .* 64 x 64 ", text)
            assert "Now: 0.8839." in text
            assert "D(G(z))" not in text
            assert "2 picture" not in text
            for word in ("epoch", "samples", "training image", "learning rate"):
                assert word not in text, word
            assert "A scale back" not in text
            assert "The picture as it was at the end of the scale before." in text

    run_async(case)


def test_knobs_are_the_weights_and_can_leave_zero(run: RunDirectory) -> None:
    async def case() -> None:
        with RunLock(run.lock):
            async with opened(run, Mode.ATTACH) as (app, pilot):
                await until(lambda: app.commander.accepts)
                await pilot.press("k")
                await until(lambda: "weight of the style" in screen_text(app))
                assert "conv4_1: shapes" in screen_text(app)
                assert "learning rate" not in screen_text(app)
                await pilot.press("down", "0", "enter")
                await until(lambda: any(run.control.glob("*.json")))

    run_async(case)


def test_the_picture_view_shows_an_earlier_scale(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("2")
            await until(lambda: "picture" in screen_text(app))
            assert "scale 2" in screen_text(app)
            assert "content" in screen_text(app)
            await pilot.press("enter", "r", "right")
            assert "picture" in screen_text(app)

    run_async(case)


def test_what_is_left_in_the_scrollback(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run) as (app, _):
            run.picture.write_bytes(b"png")
            lines = summary_lines(run, app.snapshot, UNICODE)
            assert any("1/2 scales done" in line for line in lines)
            assert any(line.startswith("numbers   content 0.8839  style") for line in lines)
            assert f"picture   {run.picture}" in lines

    run_async(case)


def test_charts_and_cursor_speak_of_scales(run: RunDirectory) -> None:
    async def case() -> None:
        async with opened(run, size=(120, 40)) as (app, pilot):
            await pilot.press("3", "left")
            await until(lambda: "step 90" in screen_text(app))
            assert "scale 2" in screen_text(app)
            assert "epoch" not in screen_text(app)

    run_async(case)


def test_transfers_are_compared_by_their_distances(run: RunDirectory, tmp_path: Path) -> None:
    other = directory.create(tmp_path, run.settings_of(StyleConfig), "dog")
    append(other, *recorded())

    async def case() -> None:
        async with browsing(tmp_path, size=(120, 40)) as (app, pilot):
            await until(lambda: "cat" in screen_text(app) and "scale" in screen_text(app))
            assert "d_loss" not in screen_text(app)
            await pilot.press("space", "space", "c")
            await until(lambda: "compare 2 runs" in screen_text(app) and "0.8839" in screen_text(app))
            title = next(line for line in screen_text(app).splitlines() if "state" in line)
            assert title.split() == ["run", "state", "scales", "content", "style", "total", "conv1_1", "conv2_1", "conv3_1", "conv4_1"]

    run_async(case)


def test_a_style_network_has_the_same_screen_with_its_own_words(tmp_path: Path) -> None:
    net = directory.create(tmp_path, config.StyleNetConfig(data=config.NetData(styles=("/art/waves.png",))), "net")
    append(net, *recorded(), events.Metrics(scalars={"held-out/style": 0.0321, "held-out/content": 1.2}, elapsed=9, rate=1, step=91))

    async def case() -> None:
        async with opened(net, size=(120, 200)) as (app, pilot):
            await pilot.press("4")
            await until(lambda: "new style" in screen_text(app) and "0.0321" in screen_text(app))
            assert "style-net waves" in screen_text(app)
            assert "epoch 2 of 2" in screen_text(app)
            await pilot.press("question_mark")
            await until(lambda: "an epoch is one pass over the photographs" in screen_text(app))
            assert "at the end of the epoch before" in screen_text(app)

    run_async(case)
