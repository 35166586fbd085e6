"""What is drawn on the board, and where it stands on a screen."""

import itertools

import pytest
from textual.geometry import Size

from gan_tui.dashboard.canvas import Canvas, Pixel
from gan_tui.dashboard.widgets.drawing_panel import FRAME, layout


def inked(canvas: Canvas) -> set[Pixel]:
    return {(place % canvas.width, place // canvas.width) for place, value in enumerate(canvas.outline) if value == 255}


def test_a_line_has_no_gap_and_ends_where_it_should() -> None:
    canvas = Canvas(28, 20)
    canvas.line((2, 3), (9, 17), ink=True)
    found = sorted(inked(canvas), key=lambda pixel: pixel[1])
    assert (found[0], found[-1]) == ((2, 3), (9, 17))
    assert all(max(abs(a[0] - b[0]), abs(a[1] - b[1])) == 1 for a, b in itertools.pairwise(found))


def test_beside_the_canvas_nothing_is_drawn() -> None:
    canvas = Canvas(4, 4)
    canvas.line((-5, 1), (9, 1), ink=True, radius=1)
    assert inked(canvas) == {(x, y) for x in range(4) for y in range(3)}
    canvas.mark((3, 3), ink=False, radius=1)
    assert (2, 2) not in inked(canvas)
    assert (1, 2) in inked(canvas)


def test_a_stroke_is_undone_as_one_and_what_changed_nothing_is_none() -> None:
    canvas = Canvas(8, 8)
    assert not canvas.undo()
    canvas.begin()
    canvas.line((0, 0), (7, 7), ink=True)
    canvas.begin()
    canvas.line((7, 0), (0, 7), ink=True)
    canvas.begin()
    canvas.mark((0, 0), ink=True)
    assert canvas.undo()
    assert inked(canvas) == {(n, n) for n in range(8)}
    canvas.clear()
    assert canvas.empty
    assert canvas.undo()
    assert inked(canvas) == {(n, n) for n in range(8)}
    assert canvas.undo()
    assert not canvas.undo()


def test_another_drawing_must_be_of_its_size() -> None:
    canvas = Canvas(3, 2)
    canvas.load(bytes([0, 200, 0, 255, 100, 0]))
    assert inked(canvas) == {(1, 0), (0, 1)}
    with pytest.raises(ValueError, match="3 x 2"):
        canvas.load(bytes(5))


@pytest.mark.parametrize("room", [(60, 17), (80, 21), (120, 37), (200, 57), (30, 40)])
@pytest.mark.parametrize("side", [28, 32, 64])
def test_both_pictures_fit_into_the_room(side: int, room: tuple[int, int]) -> None:
    place = layout(side, side, Size(*room))
    assert place.fits
    assert (place.columns + FRAME) * (1 if place.below else 2) + place.left <= room[0]
    assert (place.rows + FRAME) * (2 if place.below else 1) <= room[1]
    assert place.columns == pytest.approx(2 * place.rows, abs=2), "a cell is twice as high as it is wide"


def test_a_pixel_of_a_digit_is_a_half_cell_in_a_small_room_and_two_cells_in_a_large_one() -> None:
    assert layout(28, 28, Size(60, 17))[:2] == (28, 14)
    assert layout(28, 28, Size(120, 37))[:2] == (56, 28)
    assert not layout(28, 28, Size(4, 3)).fits
