"""Images as half blocks, braille and pixels: exact where they are small, sane whatever they are."""

import base64
import random
import re
import zlib
from itertools import pairwise

import pytest
from rich.cells import cell_len

from gan_tui.render import kitty
from gan_tui.render.images import ImageMode, ImageSpan, Picture, ascii_image, draw_image
from gan_tui.run.images import Images

CELLS = (ImageMode.ASCII, ImageMode.HALF, ImageMode.BRAILLE)


def grey(rows: list[list[int]]) -> Images:
    return Images(1, len(rows), len(rows[0]), 1, bytes(value for row in rows for value in row))


def half_blocks(images: Images, columns: int, rows: int) -> Picture:
    return draw_image(images, 0, ImageMode.HALF, columns, rows)


def braille(images: Images, columns: int, rows: int) -> Picture:
    return draw_image(images, 0, ImageMode.BRAILLE, columns, rows)


def test_half_blocks_are_the_pixels_and_equal_ones_are_one_run() -> None:
    white, black, mid = (255,) * 3, (0,) * 3, (136,) * 3
    assert half_blocks(grey([[255, 255, 0, 136], [0, 0, 0, 136]]), 4, 1) == [
        [ImageSpan("▀▀", white, black), ImageSpan(" ", None, black), ImageSpan(" ", None, mid)]
    ]
    plain = half_blocks(grey([[255] * 28] * 28), 14, 7)
    assert plain == [[ImageSpan(" " * 14, None, white)]] * 7


def test_half_blocks_show_colours() -> None:
    image = Images(1, 2, 1, 3, bytes([255, 0, 0, 0, 0, 255]))
    assert half_blocks(image, 1, 1) == [[ImageSpan("▀", (255, 0, 0), (0, 0, 255))]]


def test_braille_dots_stand_where_the_pixels_are() -> None:
    image = grey([[255, 0], [0, 0], [0, 255], [0, 0]])
    assert braille(image, 1, 1) == [[ImageSpan(chr(0x2800 + 0x01 + 0x20))]]
    rose = Images(1, 4, 4, 3, bytes([255, 200, 200]) * 8 + bytes(24))
    assert braille(rose, 2, 1) == [[ImageSpan("⠛⠛", (255, 170, 170))]]
    assert braille(grey([[0] * 4] * 4), 2, 1) == [[ImageSpan("  ")]]


@pytest.mark.parametrize("mode", CELLS)
def test_brighter_never_looks_darker(mode: ImageMode) -> None:
    def weight(value: int) -> int:
        """Dots, or the sum of greys, or the place on the ramp of a plain area."""
        picture = draw_image(grey([[value] * 16] * 16), 0, mode, 8, 4)
        if mode is ImageMode.BRAILLE:
            return sum((ord(sign) - 0x2800).bit_count() for line in picture for run in line for sign in run.text if sign != " ")
        if mode is ImageMode.HALF:
            return sum(len(run.text) * (run.ground or (0,))[0] for line in picture for run in line)
        return " :+@".index(picture[0][0].text[0])

    weights = [weight(value) for value in range(256)]
    assert weights == sorted(weights)
    assert weights[0] == 0
    assert weights[-1] == max(weights) > 0


def test_on_a_light_ground_a_colour_picture_is_no_negative() -> None:
    """Its dark parts are the ink. A digit is bright in its image, and is written either way."""
    picture = Images(1, 4, 4, 3, bytes([255] * 24 + [0, 0, 0] * 8))
    assert ascii_image(picture, 0, 4, 1) != ascii_image(picture, 0, 4, 1, inked=True)
    dark = draw_image(picture, 0, ImageMode.ASCII, 4, 2, inked=True)
    assert [line[0].text for line in dark] == ["    ", "@@@@"]
    dots = draw_image(picture, 0, ImageMode.BRAILLE, 2, 1, inked=True)
    assert [run.text for run in dots[0]] == ["⣤⣤"]
    digit = grey([[255] * 4] * 2 + [[0] * 4] * 2)
    for mode in CELLS:
        assert draw_image(digit, 0, mode, 4, 2) == draw_image(digit, 0, mode, 4, 2, inked=True)


