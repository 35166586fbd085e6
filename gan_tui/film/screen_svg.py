"""A film of a screen as one SVG that moves by itself: every picture side by side, and a style that shows one after the other.

No script, nothing to load. A line that stands in several pictures is in the file once. Letters are text, of whatever monospaced font
the reader has, stretched to their cells; blocks, dots and lines are shapes, which look the same everywhere.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from itertools import groupby

from gan_tui.film.screen import Colour, Line, Reel, Sign, hexadecimal, signs_of
from gan_tui.film.signs import shapes_of

WIDTH, HEIGHT, LETTER = 8, 16, 13
"""Of a cell, and of a letter, in pixels."""
BASELINE = 12.5
MARGIN = 8
GAP = 10
"""Cells of a gap behind which a text begins anew: shorter than another element."""
BOX, SAME = 4, 0.01
"""Corners of a box; pixels by which two edges are one."""
FONTS = "ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Liberation Mono',monospace"


def encode(reel: Reel) -> bytes:
    """The whole file; the film begins anew at its end."""
    names: dict[Line, str] = {}
    for shot in reel.shots:
        for line in shot.lines:
            names.setdefault(line, f"l{len(names)}")
    inks = {colour: f"c{number}" for number, colour in enumerate(sorted(_colours(names)))}
    width, height = reel.columns * WIDTH, reel.rows * HEIGHT
    whole, tall = width + 2 * MARGIN, height + 2 * MARGIN
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" xml:space="preserve" role="img" viewBox="0 0 {whole} {tall}" '
        f'width="{whole}" height="{tall}">',
        f"<title>{escape(reel.title)}</title>",
        f"<style>{_style(reel, inks, width)}</style>",
        f'<rect width="{whole}" height="{tall}" rx="6" fill="{hexadecimal(reel.ground)}"/>',
        "<defs>",
        *(f'<g id="{name}">{"".join(_drawn(line, reel.ground, inks))}</g>' for line, name in names.items()),
        "</defs>",
        f'<svg x="{MARGIN}" y="{MARGIN}" width="{width}" height="{height}" viewBox="0 0 {width} {height}"><g class="film">',
    ]
    for number, shot in enumerate(reel.shots):
        shown = [(row, names[line]) for row, line in enumerate(shot.lines) if not _is_empty(line, reel.ground)]
        uses = "".join(f'<use href="#{name}" y="{row * HEIGHT}"/>' for row, name in shown)
        parts.append(f'<g transform="translate({number * width})">{uses}</g>')
    parts.append("</g></svg></svg>\n")
    return "\n".join(parts).encode("utf-8", "replace")


def _style(reel: Reel, inks: Mapping[Colour, str], width: int) -> str:
    """Fonts and colours, and the animation: at which share of the film which picture is the one that is seen."""
    at, steps = 0.0, []
    for number, shot in enumerate(reel.shots):
        steps.append(f"{100 * at / reel.seconds:.4f}%{{transform:translateX({-number * width}px)}}")
        at += shot.seconds
    rules = "".join(f".{name}{{fill:{hexadecimal(colour)}}}" for colour, name in inks.items())
    return (
        f"text{{font:{LETTER}px {FONTS};white-space:pre;font-variant-ligatures:none}}.b{{font-weight:bold}}{rules}"
        f".film{{animation:film {reel.seconds:.3f}s step-end infinite}}@keyframes film{{{''.join(steps)}}}"
    )


def _colours(lines: Iterable[Line]) -> set[Colour]:
    return {colour for line in lines for _, look in line for colour in (look.ink, look.ground)}


def _drawn(line: Line, ground: Colour, inks: Mapping[Colour, str]) -> Iterator[str]:
    """The grounds, then the shapes, then the letters."""
    signs = list(signs_of(line))
    for colour, group in groupby(signs, lambda sign: sign.look.ground):
        here = list(group)
        if colour != ground:
            left, end = here[0].column, here[-1].column + here[-1].cells
            yield f'<path class="{inks[colour]}" d="{_box(left * WIDTH, 0, end * WIDTH, HEIGHT)}"/>'
    for ink, opacity, path in _paths(signs):
        faint = f' opacity="{opacity}"' if opacity < 1 else ""
        yield f'<path class="{inks[ink]}"{faint} d="{path}"/>'
    for first, text, cells in _words(signs):
        bold = " b" if first.look.bold else ""
        stretched = f' textLength="{cells * WIDTH}"' if cells > 1 else ""
        yield f'<text class="{inks[first.look.ink]}{bold}" x="{first.column * WIDTH}" y="{BASELINE}"{stretched}>{escape(text)}</text>'


def _paths(signs: Sequence[Sign]) -> Iterator[tuple[Colour, float, str]]:
    """All that is drawn in one colour, in one path; boxes that touch side by side are one box."""
    boxes: dict[tuple[Colour, float], dict[tuple[float, float], list[tuple[float, float]]]] = {}
    others: dict[tuple[Colour, float], list[str]] = {}
    for sign in signs:
        for shape in shapes_of(sign.text) or ():
            key = sign.look.ink, shape.opacity
            others.setdefault(key, [])
            corners = [((sign.column + x) * WIDTH, y * HEIGHT) for x, y in shape.points]
            if len(corners) == BOX and corners[0][1] == corners[1][1] and corners[0][0] == corners[3][0]:
                row = boxes.setdefault(key, {}).setdefault((corners[0][1], corners[2][1]), [])
                if row and abs(row[-1][1] - corners[0][0]) < SAME:
                    row[-1] = row[-1][0], corners[1][0]
                else:
                    row.append((corners[0][0], corners[1][0]))
            else:
                others[key].append(f"M{'L'.join(f'{_short(x)} {_short(y)}' for x, y in corners)}z")
    for (ink, opacity), paths in others.items():
        rows = boxes.get((ink, opacity), {})
        joined = [_box(left, top, right, bottom) for (top, bottom), row in rows.items() for left, right in row]
        yield ink, opacity, "".join([*joined, *paths])


def _words(signs: Sequence[Sign]) -> Iterator[tuple[Sign, str, int]]:
    """Letters of one look, with the gaps between them: the first, the text, and its cells."""
    word: list[Sign] = []
    last = 0
    """Signs of it up to its last letter."""
    for sign in [*signs, None]:
        drawn = sign is not None and shapes_of(sign.text) is not None
        goes_on = sign is not None and not drawn and (sign.text == " " or not word or sign.look == word[0].look)
        if word and (not goes_on or len(word) - last > GAP):
            kept = word[:last]
            yield word[0], "".join(each.text for each in kept), sum(each.cells for each in kept)
            word, last = [], 0
        if sign is not None and not drawn and (word or sign.text != " "):
            word.append(sign)
            last = len(word) if sign.text != " " else last


def _box(left: float, top: float, right: float, bottom: float) -> str:
    return f"M{_short(left)} {_short(top)}H{_short(right)}V{_short(bottom)}H{_short(left)}z"


def _short(value: float) -> str:
    """With a digit behind the point where it is needed."""
    return f"{value:.1f}".removesuffix(".0")


def _is_empty(line: Line, ground: Colour) -> bool:
    return all(not text.strip() and look.ground == ground for text, look in line)
