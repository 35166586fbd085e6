"""The chart of a sweep: exact rooms, whatever was tried and whatever came of it."""

import math
from itertools import product

import pytest

from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.sweep.chart import draw
from gan_tui.sweep.report import Outcome

ROOMS = [(0, 0), (12, 4), (20, 5), (40, 12), (80, 14), (200, 50)]


def text(outcomes: list[Outcome], values: list[float], width: int, height: int, glyphs: Glyphs = ASCII) -> list[str]:
    return ["".join(part for part, _ in line) for line in draw(outcomes, values, width, height, glyphs)]


@pytest.mark.parametrize(
    "values",
    [[1.0, 2.0], [1.0, math.nextafter(1.0, 2.0)], [0.0, 5e-324], [-1e100, 1e100], [5e-324, 1e100], [1e-5 * 1.4**n for n in range(50)]],
)
@pytest.mark.parametrize("distances", [(0.0,), (1e-300, 1e300), (5.0, 5.0, math.inf), (math.inf,), (1.7e308,)])
def test_charts_fill_their_room(values: list[float], distances: tuple[float, ...], capfd: pytest.CaptureFixture[str]) -> None:
    for (width, height), glyphs, count in product(ROOMS, (UNICODE, ASCII), (0, 1, len(values))):
        lines = text([Outcome(value, distances) for value in values[:count]], values, width, height, glyphs)
        assert len(lines) in (0, height), (width, height)
        assert all(len(line) <= width for line in lines), (width, height)
        assert glyphs.unicode or all(line.isascii() for line in lines), (width, height)
    assert capfd.readouterr() == ("", ""), "plotext would warn over our screen"


def test_a_chart_as_people_see_it() -> None:
    outcomes = [
        Outcome(1e-2, (math.inf, 60.0)),
        Outcome(1e-5, (80.0, 90.0)),
        Outcome(1e-4, (20.0, 30.0)),
        Outcome(1e-3, (11.0, 12.0)),
    ]
    assert [line.rstrip() for line in text(outcomes, [1e-5, 1e-4, 1e-3, 1e-2, 1e-1], 60, 12)] == CHART.splitlines()[1:]


CHART = """
    100+  o.                      v
       |    ..                    :          o
     50+      ...                 :
       |         ..               :
       |           .. o           :
       |             ....         :
     20+              o  ...      :
       |                    ..... :
     10+                         .*          x
       +--+-----------+-----------+----------+-----------+--
        1e-05       0.0001      0.001       0.01        0.1
        o a trial  . their mean  v best: 0.001  x diverged
"""


def test_the_best_value_is_labelled_where_not_all_can_be() -> None:
    values = [1e-5 * 1.4**number for number in range(20)]
    lines = text([Outcome(values[7], (3.0,)), Outcome(values[8], (2.0,))], values, 60, 10)
    assert f"{values[8]:.12g}" in lines[-2]
    assert len(lines[-2].split()) > 2
    assert lines[-3][lines[0].index("v")] == "+", "the mark stands over its tick"


def test_what_the_line_and_the_points_are_drawn_in() -> None:
    roles = {role: part for line in draw([Outcome(1.0, (9.0,)), Outcome(2.0, (5.0,))], [1.0, 2.0], 60, 10, UNICODE) for part, role in line}
    assert {"accent", "text", "good", "muted"} <= set(roles)
    assert "error" not in roles
