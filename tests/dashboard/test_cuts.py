"""Nothing is cut without a mark, and nothing that there is room for, at the sizes that no golden screen has."""

import pytest

from gan_tui.dashboard.views import VIEWS
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from tests.dashboard.cuts import uncut
from tests.dashboard.helpers import BIRTH, append, judged, opened, run_async, run_screen, settle, show_preview


@pytest.mark.usefixtures("stopped_clock")
@pytest.mark.parametrize(("width", "height"), [(60, 20), (50, 40), (40, 12), (133, 37)])
def test_all_views_of_a_run_that_is_over(width: int, height: int, run: RunDirectory) -> None:
    append(run, *judged(), events.Finished(t=BIRTH + 225, outcome="stopped", epoch=36, elapsed=220.0, step=22_020))
    show_preview(run)

    async def case() -> None:
        async with opened(run, size=(width, height)) as (app, pilot):
            for key, view in enumerate(VIEWS, start=1):
                await pilot.press(str(key))
                await settle(app)
                assert run_screen(app).view.TITLE == view.TITLE
                assert uncut(app)

    run_async(case)
