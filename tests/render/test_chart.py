"""Charts: exact rooms, whatever the numbers are; ticks, guides, marks, gaps; the small ones that are always on the screen."""

import math
from itertools import product

import pytest

from gan_tui.render.chart import draw_figure
from gan_tui.render.curves import smooth
from gan_tui.render.figure import GUTTER, ChartMark, ChartView, Figure, Row, Series, cell_of, compose
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.styles import Banded, Role
from gan_tui.render.text import number
from gan_tui.render.ticks import Axis
from gan_tui.run.history import Bucket
from tests.render.test_curves import history

CHARSETS = pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])


def series(points: list[Bucket], glyphs: Glyphs, role: str = "discriminator", ideal: float | None = None) -> Series:
    return Series("d_loss", role, "" if glyphs.unicode else "*", points, ideal)


def text(rows: list[Row]) -> list[str]:
    return ["".join(sign for sign, _ in row) for row in rows]


def figure_of(points: list[Bucket], width: int, height: int, glyphs: Glyphs, **look: object) -> Figure | None:
    known: dict[str, object] = {"first": 0, "last": max(1, len(points))}
    return compose([series(points, glyphs)], ChartView(**(known | look)), [], width, height)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "values", [[], [1.0], [math.nan], [1.0, math.inf, 3.0], [-1e308, 1e308], [5e-324, 0.0], [2.0] * 5000, [1e16, 1e16 + 2], [0.0, -1.0]]
)
def test_charts_fill_their_room_exactly(values: list[float], capfd: pytest.CaptureFixture[str]) -> None:
    rooms = ((0, 0), (12, 4), (20, 5), (40, 12), (78, 18), (200, 50))
    for (width, height), glyphs, (log, small) in product(rooms, (UNICODE, ASCII), ((False, False), (True, False), (False, True))):
        figure = figure_of(history(*values), width, height, glyphs, log=log, steps_per_epoch=1, small=small)
        rows = draw_figure(figure, width, height, glyphs) if figure else []
        assert len(rows) in (0, height), (width, height)
        assert all(len(row) == width for row in rows), (width, height)
        if not glyphs.unicode:
            assert all(line.isascii() for line in text(rows))
    assert capfd.readouterr() == ("", ""), "plotext would warn over our screen"


def test_a_chart_as_people_see_it() -> None:
    values = [4.0, 3.0, 2.0, 1.0, math.nan, 1.0, 2.0, 8.0, 2.0, 2.0]
    marks = [ChartMark(6, "v", "good")]
    figure = compose([series(history(*values), ASCII, ideal=4.0)], ChartView(0, 10, steps_per_epoch=5), marks, 40, 13)
    assert figure is not None
    assert [line.rstrip() for line in text(draw_figure(figure, 40, 13, ASCII))] == CHART.splitlines()[1:]


CHART = """
      8+                   v  *
       |                   :  *
      6+                   : * *
       |                   : * *
       |                   : *  *
      4+**-----------------:*---*-------
       |  **               :*   *
       |    **             *     *
      2+      **          **     ****
       |        **  x   ** :
       ++---------------+--------------+
   step 0               5             10
  epoch 0               1              2
"""


def banded(points: list[Bucket], role: str = "discriminator") -> Series:
    return Series("d_loss", role, "", smooth(points, 10), raw=points)


def test_a_band_holds_every_value_and_its_line_the_means() -> None:
    values = [10.0 + (index * 7919) % 11 for index in range(1_000)]
    values[500] = 40.0
    figure = compose([banded(history(*values))], ChartView(0, 1_000), [], 60, 16)
    assert figure is not None
    rows = draw_figure(figure, 60, 16, UNICODE)
    pale = {y for y, row in enumerate(rows) for _, look in row if isinstance(look, Banded) and look.pale}
    line = {y for y, row in enumerate(rows) for sign, _ in row if "\u2800" < sign <= "\u28ff"}
    assert min(pale) == 0, "the spike"
    assert min(line) > 4, "of which the mean knows little"
    assert max(pale) - min(pale) > max(line) - min(line)
    over = {look for row in rows for sign, look in row if "\u2800" < sign <= "\u28ff"}
    assert over == {Banded(Role.D, on=Role.D)}, "the line stays in its colour, on its band"
    assert number(values[-1], 7, UNICODE).strip() in "\n".join(text(rows)), "the newest value stands at its end"


