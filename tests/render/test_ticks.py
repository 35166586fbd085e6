"""Axes: round numbers, whole steps, whatever the range."""

import math
from itertools import pairwise

import pytest

from gan_tui.render.ticks import LABEL, epoch_ticks, nice, recent_steps, step_label, step_ticks, value_axis, whole_run
from gan_tui.run.history import Bucket


def test_the_series_one_two_five() -> None:
    assert [nice(value) for value in (1, 1.5, 2, 3, 5, 7, 10, 12)] == [1, 2, 2, 5, 5, 10, 10, 20]
    assert nice(0.3) == pytest.approx(0.5)


def test_step_labels_lose_nothing() -> None:
    shown = [step_label(step) for step in (0, 800, 1000, 12_000, 12_500, 1_250_000, 1_234_567, 2 * 10**9)]
    assert shown == ["0", "800", "1k", "12k", "12.5k", "1.25M", "1234567", "2G"]


@pytest.mark.parametrize(
    ("first", "last", "most"), [(0, 1, 8), (0, 7, 8), (0, 120_000, 8), (4_211, 6_000, 8), (0, 2**62, 8), (10**6, 10**6 + 3, 8)]
)
def test_step_ticks_are_whole_and_few(first: int, last: int, most: int) -> None:
    ticks = step_ticks(first, last, most)
    steps = [tick.value for tick in ticks]
    assert 1 <= len(ticks) <= most + 1
    assert all(first <= step <= last and step == int(step) for step in steps)
    assert len({tick.label for tick in ticks}) == len(ticks)
    apart = {b - a for a, b in pairwise(steps)}
    assert len(apart) <= 1
    assert all(str(int(step)).rstrip("0") in ("1", "2", "5") for step in apart)


def test_epochs_stand_where_they_end() -> None:
    assert [(tick.value, tick.label) for tick in epoch_ticks(0, 3000, 600, 8)] == [(600 * number, str(number)) for number in range(6)]
    assert epoch_ticks(0, 3000, 0, 8) == []
    assert epoch_ticks(0, 300, 600, 8) == [], "less than one epoch has none"


RANGES = [(0.0, 1.0), (0.1, 6.3), (-3.0, 240.0), (5.0, 5.0), (0.0, 0.0), (-2.0, -2.0), (1e-9, 2e-9), (-1e308, 1e308), (1e308, 1.1e308),
          (1e16, 1e16 + 2), (123.456, 123.457), (5e-324, 1e-300)]  # fmt: skip


@pytest.mark.parametrize(("low", "high"), RANGES)
@pytest.mark.parametrize("rows", [2, 5, 12, 40])
def test_value_axes_hold_their_values(low: float, high: float, rows: int) -> None:
    axis, ticks = value_axis(low, high, rows)
    assert axis.low <= low
    assert axis.high >= high
    assert axis.low < axis.high
    assert 2 <= len(ticks) <= 40
    assert all(len(tick.label) <= LABEL for tick in ticks)
    assert len({tick.label for tick in ticks}) == len(ticks), ticks
    for value in (low, high, (low / 2 + high / 2)):
        assert 0 <= axis.share(value) <= 1
        assert math.isfinite(axis.share(value))


@pytest.mark.parametrize(("low", "high"), [(low, high) for low, high in RANGES if low > 0])
@pytest.mark.parametrize("rows", [2, 5, 12, 40])
def test_log_axes_hold_their_values(low: float, high: float, rows: int) -> None:
    axis, ticks = value_axis(low, high, rows, log=True)
    assert axis.log
    assert axis.low < axis.high
    assert ticks
    assert all(len(tick.label) <= LABEL for tick in ticks)
    assert axis.share(low) <= axis.share(high)


def test_a_log_axis_has_its_decades() -> None:
    _, ticks = value_axis(0.02, 300.0, 12, log=True)
    assert [tick.label for tick in ticks] == ["0.1", "1", "10", "100"]


def test_axes_of_losses_are_readable() -> None:
    axis, ticks = value_axis(0.13, 6.2, 15)
    assert [tick.label for tick in ticks] == ["0", "2", "4", "6"]
    assert (axis.low, axis.high) == pytest.approx((0.0, 6.4))
    assert [tick.label for tick in value_axis(0.0, 1.0, 15)[1]] == ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]
    assert [tick.label for tick in value_axis(0.0, 45_000.0, 15)[1]] == ["0", "10k", "20k", "30k", "40k"]


def test_noise_in_the_third_digit_does_not_fill_a_chart() -> None:
    axis, _ = value_axis(9.962, 9.974, 12)
    assert axis.high - axis.low >= 0.099
    assert axis.low < 9.93 < 10.0 < axis.high
    axis, _ = value_axis(0.97, 0.99, 12)
    assert (axis.low, axis.high) == pytest.approx((0.97, 0.99))


def test_a_growing_run_keeps_its_axis_for_a_while() -> None:
    def ends(last: int) -> tuple[int, int]:
        return whole_run([Bucket(1, 0.0, 0.0)], last, growing=True)

    assert len({ends(last) for last in range(10_000, 11_000, 10)}) <= 3
    assert all(ends(last)[0] == 0 and last < ends(last)[1] <= last * 1.11 for last in range(100, 12_000, 97))
    assert whole_run([Bucket(1, 0.0, 0.0)], 5_000, growing=False) == (0, 5_000)
    assert whole_run([Bucket(4_000, 0.0, 0.0)], 5_000, growing=False) == (4_000, 5_000), "somebody's own loop may begin anywhere"


def test_the_recent_window_moves_by_quarters() -> None:
    windows = {recent_steps(last - 1800, last) for last in range(10_000, 11_000, 10)}
    assert len(windows) <= 3
    assert all(end - first == 2_000 for first, end in windows)
