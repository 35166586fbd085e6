"""An exact update draws what Textual's does, and nothing else, in fewer bytes."""

import pyte
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate
from textual.strip import Strip

from gan_tui.dashboard.exact_update import ExactUpdate

RED, BLUE = Style(color="#ff0000"), Style(color="#0000ff", bgcolor="#101010")
COLUMNS, ROWS = 24, 3
LINES = ("real points on D", "x and a 点 that is", "wide: 点点 in a row")
CHANGED = [(0, 2, 4), (0, 9, 14), (1, 0, 7), (1, 8, 10), (2, 6, 20)]


def update() -> ChopsUpdate:
    """Two widgets beside each other, the left one of 12 cells."""
    chops: list[dict[int, Strip | None]] = []
    for line in LINES:
        text = Strip([Segment(line[:5], RED), Segment(line[5:], BLUE)]).adjust_cell_length(COLUMNS, RED)
        chops.append({0: text.crop(0, 12), 12: text.crop(12, COLUMNS)})
    return ChopsUpdate(chops, CHANGED, [[12, COLUMNS]] * ROWS)


def drawn(data: str) -> pyte.Screen:
    screen = pyte.Screen(COLUMNS, ROWS)
    pyte.Stream(screen).feed("\x1b[H" + "." * COLUMNS * ROWS + data)
    return screen


def test_the_changed_cells_are_those_of_textual_and_no_others_are_touched() -> None:
    console = Console(force_terminal=True, color_system="truecolor")
    usual, exact = (one.render_segments(console) for one in (update(), ExactUpdate(update())))
    assert len(exact) < len(usual)
    theirs, ours = drawn(usual), drawn(exact)
    changed = {(y, x) for y, first, end in CHANGED for x in range(first, end)}
    for y in range(ROWS):
        for x in range(COLUMNS):
            cell = ours.buffer[y][x]
            assert cell == theirs.buffer[y][x] if (y, x) in changed else cell.data == ".", (y, x)


def test_each_style_is_said_once() -> None:
    exact = ExactUpdate(update()).render_segments(Console(force_terminal=True))
    assert exact.count("38;2;255;0;0") == 1
    assert exact.count("48;2;16;16;16") == 1