@pytest.mark.parametrize("mode", CELLS)
@pytest.mark.parametrize(("height", "width", "channels"), [(28, 28, 1), (1, 1, 1), (32, 32, 3), (7, 90, 4), (64, 16, 2), (300, 500, 3)])
def test_every_picture_has_its_size(mode: ImageMode, height: int, width: int, channels: int) -> None:
    images = Images(2, height, width, channels, bytes(index * 7 % 256 for index in range(2 * height * width * channels)))
    for columns, rows in ((1, 1), (14, 7), (9, 5), (60, 30)):
        picture = draw_image(images, 1, mode, columns, rows)
        assert len(picture) == rows
        assert all(sum(cell_len(run.text) for run in line) == columns for line in picture)
        assert all(a[1:] != b[1:] for line in picture for a, b in pairwise(line)), "equal runs are merged"


def test_averages_and_repeated_pixels_stand_where_they_belong() -> None:
    def grounds(images: Images, columns: int) -> list[tuple[int, int, int] | None]:
        """The colours of the one line of a picture whose halves are equal."""
        return [run.ground for run in half_blocks(images, columns, 1)[0] for _ in run.text]

    black, mid, light = (0,) * 3, (102,) * 3, (204,) * 3
    assert grounds(grey([[0, 204], [204, 0]]), 1) == [mid]
    assert grounds(grey([[0, 204]] * 2), 4) == [black, black, light, light]
    large = Images(1, 1000, 1000, 1, bytes([0] * 500 + [204] * 500) * 1000)
    assert (grounds(large, 4)[0], grounds(large, 4)[-1]) == (black, light)
    assert grounds(Images(1, 2, 2, 2, bytes([0, 255, 204, 255]) * 2), 2) == [black, light], "the second channel is no grey"
    assert grounds(Images(1, 1, 2, 4, bytes([255, 0, 0, 9, 0, 0, 255, 9])), 2) == [(255, 0, 0), (0, 0, 255)], "nor is the fourth a colour"
    digit = [[204 if 2 <= x < 26 and 2 <= y < 26 else 0 for x in range(28)] for y in range(28)]
    assert grounds(grey(digit), 1) == [light], "the margin of an MNIST image is left out"


def test_kitty_is_sent_the_pixels_and_never_asked_for_a_reply() -> None:
    noise = random.Random(0).randbytes(2 * 64 * 64)
    sequences = re.findall(r"\x1b_G([^;]*);([^\x1b]*)\x1b\\", sent := kitty.transmit(Images(2, 64, 64, 1, noise), 1, 42, 14, 7))
    assert sum(len(keys) + len(data) + 6 for keys, data in sequences) == len(sent), "nothing else is sent"
    assert len(sequences) > 1
    assert sequences[0][0] == "a=T,U=1,i=42,c=14,r=7,f=24,o=z,s=64,v=64,q=2,m=1"
    assert {keys for keys, _ in sequences[1:-1]} <= {"q=2,m=1"}
    assert sequences[-1][0] == "q=2,m=0"
    assert all(len(data) <= 4096 for _, data in sequences)
    pixels = zlib.decompress(base64.b64decode("".join(data for _, data in sequences)))
    assert pixels == bytes(value for value in noise[64 * 64 :] for _ in range(3))


def test_kitty_gets_a_small_image_in_one_recorded_piece() -> None:
    sent = kitty.transmit(Images(1, 1, 2, 3, bytes([255, 0, 0, 0, 255, 0])), 0, 7, 2, 1)
    payload = base64.b64encode(zlib.compress(bytes([255, 0, 0, 0, 255, 0]), 6)).decode()
    assert sent == f"\x1b_Ga=T,U=1,i=7,c=2,r=1,f=24,o=z,s=2,v=1,q=2,m=0;{payload}\x1b\\"
    assert kitty.forget(7) == "\x1b_Ga=d,d=I,i=7,q=2\x1b\\"


def test_placeholders_say_their_own_place() -> None:
    assert kitty.placeholders(2, 2) == [
        "\U0010eeee\u0305\u0305\U0010eeee\u0305\u030d",
        "\U0010eeee\u030d\u0305\U0010eeee\u030d\u030d",
    ]
    widest = kitty.placeholders(kitty.LARGEST_SIDE, kitty.LARGEST_SIDE)
    assert all(cell_len(line) == kitty.LARGEST_SIDE for line in widest)