def test_a_band_under_a_foreign_line_keeps_its_colour() -> None:
    noisy = [10.0 + (index * 7919) % 11 for index in range(1_000)]
    figure = compose([banded(history(*noisy), "generator"), banded(history(*[15.0] * 1_000))], ChartView(0, 1_000), [], 60, 16)
    assert figure is not None
    looks = {look for row in draw_figure(figure, 60, 16, UNICODE) for sign, look in row if "\u2800" < sign <= "\u28ff"}
    assert Banded(Role.G, on=Role.G) in looks
    assert any(isinstance(look, Banded) and look.role is Role.D and look.on is not None for look in looks)


@CHARSETS
def test_curves_that_lie_in_the_same_cells_are_both_seen(glyphs: Glyphs) -> None:
    both = [series(history(*[value] * 40), glyphs, role) for value, role in ((1.0, "discriminator"), (1.02, "generator"))]
    figure = compose(both, ChartView(0, 40, bounds=(0.0, 8.0)), [], 40, 10)
    assert figure is not None
    rows = draw_figure(figure, 40, 10, glyphs)
    (shared,) = [row for row in rows if {role for _, role in row} >= {"discriminator", "generator"}]
    roles = [role for _, role in shared[GUTTER:]]
    assert roles[:2] == roles[2:4]
    assert roles.count("discriminator") == roles.count("generator")


def test_curves_that_cross_are_joined_in_their_one_cell() -> None:
    both = [series(history(*values), UNICODE, role) for values, role in (([0, 2, 4], "discriminator"), ([3, 2, 1], "generator"))]
    figure = compose(both, ChartView(0, 2), [], 60, 12)
    assert figure is not None
    alone = [draw_figure(figure._replace(curves=[curve]), 60, 12, UNICODE) for curve in figure.curves]
    together = draw_figure(figure, 60, 12, UNICODE)
    crossings = 0
    for row, first, second in zip(together, *alone, strict=True):
        for (sign, role), (one, _), (other, _) in zip(row, first, second, strict=True):
            if one > "\u2800" and other > "\u2800":
                crossings += 1
                assert ord(sign) == ord(one) | ord(other)
                assert role == "generator"
    assert 1 <= crossings <= 5


def test_every_sign_has_its_role() -> None:
    both = [series(history(1, 1, 1, 1), UNICODE), series(history(3, 3, math.nan, 3), UNICODE, "generator")]
    figure = compose(both, ChartView(0, 4), [ChartMark(1, "▼", "good")], 40, 10)
    assert figure is not None
    rows = draw_figure(figure, 40, 10, UNICODE)
    braille = {(role, y) for y, row in enumerate(rows) for sign, role in row if "\u2800" < sign <= "\u28ff"}
    assert {role for role, _ in braille} == {"discriminator", "generator"}
    assert min(y for role, y in braille if role == "discriminator") > max(y for role, y in braille if role == "generator")
    assert {role for row in rows for sign, role in row if sign == "▼"} == {"good"}
    assert {role for row in rows for sign, role in row if sign == "✗"} == {"error"}
    assert {role for row in rows for sign, role in row if sign in "│┤└┬─"} == {"muted"}


def test_each_step_stands_in_its_own_cell() -> None:
    width = GUTTER + 20
    for step in range(20):
        figure = compose([series([Bucket(step, 0.5, 0.5)], ASCII)], ChartView(0, 20, bounds=(0.0, 1.0)), [], width, 7)
        assert figure is not None
        (place,) = [
            (x, y) for y, line in enumerate(text(draw_figure(figure, width, 7, ASCII))[:5]) for x, sign in enumerate(line) if sign == "*"
        ]
        assert place == (GUTTER + step, 2)
        assert cell_of(Axis(0, 20), step, width) == GUTTER + step


def test_nothing_to_show_is_no_figure() -> None:
    assert figure_of(history(-1, 0), 40, 10, UNICODE, log=True) is None
    assert figure_of(history(math.nan), 40, 10, UNICODE) is None
    assert figure_of([], 40, 10, UNICODE) is None


def labels(figure: Figure | None, width: int, height: int) -> list[str]:
    """What stands at the vertical axis, from the top down."""
    assert figure is not None
    return [line[: GUTTER - 1].strip() for line in text(draw_figure(figure, width, height, UNICODE))]


