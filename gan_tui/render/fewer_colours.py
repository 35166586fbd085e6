"""The last gate before a terminal of fewer colours: what was drawn in 24 bits is said in those that it has.

Textual and Rich remember the escape codes of every style that they have drawn once. So all is drawn in 24 bits, and a terminal whose own
word comes late finds nothing remembered for fewer.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache

from rich.color import Color, ColorSystem

from gan_tui.render.terminal import Colours

_SGR = re.compile(r"\x1b\[([\d;]+)m")
_SYSTEMS = {Colours.SIXTEEN: ColorSystem.STANDARD, Colours.MANY: ColorSystem.EIGHT_BIT}
_RGB, _NUMBERED = "2", "5"
_LEVELS = (0, 95, 135, 175, 215, 255)
_FIRST_GREY, _GREYS = 8, 24
"""Of xterm's 256 colours: the levels of its cube, and its greys."""


def in_colours(text: str, colours: Colours) -> str:
    """`text` with its colours as a terminal of so many has them. Where there are none, nothing is drawn in any."""
    system = _SYSTEMS.get(colours)
    return text if system is None else _SGR.sub(lambda found: _reduced(found[1], system), text)


@lru_cache(maxsize=16_384)
def _reduced(codes: str, system: ColorSystem) -> str:
    """One "select graphic rendition", from its codes."""
    return f"\x1b[{';'.join(_codes(codes.split(';'), system))}m"


def _codes(codes: list[str], system: ColorSystem) -> Iterator[str]:
    left = iter(codes)
    for code in left:
        if code not in ("38", "48"):
            yield code
            continue
        if (kind := next(left, "")) == _RGB:
            colour = Color.from_rgb(*(int(next(left, "0")) for _ in range(3)))
        elif kind == _NUMBERED:
            colour = Color.from_ansi(int(next(left, "0")))
        else:
            continue
        fewer = Color.from_ansi(_nearest(colour)) if system is ColorSystem.EIGHT_BIT and kind == _RGB else colour.downgrade(system)
        yield from fewer.get_ansi_codes(foreground=code == "38")


def _nearest(colour: Color) -> int:
    """Of 256 colours the one that is nearest to one of 24 bits: of a cube whose darkest levels lie far apart, or a grey.

    Rich takes a dark orange for olive and a dark blue for teal: as loud as what a pale band stands behind.
    """
    wanted = tuple(colour.get_truecolor())
    steps = [min(range(len(_LEVELS)), key=lambda step: abs(_LEVELS[step] - value)) for value in wanted]
    grey = min(range(_GREYS), key=lambda step: abs(_FIRST_GREY + 10 * step - sum(wanted) / 3))
    both = {
        16 + 36 * steps[0] + 6 * steps[1] + steps[2]: tuple(_LEVELS[step] for step in steps),
        232 + grey: (_FIRST_GREY + 10 * grey,) * 3,
    }
    return min(both, key=lambda number: math.dist(both[number], wanted))
