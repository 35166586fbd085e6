"""Fewer bytes for the same screen: what a terminal already has of a style is not said again.

Rich says every piece of text with its whole style and a reset behind it, in 24 bits some forty bytes for each change of colour. On a slow
line that is most of what a key's answer waits for.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_SGR = re.compile(r"\x1b\[([\d;:]*)m")
_MOVES = re.compile(r"(?:\x1b\[\d*(?:;\d*)?H|\r|\n)+")
"""Nothing is drawn by these, so no style is needed for them."""
_OFF = {
    "1": "22",
    "2": "22",
    "3": "23",
    "4": "24",
    "21": "24",
    "5": "25",
    "6": "25",
    "7": "27",
    "8": "28",
    "9": "29",
    "53": "55",
    "58": "59",
}
"""What ends an attribute. 58 is the colour of a line under the text, in which kitty's images have a number."""
_SEEN_ON_SPACES = {"4", "21", "7", "9", "53"}
"""Attributes that a space shows: lines through, under and over it, and reverse video."""


class _Style(NamedTuple):
    """What "select graphic rendition" has set."""

    foreground: str = ""
    background: str = ""
    attributes: frozenset[str] = frozenset()


_PLAIN = _Style()


def terse(text: str) -> str:
    """`text`, which begins in the plain style and ends in it, with as few codes as draw the same."""
    return "".join(_said(text))


def _said(text: str) -> Iterator[str]:
    has = wanted = _PLAIN
    position = 0
    for found in _SGR.finditer(text):
        piece = text[position : found.start()]
        if piece and _MOVES.fullmatch(piece):
            yield piece
        elif piece:
            codes, has = _change(has, wanted, _is_blank(piece))
            yield codes
            yield piece
        wanted, position = _after(wanted, found[1]), found.end()
    if position < len(text):
        codes, has = _change(has, wanted, False)
        yield codes
        yield text[position:]
    if has != wanted:
        yield _change(has, wanted, False)[0]


def _is_blank(piece: str) -> bool:
    return piece.isspace() and piece.isascii() and piece.isprintable()


@lru_cache(maxsize=16_384)
def _after(style: _Style, codes: str) -> _Style:
    """The style that `codes` make of `style`."""
    foreground, background, attributes = style
    left = iter(codes.split(";"))
    for code in left:
        if code in ("", "0"):
            foreground, background, attributes = _PLAIN
        elif code in ("38", "48", "58"):
            kind = next(left, "")
            colour = ";".join([code, kind, *(next(left, "0") for _ in range({"5": 1, "2": 3}.get(kind, 0)))])
            if code == "58":
                attributes = _without(attributes, "59") | {colour}
            else:
                foreground, background = (colour, background) if code == "38" else (foreground, colour)
        elif code == "39" or _is_colour(code, 30, 90):
            foreground = "" if code == "39" else code
        elif code == "49" or _is_colour(code, 40, 100):
            background = "" if code == "49" else code
        else:
            attributes = _without(attributes, code) if code in _OFF.values() else attributes | {code}
    return _Style(foreground, background, attributes)


def _name(attribute: str) -> str:
    """The code of an attribute without what details it, as in 4:3, a curly line."""
    return re.split("[:;]", attribute, maxsplit=1)[0]


def _without(attributes: frozenset[str], off: str) -> frozenset[str]:
    return frozenset(attribute for attribute in attributes if _OFF.get(_name(attribute)) != off)


def _is_colour(code: str, normal: int, bright: int) -> bool:
    return code.isdecimal() and (normal <= int(code) < normal + 8 or bright <= int(code) < bright + 8)


@lru_cache(maxsize=16_384)
def _change(has: _Style, wanted: _Style, blank: bool) -> tuple[str, _Style]:
    """The codes from one style to the other, and the style that the terminal then has: on blanks not all of it matters."""
    if blank and not _SEEN_ON_SPACES & {_name(attribute) for attribute in has.attributes | wanted.attributes}:
        wanted = has._replace(background=wanted.background)
    if has == wanted:
        return "", has
    afresh = ["0"] if has != _PLAIN else []
    afresh += [*sorted(wanted.attributes), *filter(None, wanted[:2])]
    on = has.attributes
    off = [_OFF.get(_name(attribute)) for attribute in sorted(on - wanted.attributes)]
    ways = [afresh]
    if None not in off:
        steps = list(dict.fromkeys(filter(None, off)))
        for code in steps:
            on = _without(on, code)
        steps += sorted(wanted.attributes - on)
        steps += [wanted.foreground or "39"] * (has.foreground != wanted.foreground)
        steps += [wanted.background or "49"] * (has.background != wanted.background)
        ways.append(steps)
    codes = min((";".join(way) for way in ways), key=len)
    return f"\x1b[{'' if codes == '0' else codes}m", wanted
