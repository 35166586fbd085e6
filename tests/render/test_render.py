"""Pixels and numbers to text: exact widths, whatever comes in."""

import io
import math
import re
import sys
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from gan_tui.render import glyphs as character_sets
from gan_tui.render.bars import area, bar, columns, course, gauge, held, over_time, spark
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs, for_terminal
from gan_tui.render.grid import choose_grid
from gan_tui.render.images import ascii_image
from gan_tui.render.text import SHORTEST_CUT, duration, eta, fit, fit_both_ends, number, plain, rate
from gan_tui.run.history import Bucket, History
from gan_tui.run.images import Images

STRANGE = [None, math.nan, math.inf, -math.inf, 0.0, -1.0, 1.0, 1e308, -1e308, 0.5, 123456.789]
CHARSETS = pytest.mark.parametrize("glyphs", [UNICODE, ASCII], ids=["unicode", "ascii"])


def buckets(*values: float) -> list[Bucket]:
    history = History()
    for step, value in enumerate(values):
        history.append(step, value)
    return history.buckets


def test_a_small_number_is_not_zero() -> None:
    """A learning rate of 1.3e-4 stood as 0.000; a probability that small may."""
    for value, wide, narrow in (
        (1.34e-4, "1.3e-4", "1.3e-4"),
        (-1.34e-4, "-1.3e-4", "-1e-4"),
        (9e-300, "9e-300", "9e-300"),
        (0.0, "0.000", "0.000"),
    ):
        assert number(value, 7, UNICODE).strip() == wide
        assert number(value, 6, UNICODE).strip() == narrow
    assert number(1e-4, 7, UNICODE, 2).strip() == "0.00"


@CHARSETS
@pytest.mark.parametrize("value", STRANGE)
def test_every_number_has_its_width(value: float | None, glyphs: Glyphs) -> None:
    assert len(number(value, 7, glyphs)) == 7
    assert len(rate(value, glyphs)) == 12
    assert len(duration(value, glyphs)) <= 7
    for width in range(20):
        for drawn in (bar(value, width, glyphs), gauge(value, width, glyphs)):
            assert len(drawn.filled + drawn.rest) == width


def test_numbers_as_people_write_them() -> None:
    shown = [number(value, 7, UNICODE).strip() for value in (0.8321, 12345.6, -1e300, math.nan, math.inf, -math.inf, None)]
    assert shown == ["0.832", "12345.6", "-1e300", "nan", "inf", "-inf", "–"]
    assert [duration(seconds, UNICODE) for seconds in (8, 187, 18_720, 1_051_200, math.nan)] == ["8s", "3m 07s", "5h 12m", "12d 4h", "–"]
    assert rate(8431, UNICODE).strip() == "8,431 it/s"


@given(st.floats(0, 1e9))
def test_time_to_come_is_never_said_to_be_less_than_it_is(seconds: float) -> None:
    said = eta(seconds, UNICODE)
    assert len(said) <= 7
    number, unit = re.compile(r"(\d+)(d|h| min)"), {"d": 86_400, "h": 3600, " min": 60}
    spoken = sum(int(count) * unit[name] for count, name in number.findall(re.sub(r"(\d+)m", r"\1 min", said)))
    assert seconds <= spoken < seconds + 86_400
    assert [eta(seconds, UNICODE) for seconds in (59, 60, 61, 3541, 86_399, 86_401)] == [
        "<1 min", "1 min", "2 min", "1h 00m", "1d 0h", "1d 1h",
    ]  # fmt: skip


def test_a_bar_is_exact_to_half_a_cell() -> None:
    assert "".join(bar(0.5, 5, UNICODE)) == "━━╸──"
    assert "".join(bar(2.0, 3, UNICODE)) == "━━━"
    assert "".join(gauge(0.7, 10, UNICODE)) == "━━━━━┿━───"
    assert "".join(gauge(0.2, 10, UNICODE)) == "━━───┼────"


