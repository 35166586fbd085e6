"""The pictures among the charts."""

import re

from textual.pilot import Pilot

from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.screens.number_card import spots_on
from gan_tui.dashboard.views.charts import ChartsView
from gan_tui.run import events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.inside import Layer, Logits
from tests.dashboard.helpers import append, judged, opened, run_async, run_screen, screen_text


def charts(app: Dashboard) -> ChartsView:
    view = run_screen(app).view_of(ChartsView.TITLE)
    assert isinstance(view, ChartsView)
    return view


def measured(step: int) -> events.Evaluation:
    """D tells all images."""
    logits = Logits(-6.0, 6.0, (0,) * 20 + (25,) * 4, (25,) * 4 + (0,) * 20)
    return events.Evaluation(
        scalars={"fd": 3.0}, network="n", seconds=1.0, step=step, logits=logits, layers=(Layer(network="G", name="0", dead=0.75),)
    )


def test_the_logits_are_a_chart_with_a_card_and_follow_the_cursor(run: RunDirectory) -> None:
    append(run, *judged(), measured(2_000), measured(20_000))

    async def case() -> None:
        async with opened(run, size=(80, 24)) as (app, pilot):
            await pilot.press("3")
            await Pilot(app).pause()
            board = charts(app).board
            place = [panel.key for panel in board.panels].index("logits")
            assert [panel.key for panel in board.panels][place - 1] == "coverage", "behind the charts that every run has"
            await pilot.press(*["tab"] * place)
            await Pilot(app).pause()
            text = screen_text(app)
            assert re.search(r"logits .* 20,000", text)
            assert "generated" in text
            assert "logit " in text.splitlines()[-4] + text.splitlines()[-3]
            assert "logits" in {spot.topic for spot in spots_on(app._screen)}
            await pilot.press("shift+left", "shift+left", "shift+left", "shift+left", "shift+left", "shift+left")
            await Pilot(app).pause()
            assert board.pointed is not None
            assert f"evaluation of step {2_000 if board.pointed < 20_000 else 20_000:,}" in screen_text(app)
            before = board.cursor
            await pilot.click("#chart-area", offset=(30, 5))
            assert (board.cursor, board.panels[board.selected].key) == (before, "logits"), "a click marks it"
            await pilot.press("tab")
            await Pilot(app).pause()
            assert re.search(r"layers .* 20,000", screen_text(app))
            assert "! 75%" in screen_text(app)
            assert "layers" in {spot.topic for spot in spots_on(app._screen)}

    run_async(case)


def test_a_run_without_logits_has_no_such_chart(run: RunDirectory) -> None:
    append(run, *judged())

    async def case() -> None:
        async with opened(run, size=(80, 24)) as (app, pilot):
            await pilot.press("3")
            await Pilot(app).pause()
            assert all(panel.scalars for panel in charts(app).board.panels)

    run_async(case)
