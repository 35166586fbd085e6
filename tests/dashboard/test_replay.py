"""`gan-tui replay`: the dashboard, fed with a recording."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from click import ClickException
from click.testing import CliRunner
from msgspec.structs import replace
from PIL import Image
from textual.pilot import Pilot

from gan_tui.cli import cli
from gan_tui.dashboard.app import NUMBERS_SECONDS
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.playback import Playback
from gan_tui.dashboard.replay import REFUSAL, Replay
from gan_tui.render.glyphs import UNICODE
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import BIRTH, append, judged, metrics, run_async, screen_text, show_preview, until
from tests.dashboard.quiet import quiet


@asynccontextmanager
async def played(run: RunDirectory, speed: float, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Replay, Pilot[None]]]:
    app = Replay(run, Playback(run), speed, glyphs=UNICODE)
    with app.own_time():
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.snapshot is not None)
            yield app, pilot


def shown(app: Replay) -> Snapshot:
    assert app.snapshot is not None
    return app.snapshot


def saved(run: RunDirectory, epoch: int) -> events.Samples:
    """A grid of two images of 28 x 28, as grey as the epoch."""
    picture = Image.new("L", (2 + 2 * 30, 2 + 30))
    picture.paste(epoch, (0, 0, *picture.size))
    path = f"samples/fake_images-{epoch:04d}.png"
    picture.save(run.path / path)
    return events.Samples(t=BIRTH + 6 * epoch, path=path, epoch=epoch, step=600 * epoch)


def test_it_shows_the_run_as_it_was_and_ends_where_it_ended(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    append(run, *judged(), events.Finished(t=BIRTH + 230, outcome="completed", epoch=36, elapsed=220.0, step=22_020))

    async def case() -> None:
        async with played(run, 1.0) as (app, pilot):
            rung: list[str] = []
            monkeypatch.setattr(app, "ring", rung.append)
            app.playing = False
            app._target = 100.0
            await until(lambda: shown(app).state.step > 9_000 and shown(app).recorded == "replay paused")
            app.draw_everything()
            await quiet(app)
            text = screen_text(app)
            assert "● training" in text
            assert "replay paused" in text
            assert "space resume" in text
            assert 9_000 < shown(app).state.step <= 10_000
            assert "D is winning" not in text  # not yet
            assert "no grid of samples had been saved by then" in text
            await pilot.press("space")
            app.speed = 1e6
            await until(lambda: shown(app).name == "completed" and not app.playing)
            assert not any(rung), "it did not happen now"
            app.draw_everything()
            await quiet(app)
            text = screen_text(app)
            assert "completed" in text
            assert "the end of the recording" in text
            app.speed = 0.01
            await pilot.press("space")  # once more
            await until(lambda: app.playing and shown(app).name != "completed")
            await quiet(app)
            assert "the end of the recording" not in screen_text(app), "it is not"

    run_async(case)


def test_few_cores_are_all_its_own(run: RunDirectory, monkeypatch: pytest.MonkeyPatch) -> None:
    """No trainer waits for them."""
    append(run, *judged(), events.Finished(t=BIRTH + 230, outcome="completed", epoch=36, elapsed=220.0, step=22_020))
    monkeypatch.setattr("gan_tui.system.cores.usable_cores", lambda: 1.0)
    assert Replay(run, Playback(run), 1.0).drawn_every == pytest.approx(NUMBERS_SECONDS)


def test_keys_change_speed_and_moment_and_command_nobody(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with played(run, 0.02, (60, 20)) as (app, pilot):
            await until(lambda: "0.02x" in screen_text(app))
            assert "FD       not measured by then" in screen_text(app), "no key measures what is past"
            await pilot.press("greater_than_sign", "greater_than_sign", "less_than_sign")
            assert app.speed == pytest.approx(0.04)
            await pilot.press("full_stop", "full_stop", "comma")
            await until(lambda: app.playback.recording.at >= app.playback.recording.length / 20)
            await pilot.press("s")
            assert REFUSAL in screen_text(app)
            await pilot.press("k", "b", "5")
            assert "no run records" in screen_text(app)
            await pilot.press("1", "less_than_sign")
            await until(lambda: "times as fast as it was trained" in screen_text(app))
            await pilot.press("comma")
            await quiet(app)
            assert "times as fast as it was trained" not in screen_text(app), "it was said later than this moment"
            assert not list(run.control.iterdir())

    run_async(case)


def test_images_are_the_grid_of_then_and_at_the_end_the_newest(run: RunDirectory) -> None:
    show_preview(run)
    grids = [saved(run, epoch) for epoch in (2, 5, 9)]
    (run.path / grids[1].path).unlink()  # one that is gone leaves the one before
    append(run, *sorted([*judged(), *grids], key=lambda event: event.t))
    playback = Playback(run)
    seen = []
    for second in (0.0, 20.0, 40.0, 60.0, 12.5, playback.recording.length):
        assert playback.go_to(second, None)
        shown = playback.snapshot().preview
        seen.append((shown.epoch, shown.images.pixels[0] if shown.images else None, shown.images.count if shown.images else 0))
    assert seen[0] == (0, None, 0)
    assert seen[1] == seen[2] == seen[4] == (2, 2, 2)
    assert seen[3] == (9, 9, 2)
    assert seen[5][0::2] == (36, 100)


def test_a_gap_before_a_resume_is_skipped_and_said(run: RunDirectory) -> None:
    append(run, *judged())
    end = BIRTH + 230
    append(run, events.Phase(t=end + 300, step=22_020, name="loading"), events.Phase(t=end + 301, step=22_020, name="training"))
    after = [replace(metrics(22_020 + step), t=end + 302 + step) for step in range(5)]
    append(run, *after)

    async def case() -> None:
        async with played(run, 1.0, (120, 40)) as (app, _):
            app.playing = False
            app._target = app.playback.recording.length - 4
            await until(lambda: shown(app).recorded == "replay paused" and app.playback.recording.resumed is not None)
            app.show_moment()
            app.draw_everything()
            await quiet(app)
            text = screen_text(app)
            assert "interrupted, resumed 5 min later" in text
            assert "though the trainer is alive" not in text
            assert "min ago" not in text, "the ages are those of the film"

    run_async(case)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--speed", "2", "--seconds", "3"), "twice"),
        (("--speed", "0"), "0"),
        ((), "needs a terminal"),
        (("--theme", "none-such"), "none-such"),
    ],
)
def test_what_cannot_be_is_one_line(run: RunDirectory, arguments: tuple[str, ...], words: str) -> None:
    append(run, *judged())
    found = CliRunner().invoke(cli, ["replay", str(run.path), *arguments], standalone_mode=False)
    why = found.exception
    assert words in (why.format_message() if isinstance(why, ClickException) else str(why))


def test_a_run_without_events_is_said_so(run: RunDirectory) -> None:
    found = CliRunner().invoke(cli, ["replay", str(run.path)], standalone_mode=False)
    assert "nothing yet" in str(found.exception)
