"""Fewer bytes draw the same screen: held to a terminal that is played, on styles of all sorts and on real frames."""

import pyte
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gan_tui.render.terse import terse

CODES = st.sampled_from(
    ["1", "2", "3", "4", "5", "7", "9", "22", "23", "24", "27", "29", "31", "92", "39", "44", "105", "49", "0", "38;5;208", "48;5;17",
     "38;2;1;2;3", "48;2;200;100;0", "1;38;2;9;9;9;48;2;0;0;0"]
)  # fmt: skip
PIECES = st.one_of(
    CODES.map(lambda codes: f"\x1b[{codes}m"),
    st.just("\x1b[0m"),
    st.sampled_from(["a", "gan", " ", "    ", " b ", "⠰⡀", "▀▀"]),
    st.tuples(st.integers(1, 4), st.integers(1, 20)).map(lambda at: f"\x1b[{at[0]};{at[1]}H"),
)


def drawn(text: str) -> list[tuple[object, ...]]:
    """What each cell shows: of a blank one only what can be seen of it."""
    screen = pyte.Screen(24, 4)
    pyte.Stream(screen).feed(text)
    cells = [screen.buffer[row][column] for row in range(4) for column in range(24)]
    plain = pyte.Screen(1, 1).default_char
    return [
        tuple(cell) if cell.data != " " or cell.reverse or cell.underscore or cell.strikethrough else (" ", cell.bg or plain.bg)
        for cell in cells
    ]


@given(st.lists(PIECES, max_size=40))
def test_the_same_is_drawn_and_the_terminal_is_plain_behind_it(pieces: list[str]) -> None:
    text = "".join([*pieces, "\x1b[0m"])
    said = terse(text)
    assert drawn(said) == drawn(text)
    assert drawn(said + "x") == drawn(text + "x")
    assert len(said) <= len(text)


def test_a_style_is_said_once() -> None:
    grey = "38;2;208;208;208;48;2;0;0;0"
    assert terse(f"\x1b[{grey}mone\x1b[0m\x1b[2;1H\x1b[{grey}mtwo\x1b[0m") == f"\x1b[{grey}mone\x1b[2;1Htwo\x1b[m"
    assert terse(f"\x1b[1;{grey}mone\x1b[0m\x1b[{grey}mtwo\x1b[0m") == f"\x1b[1;{grey}mone\x1b[22mtwo\x1b[m"
    assert terse("\x1b[31;40mone\x1b[0m\x1b[32;40m  \x1b[0m\x1b[31;40mtwo\x1b[0m") == "\x1b[31;40mone  two\x1b[m"


@pytest.mark.parametrize("text", ["\x1b[?2026h\x1b[1;1Habc\x1b[?2026l", "plain", "", "\x1b[58;2;4;5;6;38;2;1;2;3m\U0010eeee\x1b[0m"])
def test_what_has_nothing_to_spare_stays(text: str) -> None:
    assert terse(text).replace("\x1b[m", "\x1b[0m") == text
