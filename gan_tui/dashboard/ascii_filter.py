"""The last gate before an ASCII terminal: whatever Textual draws of its own (cut titles, the palette's frame) becomes ASCII too."""

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_SIGNS = {
    "…": ".", "·": "-", "–": "-", "—": "-", "•": "*", "●": "*", "○": "o", "✓": "x", "✔": "x", "❯": ">", "›": ">", "‹": "<",
    "←": "<", "→": ">", "↑": "^", "↓": "v", "▲": "^", "▼": "v", "▶": ">", "◀": "<", "⏎": "#", "🔎": "/",
    "▔": "-", "▁": "_", "▎": "|", "▊": "|", "▌": "|", "▐": "|", "▍": "|",
}  # fmt: skip
_BOX, _BLOCKS, _BRAILLE = range(0x2500, 0x2580), range(0x2580, 0x25A0), range(0x2801, 0x2900)
_LEVEL = frozenset("─━┄┅┈┉╌╍═╴╶╸╺")
_UPRIGHT = frozenset("│┃┆┇┊┋╎╏║╵╷╹╻")


class _Table(dict[int, str]):
    """Characters by what stands for them; grows as they are met."""

    def __missing__(self, code: int) -> str:
        sign = chr(code)
        found = "?"
        if code < 128:
            found = sign
        elif sign in _SIGNS:
            found = _SIGNS[sign]
        elif code in _BOX:
            found = "-" if sign in _LEVEL else "|" if sign in _UPRIGHT else "+"
        elif code in _BLOCKS or code in _BRAILLE:
            found = "#"
        elif sign.isspace():
            found = " "
        self[code] = found.ljust(cell_len(sign)) if found != "?" else "?" * cell_len(sign)
        return self[code]


_TABLE = _Table()


def to_ascii(text: str) -> str:
    """`text` in ASCII, as wide as before."""
    return text if text.isascii() else text.translate(_TABLE)


class AsciiFilter(LineFilter):
    """Applied to every line of every widget."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments in ASCII."""
        del background
        return [
            segment if segment.text.isascii() else Segment(to_ascii(segment.text), segment.style, segment.control) for segment in segments
        ]