@CHARSETS
def test_spark(glyphs: Glyphs) -> None:
    assert spark([], 5, glyphs) == " " * 5
    middle = glyphs.low_spark[round((len(glyphs.low_spark) - 1) / 2)]
    assert spark(buckets(1.0), 5, glyphs).strip() == middle
    assert spark(buckets(math.nan, math.nan), 5, glyphs) == " " * 5
    assert spark(buckets(0.0, 1.0, math.nan, 2.0), 4, glyphs) == glyphs.low_spark[0] + middle + " " + glyphs.low_spark[-1]
    assert len(spark(buckets(*range(1000)), 31, glyphs)) == 31
    assert len(spark(buckets(-1e308, 1e308, 0.0), 3, glyphs)) == 3


def test_sparklines_that_stand_one_over_the_other_do_not_touch() -> None:
    """They were one blob, in one colour or in none."""
    assert "█" not in spark(buckets(*range(40)), 40, UNICODE)
    assert area([1.0], 1, 1, UNICODE) == ["█"]


def test_a_young_history_grows_and_an_old_one_fills_its_columns() -> None:
    assert columns(buckets(1.0, math.nan, 3.0), 40) == [1.0, None, 3.0]
    laid = columns(buckets(*[0.0] * 2500, *[1.0] * 2500), 40)
    assert laid == [0.0] * 20 + [1.0] * 20
    assert columns([Bucket(0, 0.0, 0.0), *(Bucket(step, 1.0, 1.0) for step in range(90, 100))], 10) == [0.0] * 9 + [1.0]


def test_few_measurements_are_as_many_cells() -> None:
    assert held([Bucket(600, 3.0, 3.0)], 9000, 20) == [3.0], "one is no plateau"
    assert held([Bucket(step, 1.0 / step, 1.0 / step) for step in (1, 2, 4, 8)], 9000, 20) == [1.0, 0.5, 0.25, 0.125]
    assert held([Bucket(step, step, step) for step in (1, 2, 4, 8)], 8, 2) == [4, 8]


