"""Charts as PNG: pixels, three for each of the page, drawn larger and made smaller so that edges are smooth."""

import io
from collections.abc import Sequence
from functools import lru_cache

from PIL import Image, ImageDraw, ImageFont

from gan_tui.report.shapes import INKS, WIDTH, Area, Chart, Dot, Rule, Stroke, Words

SCALE = 3
"""Pixels for one of 1/96 inch: 288 to the inch."""
FINER = 2
"""Pixels drawn for each that is kept, in either direction."""
SIZE, TITLE_SIZE = 12, 13
_ANCHORS = {"start": "ls", "middle": "ms", "end": "rs"}
Colour = tuple[int, int, int]


def encode(charts: Sequence[Chart]) -> bytes:
    """Charts below each other, on white."""
    height = round(sum(chart.height for chart in charts) * SCALE)
    page = Image.new("RGB", (WIDTH * SCALE, height), _colour("page"))
    top = 0.0
    for chart in charts:
        page.paste(_drawn(chart), (0, round(top * SCALE)))
        top += chart.height
    buffer = io.BytesIO()
    page.save(buffer, "PNG", optimize=True, dpi=(96 * SCALE, 96 * SCALE))
    return buffer.getvalue()


def _drawn(chart: Chart) -> Image.Image:
    size = WIDTH * SCALE, round(chart.height * SCALE)
    canvas = _Canvas((size[0] * FINER, size[1] * FINER))
    for shape in chart.shapes:
        match shape:
            case Rule():
                canvas.rule(shape)
            case Stroke():
                canvas.line(shape.points, shape.colour, shape.width)
            case Area():
                canvas.area(shape)
            case Dot():
                canvas.dot(shape)
            case _:
                canvas.words(shape)
    return canvas.picture.resize(size, Image.Resampling.BOX)


class _Canvas:
    """Takes places in pixels of the page."""

    def __init__(self, size: tuple[int, int]) -> None:
        self.picture = Image.new("RGB", size, _colour("page"))
        self._draw = ImageDraw.Draw(self.picture)

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float, opacity: float = 1.0) -> None:
        paper, ink = _colour("page"), _colour(colour)
        mixed = tuple(round(opacity * one + (1 - opacity) * other) for one, other in zip(ink, paper, strict=True))
        self._draw.line([_finer(*point) for point in points], mixed, round(width * SCALE * FINER), joint="curve")

    def rule(self, rule: Rule) -> None:
        """In dashes where it has some; those are of lines that lie."""
        if rule.dashes is None:
            self.line([(rule.x, rule.y), (rule.to_x, rule.to_y)], rule.colour, rule.width, rule.opacity)
            return
        drawn, gap = rule.dashes
        x = rule.x
        while x < rule.to_x:
            self.line([(x, rule.y), (min(x + drawn, rule.to_x), rule.to_y)], rule.colour, rule.width, rule.opacity)
            x += drawn + gap

    def area(self, area: Area) -> None:
        """It lets through what lies below."""
        mask = Image.new("L", self.picture.size)
        ImageDraw.Draw(mask).polygon([_finer(*point) for point in area.points], round(255 * area.opacity))
        self.picture.paste(Image.new("RGB", self.picture.size, _colour(area.colour)), (0, 0), mask)

    def dot(self, dot: Dot) -> None:
        x, y = _finer(dot.x, dot.y)
        radius = dot.radius * SCALE * FINER
        self._draw.ellipse((x - radius, y - radius, x + radius, y + radius), _colour(dot.colour))

    def words(self, words: Words) -> None:
        font = _font(round((TITLE_SIZE if words.title else SIZE) * SCALE * FINER))
        x, y = _finer(words.x, words.y)
        stroke = SCALE * FINER // 4 if words.title else 0
        if not words.upright:
            self._draw.text((x, y), words.text, _colour(words.colour), font, _ANCHORS[words.anchor], stroke_width=stroke)
            return
        box = font.getbbox(words.text, anchor="ls")
        width, height = round(box[2] - box[0]) + 2, round(box[3] - box[1]) + 2
        mask = Image.new("L", (width, height))
        ImageDraw.Draw(mask).text((1 - box[0], 1 - box[1]), words.text, 255, font, "ls")
        turned = mask.transpose(Image.Transpose.ROTATE_90)
        ink = Image.new("RGB", turned.size, _colour(words.colour))
        self.picture.paste(ink, (round(x) - turned.width, round(y) - turned.height // 2), turned)


def _finer(x: float, y: float) -> tuple[float, float]:
    return x * SCALE * FINER, y * SCALE * FINER


def _colour(name: str) -> Colour:
    code = INKS.get(name, name)
    return int(code[1:3], 16), int(code[3:5], 16), int(code[5:7], 16)


@lru_cache(maxsize=8)
def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
