"""Charts as PDF, by hand: lines, areas and text in Helvetica, which every reader of PDF has. A page is as large as its charts.

Vectors, as a paper wants them, and some twenty operators of PDF 1.4 (ISO 32000-1, section 8 and 9) need no library.
"""

import zlib
from collections.abc import Iterator, Sequence

from gan_tui.report.shapes import INKS, WIDTH, Area, Chart, Dot, Rule, Shape, Stroke, Words

POINT = 0.75
"""Of a pixel of 1/96 inch: points of 1/72 inch."""
SIZE, TITLE_SIZE = 12, 13
ROUND = 0.5523
"""How far the handles of a quarter of a circle reach, of its radius (four cubic curves)."""
UNKNOWN = 0.556
"""Width of a letter that is not in the table, of the size: that of a digit."""
_WIDTHS = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556, 556, 556, 556, 556,
    556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556,
    556, 222, 222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
"""Of Helvetica's letters from the space to the tilde, in thousandths of the size (Adobe's font metrics)."""


def encode(charts: Sequence[Chart]) -> bytes:
    """Charts below each other, on one page."""
    height = sum(chart.height for chart in charts)
    opacities: dict[float, str] = {}
    content = "\n".join(_page(charts, height, opacities)).encode("latin-1")
    packed = zlib.compress(content, 9)
    states = " ".join(f"/{name} << /ca {value:g} /CA {value:g} >>" for value, name in opacities.items())
    box = f"0 0 {WIDTH * POINT:g} {height * POINT:g}"
    fonts = "/F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >> "
    fonts += "/B << /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [{box}] /Contents 4 0 R "
        f"/Resources << /Font << {fonts} >> /ExtGState << {states} >> >> >>".encode(),
        f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode() + packed + b"\nendstream",
        b"<< /Title (" + _escaped(", ".join(chart.title for chart in charts)).encode("latin-1") + b") /Producer (gan-tui) >>",
    ]
    return _file(objects)


def _file(objects: Sequence[bytes]) -> bytes:
    """The objects with the table of where they stand."""
    found = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(len(found))
        found += b"%d 0 obj\n%b\nendobj\n" % (number, content)
    table = len(found)
    found += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % place for place in places)
    found += b"trailer\n<< /Size %d /Root 1 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(objects), table)
    return bytes(found)


def _page(charts: Sequence[Chart], height: float, opacities: dict[float, str]) -> Iterator[str]:
    """Pixels from the upper left corner become points from the lower left one."""
    yield f"{POINT} 0 0 {-POINT} 0 {height * POINT:g} cm"
    for chart in charts:
        yield "q"
        for shape in chart.shapes:
            yield f"q {_drawn(shape, opacities)} Q"
        yield f"Q 1 0 0 1 0 {chart.height:g} cm"


def _drawn(shape: Shape, opacities: dict[float, str]) -> str:
    match shape:
        case Rule():
            dashes = f"[{shape.dashes[0]:g} {shape.dashes[1]:g}] 0 d " if shape.dashes else ""
            way = f"{_place(shape.x, shape.y)} m {_place(shape.to_x, shape.to_y)} l S"
            return f"{_opacity(shape.opacity, opacities)}{_colour(shape.colour)} RG {shape.width:g} w {dashes}{way}"
        case Stroke():
            return f"{_colour(shape.colour)} RG {shape.width:g} w 1 j {_way(shape.points)} S"
        case Area():
            return f"{_opacity(shape.opacity, opacities)}{_colour(shape.colour)} rg {_way(shape.points)} h f"
        case Dot():
            return f"{_colour(shape.colour)} rg {_circle(shape.x, shape.y, shape.radius)} f"
        case _:
            return _text(shape)


def _text(words: Words) -> str:
    size, font = (TITLE_SIZE, "B") if words.title else (SIZE, "F")
    back = {"start": 0.0, "middle": 0.5, "end": 1.0}[words.anchor] * width_of(words.text, size)
    turned = "0 -1 -1 0" if words.upright else "1 0 0 -1"  # y grows downwards here, and letters must not
    x, y = (words.x, words.y + back) if words.upright else (words.x - back, words.y)
    return f"BT /{font} {size} Tf {_colour(words.colour)} rg {turned} {_place(x, y)} Tm ({_escaped(words.text)}) Tj ET"


def width_of(text: str, size: float) -> float:
    """Of a text in Helvetica."""
    known = (_WIDTHS[ord(letter) - 32] / 1000 if 32 <= ord(letter) < 127 else UNKNOWN for letter in text)
    return size * sum(known)


def _escaped(text: str) -> str:
    """A string of PDF, each byte a letter of Windows-1252; what that has not is a question mark."""
    plain = text.encode("cp1252", "replace").decode("latin-1")
    return plain.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def _way(points: Sequence[tuple[float, float]]) -> str:
    first, *others = points
    return " ".join([f"{_place(*first)} m", *(f"{_place(*point)} l" for point in others)])


def _circle(x: float, y: float, radius: float) -> str:
    reach = radius * ROUND
    quarters = (
        (x + reach, y + radius, x + radius, y + reach, x + radius, y), (x + radius, y - reach, x + reach, y - radius, x, y - radius),
        (x - reach, y - radius, x - radius, y - reach, x - radius, y), (x - radius, y + reach, x - reach, y + radius, x, y + radius),
    )  # fmt: skip
    return " ".join([f"{_place(x, y + radius)} m", *(f"{' '.join(f'{value:.2f}' for value in quarter)} c" for quarter in quarters)])


def _place(x: float, y: float) -> str:
    return f"{x:.1f} {y:.1f}"


def _colour(name: str) -> str:
    code = INKS.get(name, name)
    return " ".join(f"{int(code[place : place + 2], 16) / 255:.3f}" for place in (1, 3, 5))


def _opacity(value: float, known: dict[float, str]) -> str:
    if value >= 1:
        return ""
    return f"/{known.setdefault(value, f'O{len(known)}')} gs "
