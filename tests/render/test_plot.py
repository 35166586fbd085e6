"""Charts by plotext: exact rooms, whatever the numbers are."""

import math

import pytest

from gan_tui.render.figure import GUTTER, Figure, Look, Mark, Row, Series, cell_of, compose
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.plot import plot
from gan_tui.render.ticks import Axis
from gan_tui.run.history import Bucket
from tests.render.test_curves import history

ALPHABETS = pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])


def series(points: list[Bucket], glyphs: Glyphs, ink: str = "discriminator", ideal: float | None = None) -> Series:
    return Series("d_loss", ink, "" if glyphs.unicode else "*", points, ideal)


def text(rows: list[Row]) -> list[str]:
    return ["".join(sign for sign, _ in row) for row in rows]


def figure_of(points: list[Bucket], width: int, height: int, glyphs: Glyphs, **look: object) -> Figure | None:
    known: dict[str, object] = {"first": 0, "last": max(1, len(points))}
    return compose([series(points, glyphs)], Look(**(known | look)), [], width, height)  # type: ignore[arg-type]


@ALPHABETS
@pytest.mark.parametrize(("width", "height"), [(0, 0), (12, 4), (20, 5), (40, 12), (78, 18), (200, 50)])
@pytest.mark.parametrize(
    "values", [[], [1.0], [math.nan], [1.0, math.inf, 3.0], [-1e308, 1e308], [5e-324, 0.0], [2.0] * 5000, [1e16, 1e16 + 2], [0.0, -1.0]]
)
def test_charts_fill_their_room_exactly(
    width: int, height: int, values: list[float], glyphs: Glyphs, capfd: pytest.CaptureFixture[str]
) -> None:
    for log in (False, True):
        figure = figure_of(history(*values), width, height, glyphs, log=log, steps_per_epoch=1)
        rows = plot(figure, width, height, glyphs) if figure else []
        assert len(rows) in (0, height)
        assert all(len(row) == width for row in rows)
        if not glyphs.unicode:
            assert all(line.isascii() for line in text(rows))
    assert capfd.readouterr() == ("", ""), "plotext would warn over our screen"


def test_a_chart_as_people_see_it() -> None:
    values = [4.0, 3.0, 2.0, 1.0, math.nan, 1.0, 2.0, 8.0, 2.0, 2.0]
    marks = [Mark(6, "v", "good")]
    figure = compose([series(history(*values), ASCII, ideal=4.0)], Look(0, 10, steps_per_epoch=5), marks, 40, 13)
    assert figure is not None
    assert [line.rstrip() for line in text(plot(figure, 40, 13, ASCII))] == CHART.splitlines()[1:]


CHART = """
      8+                   v  *
       |                   :  *
      6+                   : * *
       |                   : * *
       |                   :*  *
      4+**-----------------:*---*-------
       |  **               :*   *
       |    **             *     *
      2+      **          **     ****
       |        **  x   ** :
       ++---------------+--------------+
        0               5             10
  epoch 0               1              2
"""


def test_every_sign_has_its_ink() -> None:
    both = [series(history(1, 1, 1, 1), UNICODE), series(history(3, 3, math.nan, 3), UNICODE, "generator")]
    figure = compose(both, Look(0, 4), [Mark(1, "▼", "good")], 40, 10)
    assert figure is not None
    rows = plot(figure, 40, 10, UNICODE)
    braille = {(ink, y) for y, row in enumerate(rows) for sign, ink in row if "\u2800" < sign <= "\u28ff"}
    assert {ink for ink, _ in braille} == {"discriminator", "generator"}
    assert min(y for ink, y in braille if ink == "discriminator") > max(y for ink, y in braille if ink == "generator")
    assert {ink for row in rows for sign, ink in row if sign == "▼"} == {"good"}
    assert {ink for row in rows for sign, ink in row if sign == "✗"} == {"error"}
    assert {ink for row in rows for sign, ink in row if sign in "│┤└┬─"} == {"muted"}


def test_each_step_stands_in_its_own_cell() -> None:
    width = GUTTER + 20
    for step in range(20):
        figure = compose([series([Bucket(step, 0.5, 0.5)], ASCII)], Look(0, 20, bounds=(0.0, 1.0)), [], width, 7)
        assert figure is not None
        (place,) = [(x, y) for y, line in enumerate(text(plot(figure, width, 7, ASCII))[:5]) for x, sign in enumerate(line) if sign == "*"]
        assert place == (GUTTER + step, 2)
        assert cell_of(Axis(0, 20), step, width) == GUTTER + step


def test_nothing_to_show_is_no_figure() -> None:
    assert figure_of(history(-1, 0), 40, 10, UNICODE, log=True) is None
    assert figure_of(history(math.nan), 40, 10, UNICODE) is None
    assert figure_of([], 40, 10, UNICODE) is None