def test_the_ticks_of_a_small_chart_are_round() -> None:
    found = labels(figure_of(history(*(0.13 + step / 100 for step in range(250))), 40, 9, UNICODE, small=True), 40, 9)
    assert [label for label in found if label] == ["2", "1", "0"]
    assert found[0] == "", "the top is no tick: no more room is given than is needed"


@pytest.mark.parametrize("small", [False, True])
def test_a_value_at_equilibrium_is_a_line_in_the_colour_of_its_curve(small: bool) -> None:
    both = [series(history(*[0.8] * 50), UNICODE, ideal=1.386), series(history(*[2.0] * 50), UNICODE, "generator", ideal=0.693)]
    figure = compose(both, ChartView(0, 50, small=small), [], 40, 14)
    assert figure is not None
    rows = draw_figure(figure, 40, 14, UNICODE)
    assert {role for row in rows for sign, role in row if sign == UNICODE.light} == {"discriminator", "generator"}
    assert figure.up.low <= 0.693, "it is inside of the chart"


@pytest.mark.parametrize("count", [30, 5000])
def test_marks_stand_at_their_step(count: int) -> None:
    values = [1.0] * (count // 2) + [2.0] * (count // 2)
    marks = [ChartMark(count // 2, "<", "warning"), ChartMark(count - 1, "v", "good"), ChartMark(count * 2, "*", "accent")]
    figure = compose([series(history(*values), UNICODE)], ChartView(0, count, small=True), marks, 60, 8)
    assert figure is not None
    lines = text(draw_figure(figure, 60, 8, UNICODE))
    assert lines[0].count("<") == lines[0].count("v") == 1
    assert "*" not in lines[0], "it lies ahead"
    place = lines[0].index("<")
    assert set(lines[0][GUTTER : place - 1]) == {" "}, "the second half begins there"
    assert set(lines[0][place + 2 : -2]).isdisjoint({" "})


def test_bounds_and_a_guide_that_were_asked_for() -> None:
    figure = figure_of(history(0.7, 0.7), 40, 9, UNICODE, small=True, bounds=(0.0, 1.0), guide=0.5)
    found = labels(figure, 40, 9)
    assert (found[0], found[-1]) == ("1.0", "0")
    assert figure is not None
    assert any(cell == (UNICODE.light, "faint") for cell in draw_figure(figure, 40, 9, UNICODE)[4])


def test_one_early_spike_does_not_flatten_the_rest_of_a_small_chart() -> None:
    calm = [0.7 + 0.1 * (step % 7) for step in range(99)]

    def highest(values: list[float], *, small: bool) -> float:
        figure = figure_of(history(*values), 60, 9, UNICODE, small=small)
        assert figure is not None
        return figure.up.high

    assert highest([40.0, *calm], small=True) <= 2, "the spike is at the edge"
    assert highest([40.0, *calm], small=False) >= 40, "the charts view shows the whole"
    assert highest([*calm, *[40.0] * 20], small=True) >= 40, "what lasts is no spike"


def test_curves_that_cross_share_a_cell() -> None:
    both = [series(history(0, 1), UNICODE), series(history(1, 0), UNICODE, "generator")]
    figure = compose(both, ChartView(0, 2, bounds=(0.0, 1.0)), [], GUTTER + 21, 13)
    assert figure is not None
    braille = {role for row in draw_figure(figure, GUTTER + 21, 13, UNICODE) for sign, role in row if "\u2800" < sign <= "\u28ff"}
    assert braille == {"discriminator", "generator"}


@pytest.mark.parametrize("ends", [(9.3, 8.5, 7.25, 7.19), (7.19, 9.3, 7.25, 8.5), (5.0, 5.01), (1.0, 1.0, 1.0, 9.0)])
def test_the_values_at_the_ends_of_lines_stand_in_their_order(ends: tuple[float, ...]) -> None:
    curves = [series(history(*[end] * 100), ASCII)._replace(name=f"{end}", raw=history(*[end] * 100)) for end in ends]
    for height in range(7, 15):
        figure = compose(curves, ChartView(0, 100), [], 60, height)
        assert figure is not None
        lines = text(draw_figure(figure, 60, height, ASCII)[:-2])
        labels = [float(line.split()[-1]) for line in lines if line.rstrip()[-1].isdigit()]
        assert labels == sorted(labels, reverse=True), "\n".join(lines)
        assert labels
