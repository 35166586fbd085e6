"""How often a view draws what is costly, while a run is young."""

from gan_tui.dashboard.commander import Commander
from gan_tui.dashboard.views.view import View
from gan_tui.render.glyphs import UNICODE
from gan_tui.run.directory import RunDirectory


def test_what_has_grown_is_drawn_before_its_time(run: RunDirectory) -> None:
    view = View(run, Commander(run), UNICODE)
    assert view.due("images", 3600.0, 0, 2.0), "the first"
    drawn = [step for step in range(1, 1000) if view.due("images", 3600.0, step, 2.0)]
    assert drawn == [1, 3, 7, 15, 31, 63, 127, 255, 511], "few of them in a whole run"
