"""Where things stand on the screen of `gan-tui play`, at any size of the terminal. No Textual."""

from typing import NamedTuple

from gan_tui.run.playing import MOST_SIDE

FRAME = 2
"""Cells of the field's frame, across and down."""
FRAMED = 16
"""Lines of a terminal from which on the field has one."""
SIDE, SIDE_WITHOUT_KNOBS = 36, 32
"""Columns that the numbers beside the field need."""
NUMBERS = 8
KNOBS = 9
LEGEND = 3
"""Lines of the panels beside the field, with the blank ones above."""
BLANKS = 2
NUMBERS_AND_LEGEND = NUMBERS + LEGEND - 1
"""Lines that they take below the field, without a blank one."""
CHART = 9
"""Lines from which on a chart is worth its room."""
LEAST_ROWS = 4


class PlayLayout(NamedTuple):
    """Sizes in cells."""

    columns: int
    rows: int
    """Of the field: a square, for a cell is twice as high as wide."""
    stacked: bool
    """Do numbers and knobs stand below the field?"""
    side: bool
    """Are there numbers?"""
    knob_line: bool
    """Are the knobs in one line?"""
    dense: bool
    """Are there no blank lines between them?"""
    charts: int
    """How many there is room for, 0 to 2."""
    frame: int
    """Cells of the field's frame, across and down."""

    @property
    def classes(self) -> dict[str, bool]:
        """By which the style sheet knows it."""
        return {
            "-knob-line": self.knob_line,
            "-stacked": self.stacked,
            "-alone": not self.side,
            "-dense": self.dense,
            "-one-chart": self.charts > 0,
            "-two-charts": self.charts > 1,
            "-bare": not self.frame,
        }


def most_lesson(height: int) -> int:
    """Lines that the lesson may have on a terminal of so many."""
    return max(2, height // 4 + (FRAME if height < FRAMED else 1))


def layout(width: int, height: int, lesson: int) -> PlayLayout:
    """For a terminal of this size; `lesson`: lines of its text, 0 where it was put away.

    Numbers and knobs stand where they leave the field more room, and only where they leave it about half of what it could have without
    them; all of it where the lesson was put away for its sake.
    """
    body = height - 2 - lesson
    frame = FRAME if height >= FRAMED else 0
    panels = NUMBERS + KNOBS + LEGEND

    def square(width: int, height: int) -> int:
        return min(height - frame, (width - frame) // 2, MOST_SIDE // 2)

    alone = max(LEAST_ROWS, square(width, body - 1))
    knob_line = body < panels - BLANKS
    beside = square(width - (SIDE_WITHOUT_KNOBS if knob_line else SIDE), body - knob_line)
    below, below_line = square(width, body - panels), square(width, body - 1 - NUMBERS_AND_LEGEND)
    least = max(LEAST_ROWS, 2 * alone // 5) if lesson else alone
    least_beside = max(LEAST_ROWS, alone // 2) if lesson else alone
    if SIDE <= width < 2 * SIDE + FRAME and below > (width - frame - SIDE) // 2 and below >= least:
        rows, stacked, side, knob_line = below, True, True, False
    elif beside >= least_beside:
        rows, stacked, side = beside, False, True
    elif width >= SIDE_WITHOUT_KNOBS and below_line >= least:
        rows, stacked, side, knob_line = below_line, True, True, True
    else:
        rows, stacked, side, knob_line = alone, False, False, True
    dense = body < panels or (stacked and knob_line)
    spare = body - panels - (rows + frame if stacked else 0)
    charts = 0 if knob_line else min(2, max(0, spare) // CHART)
    return PlayLayout(2 * rows, rows, stacked, side, knob_line, dense, charts, frame)
