"""From a history to pieces of a line: spikes survive, NaN is a gap, what was rolled back is gone."""

import math

import pytest

from gan_tui.render.curves import calming, extremes, kept, lay, point_at, smooth, smoothed, spread_out, within
from gan_tui.render.ticks import Axis
from gan_tui.run.history import Bucket, History


def history(*values: float, stride: int = 1) -> list[Bucket]:
    made = History()
    for index, value in enumerate(values):
        made.append(index * stride, value)
    return made.buckets


@pytest.mark.parametrize("columns", [1, 7, 140, 6_000])
def test_a_single_spike_survives(columns: int) -> None:
    values = [1.0] * 100_000
    values[33_333] = 99.0
    laid = lay(history(*values), Axis(0, 100_000), columns)
    assert max(high for piece in laid.pieces for _, _, high in piece) == 99.0
    assert laid.gaps == []
    assert len(laid.pieces) == 1


def test_nan_and_infinity_are_gaps_with_a_mark() -> None:
    laid = lay(history(1, 2, math.nan, math.inf, 3, 4), Axis(0, 6), 6)
    assert [[column for column, _, _ in piece] for piece in laid.pieces] == [[0, 1], [4, 5]]
    assert laid.gaps == [2, 3]


def test_nan_among_others_is_marked_and_no_gap() -> None:
    laid = lay(history(1, 2, math.nan, 3, 4, 5), Axis(0, 6), 2)
    assert laid.gaps == [0]
    assert laid.pieces == [[(0, 1, 2), (1, 3, 5)]]


def test_what_cannot_be_shown_on_a_log_axis_is_left_out() -> None:
    laid = lay(history(1, -2, 0, 3), Axis(0, 4), 4, positive=True)
    assert [[column for column, _, _ in piece] for piece in laid.pieces] == [[0], [3]]
    assert laid.gaps == [], "they are finite"
    assert extremes(history(-1, 0, 5, 2), positive=True) == (2, 5)
    assert extremes(history(-1, 0), positive=True) is None
    assert extremes(history(math.nan)) is None


def test_what_was_rolled_back_did_not_happen() -> None:
    points = [Bucket(step, float(step), float(step)) for step in (0, 10, 20, 30)] + [Bucket(15, -1.0, -1.0), Bucket(25, -2.0, -2.0)]
    assert [(point.step, point.low) for point in kept(points)] == [(0, 0.0), (10, 10.0), (15, -1.0), (25, -2.0)]


def test_smoothing() -> None:
    assert [point.low for point in smooth(history(2, 4, 6, 8), 3)] == [3, 4, 6, 7]
    assert [point.low for point in smooth(history(2, math.nan, 6, 8), 3)] == [2, None, 7, 7], "a gap stays one and counts for nothing"
    assert smooth(history(1, 5), 1) == history(1, 5)
    assert [point.low for point in smooth(history(1.5e308, 1.5e308), 2)] == [None, 1.5e308], "what overflows is no number"


def test_few_measured_points_stay_as_they_are() -> None:
    few = history(50, 30, 20, 16, 15, 14.42)
    assert smoothed(few, 5) == smoothed(few, 100) == few
    many = history(*(float(index % 2) for index in range(240)))
    assert smoothed(many, 10) == smooth(many, 10)
    assert smoothed(many, 100) == smooth(many, 20)


def test_noise_asks_for_means_of_more_points_and_a_course_for_none() -> None:
    noise = [float((index * 7919) % 101) for index in range(2_000)]
    assert calming(history(*(index / 10 for index in range(2_000)))) == 1, "a straight line"
    assert calming(history(*(index * 5 + value for index, value in enumerate(noise)))) == 1, "noise that is little beside the course"
    mixed = calming(history(*(index / 5 + value for index, value in enumerate(noise))))
    assert 1 < mixed < calming(history(*noise)) == 100
    assert calming(history(*noise[:30])) <= 3, "few points keep some of their course"
    for values in ([], [1.0], [math.nan], [-1.5e308, 1.5e308], [math.nan, 1.0, math.inf, 2.0]):
        assert calming(history(*values)) == 1


def test_means_lie_in_the_band_of_what_they_are_means_of() -> None:
    values = [float((index * 7919) % 101) for index in range(1_000)]
    band = lay(history(*values), Axis(0, 1_000), 40)
    line = lay(history(*values), Axis(0, 1_000), 40, mean=True)
    for (_, low, high), (_, mean, same) in zip(band.pieces[0], line.pieces[0], strict=True):
        assert low < mean == same < high


def test_a_band_goes_straight_on_where_there_is_no_value_between() -> None:
    cells = spread_out([[(0, 0.0, 2.0), (8, 8.0, 10.0)]], 5)
    assert cells == {0: (0.0, 3.0), 1: (2.0, 5.0), 2: (4.0, 7.0), 3: (6.0, 9.0), 4: (8.0, 10.0)}
    assert spread_out([[(3, 1.0, 2.0)]], 2) == {1: (1.0, 2.0)}, "a single value has its cell"
    assert spread_out([], 5) == {}


def test_windows() -> None:
    points = history(*range(10), stride=10)
    assert [point.step for point in within(points, 35, 60)] == [30, 40, 50, 60], "a point reaches to the next one"
    assert within(points, -10, -5) == []
    found = point_at(points, 59.5)
    assert found is not None
    assert found.step == 50
    assert point_at(points, -1) is None
