"""Images through kitty's graphics protocol, by Unicode placeholders: what is drawn are ordinary cells.

The terminal is sent an image under a number, and told that it is `columns` x `rows` cells large. Cells of the placeholder sign then
show it: their colour says which image, their diacritics which row and column of it. So the image scrolls, is covered by a dialog
and is wiped out like text. Every request says that no reply is wanted (q=2). Which terminals have them: `terminal.py`.
https://sw.kovidgoyal.net/kitty/graphics-protocol/#unicode-placeholders
"""

import base64
import zlib
from collections.abc import Iterator

from gan_tui.run.images import Images

PLACEHOLDER = "\U0010eeee"
CHUNK = 4096
"""Characters of payload in one escape sequence, at most."""
# The first of kitty's rowcolumn-diacritics.txt, each one's place being the number that it stands for.
_DIACRITICS = [
    chr(code)
    for first, last in (
        (0x305, 0x305), (0x30D, 0x30E), (0x310, 0x310), (0x312, 0x312), (0x33D, 0x33F), (0x346, 0x346), (0x34A, 0x34C),
        (0x350, 0x352), (0x357, 0x357), (0x35B, 0x35B), (0x363, 0x36F), (0x483, 0x487), (0x592, 0x595), (0x597, 0x599),
        (0x59C, 0x5A1), (0x5A8, 0x5A9), (0x5AB, 0x5AC), (0x5AF, 0x5AF), (0x5C4, 0x5C4), (0x610, 0x617), (0x657, 0x65B),
        (0x65D, 0x65E), (0x6D6, 0x6DC), (0x6DF, 0x6E2), (0x6E4, 0x6E4), (0x6E7, 0x6E8), (0x6EB, 0x6EC), (0x730, 0x730),
    )
    for code in range(first, last + 1)
]  # fmt: skip
LARGEST_SIDE = len(_DIACRITICS)
"""Cells of an image across or down, at most."""


def transmit(images: Images, index: int, number: int, columns: int, rows: int) -> str:
    """The escape sequences that give the terminal one image under `number` (1 to 255), to be shown in `columns` x `rows` cells."""
    payload = base64.b64encode(zlib.compress(_rgb(images, index), 6)).decode()
    keys = f"a=T,U=1,i={number},c={columns},r={rows},f=24,o=z,s={images.width},v={images.height},q=2"
    return "".join(_chunks(keys, payload))


def _chunks(keys: str, payload: str) -> Iterator[str]:
    for start in range(0, len(payload), CHUNK):
        more = int(start + CHUNK < len(payload))
        yield f"\x1b_G{keys},m={more};{payload[start : start + CHUNK]}\x1b\\"
        keys = "q=2"


def _rgb(images: Images, index: int) -> bytes:
    """Three bytes a pixel, whatever the image has."""
    pixels, channels = images.image(index), images.channels
    found = bytearray(images.height * images.width * 3)
    for channel in range(3):
        found[channel::3] = pixels[channel if channels >= 3 else 0 :: channels]
    return bytes(found)


def forget(number: int) -> str:
    """Free the image of that number."""
    return f"\x1b_Ga=d,d=I,i={number},q=2\x1b\\"


def placeholders(columns: int, rows: int) -> list[str]:
    """The cells that show an image, to be written in the colour of its number. Each says its own place, so that any part can be redrawn."""
    return ["".join(PLACEHOLDER + _DIACRITICS[row] + _DIACRITICS[column] for column in range(columns)) for row in range(rows)]
