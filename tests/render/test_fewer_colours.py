import pytest

from gan_tui.render.fewer_colours import in_colours
from gan_tui.render.terminal import Colours

DRAWN = "\x1b[1;38;2;92;200;255;48;2;255;255;85mD\x1b[0m \x1b[38;5;240mg\x1b[39;49m \x1b[7mr\x1b[m\x1b[2;5H"


@pytest.mark.parametrize("colours", [Colours.TRUE, Colours.NONE])
def test_nothing_is_changed_where_all_or_none_are_there(colours: Colours) -> None:
    assert in_colours(DRAWN, colours) == DRAWN


def test_256() -> None:
    assert in_colours(DRAWN, Colours.MANY) == "\x1b[1;38;5;81;48;5;227mD\x1b[0m \x1b[38;5;240mg\x1b[39;49m \x1b[7mr\x1b[m\x1b[2;5H"


@pytest.mark.parametrize("pale", [(72, 51, 47), (31, 62, 87)], ids=["orange", "blue"])
def test_what_is_pale_and_dark_stays_pale(pale: tuple[int, int, int]) -> None:
    """In 256 colours there is a grey near it, and the darkest red, green and blue are far brighter."""
    red, green, blue = pale
    number = int(in_colours(f"\x1b[48;2;{red};{green};{blue}m", Colours.MANY).removeprefix("\x1b[48;5;").removesuffix("m"))
    assert 232 <= number <= 255


def test_sixteen() -> None:
    assert in_colours(DRAWN, Colours.SIXTEEN) == "\x1b[1;96;103mD\x1b[0m \x1b[90mg\x1b[39;49m \x1b[7mr\x1b[m\x1b[2;5H"


@pytest.mark.parametrize("cut", ["\x1b[38;2;1;2m", "\x1b[38m", "\x1b[38;5m", "\x1b[48;9;1m", "\x1b[;;m"])
def test_what_is_cut_short_raises_nothing(cut: str) -> None:
    assert "38;2" not in in_colours(cut, Colours.MANY)


def test_an_images_number_stays_one() -> None:
    """kitty's placeholders: the colour says which image (render/kitty.py)."""
    assert in_colours("\x1b[38;5;42m\U0010eeee\x1b[0m", Colours.MANY) == "\x1b[38;5;42m\U0010eeee\x1b[0m"
