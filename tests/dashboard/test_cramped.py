"""Terminals that are too small for a view: what fits is there, and the smallest size is said."""

from collections.abc import Awaitable, Callable

import pytest

from gan_tui.dashboard.themed_app import ThemedApp
from gan_tui.dashboard.widgets.cramped import SMALLEST
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from tests.dashboard.helpers import BIRTH, append, judged, opened, run_async, screen_text, settle

OVER = events.Finished(t=BIRTH + 225, outcome="stopped", epoch=36, elapsed=220.0, step=22_020)


def seen(run: RunDirectory, size: tuple[int, int], key: str = "1") -> str:
    found: list[str] = []

    async def case() -> None:
        async with opened(run, size=size) as (app, pilot):
            await pilot.press(key)
            await settle(app)
            found.append(screen_text(app))

    body: Callable[[], Awaitable[None]] = case
    run_async(body)
    return found[0]


@pytest.mark.parametrize("size", [(20, 5), (29, 30), (80, 7), (80, 3)])
def test_what_is_too_small_says_so_and_shows_what_fits(size: tuple[int, int], run: RunDirectory) -> None:
    append(run, *judged(), OVER)
    text = seen(run, size)
    assert "needs 30x8 or more" in text
    assert "epoch 37/200" in text
    assert "d_loss" in text or size[1] < 4


def test_an_error_comes_first(run: RunDirectory) -> None:
    append(run, *judged(), events.Error(t=BIRTH + 226, text="no space left on this disk"))
    append(run, events.Finished(t=BIRTH + 226, outcome="failed", epoch=36, elapsed=220.0, step=22_020))
    assert "no space left on\nthis disk\nneeds 30x8 or more" in "\n".join(line.strip() for line in seen(run, (20, 5)).splitlines())


def test_where_views_begin_nothing_is_needed(run: RunDirectory) -> None:
    append(run, *judged())
    assert "needs" not in seen(run, SMALLEST)
    assert (ThemedApp.HORIZONTAL_BREAKPOINTS[1][0], ThemedApp.VERTICAL_BREAKPOINTS[1][0]) == SMALLEST


@pytest.mark.parametrize("size", [SMALLEST, (40, 10), (60, 9)])
def test_the_curve_is_there_down_to_the_smallest_size(size: tuple[int, int], run: RunDirectory) -> None:
    append(run, *judged())  # and gone, so that two lines say why
    text = seen(run, size, "3")
    assert "d_loss" in text
    assert text.count("┤") >= 2, "two lines of it, with their values"
    assert any(0x2800 < ord(sign) < 0x2900 for sign in text)
