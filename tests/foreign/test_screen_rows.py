"""What was printed, as the rows that a terminal would show of it."""

import pytest

from gan_tui.foreign.screen_rows import rows_of


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("one\ntwo\n", ["one", "two", ""]),
        ("  1%|\r 50%|\r100%|\n", ["100%|", ""]),
        ("loss 0.5\rloss 0.25   \rdone", ["done 0.25"]),
        ("\x1b[1;31mred\x1b[0m \x1b]0;a title\x07plain\x1b[?25l", ["red plain"]),
        ("epochs 0/3\n\rstep 1/9\x1b[A\n\rstep 2/9\x1b[A\repochs 1/3\n\rstep 0/9\x1b[A", ["epochs 1/3", "step 0/9"]),
        ("a b\nc d\r\x1b[2K\x1b[1A\x1b[2Ke\nf", ["e", "f"]),
        ("12345\x08\x08x\x1b[K", ["123x"]),
        ("a\x1b[99Ab\x1b[99Bc", ["abc"]),
        ("\x1b[2", ["2"]),
        ("", [""]),
    ],
)
def test_rows(text: str, rows: list[str]) -> None:
    assert rows_of(text) == rows


def test_no_control_is_left_whatever_comes() -> None:
    text = "".join(map(chr, range(256))) * 3 + "\x1b]52;c;" + "\x1b" * 50
    assert not {sign for row in rows_of(text) for sign in row if ord(sign) < 32 or 127 <= ord(sign) < 160} - {"\t"}


def test_much_that_moves_is_few_rows() -> None:
    assert rows_of("\r" + "x" * 100 + "\x1b[A\n" * 8_000) == ["x" * 100, ""]
    assert rows_of("x\r" * 32_000) == ["x"]
