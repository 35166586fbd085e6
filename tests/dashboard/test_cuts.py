"""Nothing is cut without a mark, and nothing that there is room for, in any view, at five sizes and on tiny terminals."""

from collections.abc import Callable, Sequence

import pytest

from gan_tui.dashboard.commands import VIEW_MEANINGS
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import AnyEvent
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import BIRTH, append, judged, metrics, opened, resized, run_async, run_screen, settle, show_preview, started

SIZES = [(60, 20), (80, 24), (120, 40), (133, 37), (200, 60)]
TINY = [(50, 40), (40, 12)]


def _over() -> Sequence[AnyEvent]:
    return [*judged(), events.Finished(t=BIRTH + 225, outcome="stopped", epoch=36, elapsed=220.0, step=22_020)]


def _never_evaluated() -> Sequence[AnyEvent]:
    return [started(budget=180.0), *(metrics(step) for step in range(100, 9_000, 100))]


def _begun() -> Sequence[AnyEvent]:
    return [started()]


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("written", "sizes"), [(_over, SIZES + TINY), (_never_evaluated, SIZES), (_begun, SIZES)])
@pytest.mark.slow
def test_all_views(written: Callable[[], Sequence[AnyEvent]], sizes: Sequence[tuple[int, int]], run: RunDirectory) -> None:
    append(run, *written())
    if written is not _begun:
        show_preview(run)

    async def case() -> None:
        async with opened(run) as (app, pilot):
            for size in sizes:
                await resized(app, pilot, *size)
                for number, view in enumerate(VIEW_MEANINGS, start=1):
                    await pilot.press(str(number))
                    await settle(app)
                    assert view == run_screen(app).view.TITLE
                    assert uncut(app)
                for key in ("question_mark", "i"):
                    await pilot.press(key)
                    await settle(app)
                    assert uncut(app)
                    await pilot.press("escape")

    run_async(case)
