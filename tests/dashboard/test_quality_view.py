"""The view `quality`: golden screens, and what it says where nothing was measured."""

from pathlib import Path

import pytest

from gan_tui.dashboard.app import Mode
from gan_tui.dashboard.quality import MEASURES
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from tests.dashboard.conftest import Golden
from tests.dashboard.helpers import HeldRun, append, judged, make_run, opened, recorded, run_async, screen_text, until


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("width", "height"), [(80, 24), (120, 40), (200, 60), (40, 12)])
def test_golden_quality(width: int, height: int, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run = make_run(Path())
    append(run, *judged())

    async def case() -> None:
        async with opened(run, Mode.ATTACH, (width, height)) as (app, pilot):
            await pilot.press("4")
            await pilot.pause()
            golden(screen_text(app), f"quality-{width}x{height}")

    with HeldRun(run):
        run_async(case)


def test_without_an_evaluation_it_says_how_to_get_one(run: RunDirectory) -> None:
    append(run, *recorded(3))

    async def case() -> None:
        async with opened(run) as (app, pilot):
            await pilot.press("4")
            await pilot.pause()
            assert "no evaluation yet" in screen_text(app)
            assert "no verdict yet" in screen_text(app)
            append(run, events.Evaluation(scalars={"fd": "nan", "fd_floor": 1.7}, network="mnist-cnn-v1", seconds=1.0, step=600))
            await until(lambda: "mnist-cnn-v1" in screen_text(app))
            assert "nan" in screen_text(app)

    run_async(case)


def test_every_measure_is_brief_enough_for_a_small_screen() -> None:
    assert all(len(measure.brief) <= 45 and len(measure.label) <= 12 for measure in MEASURES)
