"""D's logits as strips and as two histograms."""

import pytest

from gan_tui.render.figure import GUTTER, ChartView, Row
from gan_tui.render.glyphs import ASCII, UNICODE, Glyphs
from gan_tui.render.logits import LEAST, draw_logits, moment_at
from gan_tui.run.inside import Logits
from gan_tui.run.state import LogitMoment

LOOK = ChartView(0, 1000)


def moment(step: int, real: int, generated: int) -> LogitMoment:
    """All real images in one of ten parts of -5 to 5, all generated ones in another."""
    counts = [tuple(100 * (place == wanted) for place in range(10)) for wanted in (real, generated)]
    return LogitMoment(step, Logits(-5.0, 5.0, counts[0], counts[1]))


def text(rows: list[Row]) -> list[str]:
    return ["".join(sign for sign, _ in row) for row in rows]


def lines_with(rows: list[Row], role: str, columns: range) -> set[int]:
    """Which lines have something in a role there, the head left out; 1 is the highest logit."""
    return {y for y, row in enumerate(rows) if y and any(row[x][1] == role and row[x][0] != " " for x in columns)}


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_real_and_generated_stand_back_to_back_at_one_axis(glyphs: Glyphs) -> None:
    rows = draw_logits([moment(500, real=9, generated=0)], LOOK, None, 40, 12, glyphs)
    assert {len(row) for row in rows} == {40}
    assert lines_with(rows, "discriminator", range(GUTTER, 40)) == {1}, "all real images have the highest logits"
    assert lines_with(rows, "generator", range(GUTTER, 40)) == {10}
    assert "logit" in text(rows)[-1]
    assert text(rows)[-1].count("100%") == 2
    middle = text(rows)[-1].index(" 0 ") + 1
    assert (rows[1][middle - 1][1], rows[10][middle + 1][1]) == ("discriminator", "generator")


def test_a_strip_has_each_evaluation_from_its_step_on() -> None:
    moments = [moment(200, real=9, generated=0), moment(600, real=5, generated=4)]
    rows = draw_logits(moments, LOOK, None, 120, 12, UNICODE)
    first = text(rows)[0].index("real")
    width = text(rows)[0].index("generated") - 2 - first
    early, late = range(first + width // 4, first + width // 2), range(first + width * 6 // 10, first + width * 6 // 10 + 1)
    assert lines_with(rows, "discriminator", range(first, first + width // 6)) == set(), "before the first there is nothing"
    assert lines_with(rows, "discriminator", early) == {1}
    assert lines_with(rows, "discriminator", late) == {5}
    assert " 1k " in text(rows)[-1]
    assert "1k" not in text(draw_logits(moments, LOOK, None, 50, 12, UNICODE))[-1], "there is no room for strips"


def test_the_cursor_chooses_the_evaluation() -> None:
    moments = [moment(200, real=9, generated=0), moment(600, real=0, generated=9)]
    assert [moment_at(moments, step).step for step in (None, 700, 599, 10)] == [600, 600, 200, 200]
    assert text(draw_logits(moments, LOOK, 300, 40, 12, UNICODE)) != text(draw_logits(moments, LOOK, None, 40, 12, UNICODE))


def test_one_wild_evaluation_flattens_no_other() -> None:
    wild = LogitMoment(0, Logits(-1e300, 1e299, (1, 1), (1, 1)))
    usual = [moment(10 * number, real=9, generated=0) for number in range(1, 40)]
    rows = draw_logits([wild, *usual], LOOK, None, 100, 12, UNICODE)
    assert text(rows)[1][:GUTTER].strip("┤│ ") in ("", "4", "5")
    assert lines_with(rows, "discriminator", range(70, 100)) == {1}


@pytest.mark.parametrize("glyphs", [UNICODE, ASCII])
def test_any_room_is_filled_exactly_or_left_empty(glyphs: Glyphs) -> None:
    moments = [moment(0, real=0, generated=0), LogitMoment(7, Logits(1e299, 1.1e299, (0, 3), (5, 0)))]
    for width in range(0, 130, 3):
        for height in (0, 4, 5, 9, 40):
            rows = draw_logits(moments, LOOK, 3.0, width, height, glyphs)
            assert len(rows) == (height if width >= LEAST[0] and height >= LEAST[1] else 0)
            assert all(len(row) == width for row in rows)
    assert draw_logits([], LOOK, None, 80, 24, glyphs) == []
