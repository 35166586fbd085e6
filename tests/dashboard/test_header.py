"""The first lines of the screen: whose they are, and that they are of one moment with what stands below."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import (
    append,
    judged,
    make_run,
    metrics,
    opened,
    overview,
    recorded,
    resized,
    run_async,
    run_screen,
    screen_text,
    started,
)

WIDTHS = [40, 60, 80, 120, 200]


async def first_lines(run: RunDirectory, widths: Sequence[int]) -> list[str]:
    async with opened(run) as (app, pilot):
        return [(await resized(app, pilot, width, 24)).splitlines()[0] for width in widths]


def test_the_name_of_the_run_is_in_the_first_line(tmp_path: Path) -> None:
    """What is trained is not said twice; a name that is too long keeps its beginning and, where there is room, its end."""

    def of(name: str) -> list[str]:
        run = make_run(tmp_path, name)
        append(run, *recorded(3))
        return asyncio.run(first_lines(run, WIDTHS))

    for width, ours, first, long in zip(WIDTHS, of("20261123-214100-mnist-classic"), of("first"), of("wide-" * 12 + "a"), strict=True):
        assert "20261123-214100-mnist-classic" in ours if width > 40 else "20261123-214100" in ours and "…" in ours
        assert "mnist classic" not in ours
        assert ("first  mnist classic" in first) is (width > 40)
        assert "wide-wide-" in long
        assert ("…" in long) is (width <= 80)
        assert "e-a " in long or width == 40


def test_a_trial_says_of_which_sweep_it_is_where_there_is_room(tmp_path: Path) -> None:
    run = make_run(tmp_path, "trial-0")
    append(run, *recorded(3))
    (run.path.parent / "sweep.json").write_text("{}")
    narrow, wide = asyncio.run(first_lines(run, [40, 80]))
    assert "trial-0  of runs  mnist classic " in wide
    assert "trial-0 " in narrow
    assert " of " not in narrow, "whole, or not at all"


def test_a_processor_gives_up_its_threads_before_it_is_cut(tmp_path: Path) -> None:
    run = make_run(tmp_path, "a-name-of-19-letters")
    append(run, started(device="cpu", device_name="cpu, 1 thread"), *recorded(3)[1:])
    wide, narrow = asyncio.run(first_lines(run, [120, 80]))
    assert "cpu, 1 thread " in wide
    assert "mnist classic  cpu   " in narrow


def test_epochs_of_one_step_have_a_bar_of_steps_that_fills(run: RunDirectory) -> None:
    """It stayed empty beside "step 1" of a run that was complete."""
    append(run, started(epochs=4, steps_per_epoch=1, batch_size=60_000), metrics(3))

    async def case() -> None:
        async with opened(run) as (app, _):
            assert "step 3/4" in screen_text(app)

    run_async(case)


def test_a_bar_that_is_of_time_says_so(tmp_path: Path) -> None:
    async def case(budget: float) -> list[str]:
        run = make_run(tmp_path, f"within-{budget:.0f}")
        append(run, started(budget=budget), metrics(9_000))
        async with opened(run) as (app, pilot):
            return [(await resized(app, pilot, *size)).splitlines()[1] for size in [(60, 20), (80, 24), (200, 60)]]

    for timed, counted in zip(asyncio.run(case(180.0)), asyncio.run(case(0.0)), strict=True):
        assert re.search(r"epoch 16 time [━╸─]+ of 3m 00s", timed), "the bar is named for what it is of"
        assert " of " not in counted
        assert "time" not in counted


@pytest.mark.slow
def test_what_has_no_known_end_has_a_count_and_no_bar(tmp_path: Path) -> None:
    async def case(epochs: int, each: int) -> list[str]:
        run = make_run(tmp_path, f"of-{epochs}-{each}")
        append(run, started(epochs=epochs, steps_per_epoch=each), metrics(9_000))
        shown = []
        async with opened(run) as (app, pilot):
            for width, height in [(60, 20), (80, 24), (120, 40)]:
                lines = (await resized(app, pilot, width, height)).splitlines()
                shown.append("\n".join(lines[1 : 3 if width < 80 else 2]))
        return shown

    for nothing in asyncio.run(case(0, 0)):
        assert "step 9,000" in nothing
        assert not set("━─") & set(nothing)
    for steps in asyncio.run(case(0, 600)):
        assert re.search(r"epoch 16\s+step   0/600 ─", steps)
    for epochs in asyncio.run(case(12_000, 1_200)):
        assert re.search(r"epoch +8/12,000 ", epochs)
        assert re.search(r"step +600/1,200 ━", epochs), "a count of thousands is written in one way"


def test_what_changed_together_is_in_one_frame(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two widgets only one has told Textual so when the frame begins: the other is in it nevertheless."""
    run = make_run(tmp_path)
    append(run, *judged())

    async def case() -> None:
        async with opened(run) as (app, _):
            screen = run_screen(app)
            distance = overview(app).distance
            drawn: list[Any] = []
            screen.news.refresh()
            distance.refresh()
            screen._dirty_widgets.add(screen.news)
            monkeypatch.setattr(app, "_display", lambda _, update: drawn.append(update))
            screen._compositor_refresh()
            lines = {y for update in drawn for y, _, _ in update.spans}
            assert {screen.news.region.y, distance.region.y} <= lines

    run_async(case)