def test_a_measurement_is_held_until_the_next_and_told_from_what_is_held() -> None:
    found = over_time([Bucket(step, value, value) for step, value in ((0, 9.0), (5, 4.0), (10, 1.0))], 20, 10)
    assert [column.value for column in found] == [9.0, 9.0, 4.0, 4.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert [at for at, column in enumerate(found) if column.measured] == [0, 2, 4]
    assert over_time([Bucket(600, 3.0, 3.0)], 9000, 20) == [(3.0, True)], "one is no plateau"
    assert len(over_time([Bucket(step, 1.0, 1.0) for step in range(100)], 100, 10)) == 10
    assert over_time([], 9, 5) == []
    assert len(course([Bucket(600, 3.0, 3.0)], 9000, 20, UNICODE).rstrip()) == 1


def test_a_digit_can_be_read() -> None:
    """A seven, drawn with two strokes of three pixels."""
    picture = bytearray(28 * 28)
    for step in range(16):
        for thickness in range(3):
            picture[(6 + thickness) * 28 + 6 + step] = 255
            picture[(6 + step) * 28 + 20 - step // 2 + thickness - 1] = 255
    assert ascii_image(Images(1, 28, 28, 1, bytes(picture)), 0, 14, 7) == [
        "              ",
        "  #@@@@@@@@#  ",
        "        .@#   ",
        "       ,@*    ",
        "      ,@*     ",
        "      @#      ",
        "              ",
    ]


@pytest.mark.parametrize(("columns_", "rows"), [(1, 1), (10, 5), (14, 7), (28, 14), (60, 30)])
def test_images_have_the_size_that_was_asked_for(columns_: int, rows: int) -> None:
    for value in (0, 128, 255):
        lines = ascii_image(Images(1, 28, 28, 1, bytes([value]) * 784), 0, columns_, rows)
        assert len(lines) == rows
        assert {len(line) for line in lines} == {columns_}
        assert len(set("".join(lines))) == 1, "a plain area is plain"
    assert "".join(lines) == "@" * columns_ * rows


@pytest.mark.parametrize("count", [1, 3, 100])
def test_grids_fit(count: int) -> None:
    for width, height in product((8, 38, 78, 118, 198, 400), (4, 16, 23, 40, 100)):
        grid = choose_grid(width, height, count)
        assert grid is not None, (width, height)
        assert grid.full_width <= width, (width, height)
        assert grid.full_height <= height, (width, height)
        assert (grid.rows - 1) * grid.columns < count, (width, height)


def test_where_no_image_fits_there_is_no_grid() -> None:
    for width, height in (*product((1, 7), (1, 3, 4, 40, 100)), *product((8, 78, 400), (1, 3))):
        assert choose_grid(width, height, 3) is None, (width, height)


def test_the_grid_at_80x24() -> None:
    grid = choose_grid(78, 16, 100)
    assert grid is not None
    assert (grid.columns, grid.rows, grid.width, grid.height) == (5, 2, 14, 7)


def test_pixels_are_shown_as_they_are_or_at_half_their_size() -> None:
    whole, captioned, colour = (
        choose_grid(118, 43, 100, captions=captions, native=native) for captions, native in ((False, 14), (True, 14), (False, 16))
    )
    assert whole is not None
    assert (whole.columns, whole.rows, whole.width, whole.height) == (4, 3, 28, 14), "twelve at 200x60"
    assert captioned == whole, "what D says of each is not worth a row of them"
    roomier = choose_grid(118, 45, 100, captions=True, native=14)
    assert roomier is not None
    assert (roomier.columns, roomier.rows, roomier.captions) == (4, 3, True)
    assert colour is not None
    assert (colour.columns, colour.rows, colour.width, colour.height) == (3, 2, 32, 16), (
        "six as they are, not 35 of a quarter of their pixels"
    )
    for width in range(10, 200, 7):
        for height in range(4, 60, 3):
            grid = choose_grid(width, height, 100, native=14)
            assert grid is None or grid.height <= 7 or grid.height == 14, "nothing in between is sharp"
            free = grid is None or grid.row_gap or grid.rows == 1 or grid.full_height == height
            assert free or (grid is not None and grid.height == 14), "smaller ones touch only where no line is free"


def test_words_from_outside() -> None:
    assert plain("a\x1b[31mb\x00\n‮c\t d", UNICODE) == "a [31mb c d"
    assert plain("寿司 – ok…", ASCII) == "?? - ok..."
    assert fit("abcdef", 4, UNICODE) == "abc…"
    assert fit("abcdef", 4, ASCII) == "a..."
    assert fit("寿司寿司", 5, UNICODE) == "寿司…"
    assert [len(fit("abcdef", width, ASCII)) for width in range(4)] == [0, 1, 2, 3]


def test_a_said_c_locale_is_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "C")
    assert for_terminal() is ASCII


def test_plain_ascii_is_chosen_once_and_remembered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """For a font without dots and blocks, which no locale knows of."""
    monkeypatch.delenv("LC_ALL", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "__stdout__", io.TextIOWrapper(io.BytesIO(), "utf-8"))
    monkeypatch.setattr(sys, "__stderr__", None)
    assert for_terminal() is UNICODE
    monkeypatch.setenv(character_sets.ASCII_VARIABLE, "")
    character_sets.choose(ascii_only=True)
    character_sets.remember(ascii_only=True)
    monkeypatch.setenv(character_sets.ASCII_VARIABLE, "")
    assert for_terminal() is ASCII, "by another process too"
    monkeypatch.setenv(character_sets.ASCII_VARIABLE, "0")
    assert for_terminal() is UNICODE
    character_sets.choose(ascii_only=False)
    character_sets.remember(ascii_only=False)
    monkeypatch.setenv(character_sets.ASCII_VARIABLE, "")
    assert for_terminal() is UNICODE


def test_the_ascii_glyphs_are_ascii() -> None:
    assert all(value.isascii() for value in vars(ASCII).values() if isinstance(value, str))


@pytest.mark.parametrize("width", range(SHORTEST_CUT, 24))
def test_names_that_differ_at_their_ends_do_so_where_they_are_cut(width: int) -> None:
    seventh, eighth = (fit_both_ends(f"my-long-experiment-seed-{seed}", width, UNICODE) for seed in (7, 8))
    assert seventh != eighth
    assert cell_len(seventh) == width
    by_time = {fit_both_ends(f"20261128-1435{second}-mnist-classic", width, UNICODE) for second in (10, 11)}
    assert len(by_time) == (2 if width >= 16 else 1), "date and time are whole where they have room"
