"""The plane of a two-dimensional GAN as cells."""

import pytest

from gan_tui.render.field import ASCII_HEADS, HEADS, LEVELS, SHADES, FieldLook, Ink, draw_field, new_levels
from gan_tui.run.playing import Picture, Point, packed

DOTS, SIGNS = FieldLook(dots=True, unicode=True, shaded=True), FieldLook(dots=False, unicode=False, shaded=False)
COLUMNS, ROWS = 8, 4


def picture(real: list[Point] = [], generated: list[Point] = [], arrows: list[Point] = [], grid: list[Point] = []) -> Picture:  # noqa: B006
    return Picture(packed(real), packed(generated), bytes(COLUMNS * ROWS), packed(arrows), packed(grid))


def lines(shown: Picture, look: FieldLook = SIGNS, level: int = 0) -> list[str]:
    cells = draw_field(shown, [level] * COLUMNS * ROWS, COLUMNS, ROWS, look)
    return ["".join(cell.sign for cell in cells[first : first + COLUMNS]) for first in range(0, COLUMNS * ROWS, COLUMNS)]


def test_up_is_up_and_the_corners_are_in_the_field() -> None:
    assert lines(picture(real=[(-1, 1), (1, -1)], generated=[(1, 1), (0.1, 0.1)])) == ["o      x", "    x   ", "        ", "       o"]


def test_dots_are_an_eighth_of_a_cell() -> None:
    assert lines(picture(real=[(-1, 1)]), DOTS)[0][0] == "⠁"
    assert lines(picture(real=[(-1, 1), (-0.9, 0.95)]), DOTS)[0][0] == "⠁"
    assert lines(picture(real=[(-1, 1), (-0.8, 0.6)]), DOTS)[0][0] == "⢁"


def test_what_is_generated_lies_over_what_is_real_and_both_over_arrows_but_for_their_heads() -> None:
    shown = picture(real=[(-1, 1), (-0.6, 1)], generated=[(-1, 1), (0.4, -1)], arrows=[(-1, 1), (0.4, 1), (-1, -1), (0.4, -1)])
    inks = [cell.ink for cell in draw_field(shown, [0] * COLUMNS * ROWS, COLUMNS, ROWS, DOTS)]
    assert inks[:COLUMNS] == [Ink.GENERATED, Ink.REAL, *[Ink.ARROW] * 4, Ink.NONE, Ink.NONE]
    assert inks[-COLUMNS:] == [*[Ink.ARROW] * 6, Ink.NONE, Ink.NONE]


@pytest.mark.parametrize(
    ("x", "y", "eighth"), [(1, 0, 0), (1, 1, 1), (0, 1, 2), (-1, 1, 3), (-1, 0, 4), (-1, -1, 5), (0, -1, 6), (1, -1, 7)]
)
def test_arrows_have_heads_where_they_point(x: int, y: int, eighth: int) -> None:
    shown = picture(arrows=[(0.01, 0.01), (0.01 + 0.6 * x, 0.01 + 0.6 * y)])
    assert HEADS[eighth] in "".join(lines(shown, DOTS))
    assert ASCII_HEADS[eighth] in "".join(lines(shown))


def test_an_arrow_that_has_vanished_is_not_drawn() -> None:
    assert not "".join(lines(picture(arrows=[(0, 0), (0.02, 0.02)]), DOTS)).strip()


def test_shades_stand_where_nothing_else_does() -> None:
    assert lines(picture(real=[(-1, 1)]), level=LEVELS - 1)[0] == "o" + SHADES[-1] * 7
    assert lines(picture(), DOTS, level=LEVELS - 1)[0] == " " * 8


def test_a_level_changes_only_when_d_is_clearly_elsewhere() -> None:
    step = 255 / (LEVELS - 1)
    assert new_levels(bytes([0, 255, round(2 * step)]), []) == [0, LEVELS - 1, 2]
    assert new_levels(bytes([round(2.6 * step)]), [2]) == [2]
    assert new_levels(bytes([round(2.8 * step)]), [2]) == [3]
    assert new_levels(bytes([round(2.6 * step)]), [3]) == [3]
