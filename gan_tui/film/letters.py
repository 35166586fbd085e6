"""The font of a drawn screen: a monospaced one of this machine's, or Pillow's own, whose letters are then put into cells."""

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from gan_tui.errors import UserError
from gan_tui.film.screen import Colour, Look
from gan_tui.film.signs import shapes_of

KNOWN = (
    ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    ("Menlo.ttc", ""),
    ("LiberationMono-Regular.ttf", "LiberationMono-Bold.ttf"),
    ("NotoSansMono-Regular.ttf", "NotoSansMono-Bold.ttf"),
    ("UbuntuMono-R.ttf", "UbuntuMono-B.ttf"),
    ("FreeMono.ttf", "FreeMonoBold.ttf"),
    ("consola.ttf", "consolab.ttf"),
    ("cour.ttf", "courbd.ttf"),
)
"""Monospaced fonts and their bold ones, as systems call them; Pillow looks where fonts lie."""
STAND_INS = {"–": "-", "—": "-", "→": ">", "›": ">", "✗": "x", "✔": "v", "✓": "v", "❯": ">", "↺": "<", "…": ":", "↑": "^", "↓": "v"}
"""Where a font has no such sign."""
OVERSAMPLED = 4
"""Shapes are drawn so many times larger, and then made smaller: that smooths their edges."""
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


class Letters:
    """Draws signs into cells of `width` x `height` pixels."""

    def __init__(self, size: int, file: Path | None = None) -> None:
        """`size`: of the letters, in pixels; `file`: a font, else one that is there. Raises UserError for a file that is no font."""
        self._regular, self._bold, self.monospaced = _fonts(size, file)
        box = self._regular.getbbox("M" if self.monospaced else "0")
        self.width = max(4, round(self._regular.getlength("M")) if self.monospaced else round(box[2] - box[0] + size / 12))
        self.height = 2 * self.width
        ascent, descent = self._regular.getmetrics() if isinstance(self._regular, ImageFont.FreeTypeFont) else (size, size // 4)
        self._baseline = (self.height - ascent - descent) // 2 + ascent
        self._unknown = _mask(self._regular, "\uffff")
        self._cell = lru_cache(maxsize=20_000)(self._drawn)

    def cell(self, text: str, cells: int, look: Look) -> Image.Image:
        """A sign of so many cells, in its colours. The picture is not to be changed: it is used again."""
        return self._cell(text, cells, look)

    def _drawn(self, text: str, cells: int, look: Look) -> Image.Image:
        size = (self.width * cells, self.height)
        picture = Image.new("RGB", size, look.ground)
        if text == " ":
            return picture
        shapes = shapes_of(text) if len(text) == 1 else None
        mask = self._letter(text, look.bold, size) if shapes is None else self._shapes([(s.points, s.opacity) for s in shapes], size)
        picture.paste(Image.new("RGB", size, look.ink), (0, 0), mask)
        return picture

    def _letter(self, text: str, bold: bool, size: tuple[int, int]) -> Image.Image:
        font = self._bold if bold else self._regular
        if text in STAND_INS and _mask(font, text) == self._unknown:
            text = STAND_INS[text]
        mask = Image.new("L", size)
        left = (size[0] - font.getlength(text)) / 2  # nothing, in a monospaced font
        if isinstance(font, ImageFont.FreeTypeFont):
            ImageDraw.Draw(mask).text((left, self._baseline), text, 255, font, "ls")
        else:
            ImageDraw.Draw(mask).text((left, (size[1] - font.getbbox(text)[3]) // 2), text, 255, font)
        return mask

    def _shapes(self, shapes: Sequence[tuple[Sequence[tuple[float, float]], float]], size: tuple[int, int]) -> Image.Image:
        width, height = size[0] * OVERSAMPLED, size[1] * OVERSAMPLED
        mask = Image.new("L", (width, height))
        for points, opacity in shapes:
            # Pillow's polygons have their last row and column in them: a share that ends at 1 would lie outside, at 0.5 a pixel too far.
            corners = [(x * width - (x > 0.5), y * height - (y > 0.5)) for x, y in points]
            ImageDraw.Draw(mask).polygon(corners, round(255 * opacity))
        return mask.resize(size, Image.Resampling.BOX)


def _fonts(size: int, file: Path | None) -> tuple[Font, Font, bool]:
    """Regular, bold, and whether they are monospaced."""
    if file is not None:
        try:
            font = ImageFont.truetype(str(file), size)
        except OSError as error:
            raise UserError(f"{file} cannot be read as a font: {error}") from None
        return font, font, font.getlength("i") == font.getlength("M")
    for regular, bold in KNOWN:
        try:
            found = ImageFont.truetype(regular, size)
        except OSError:
            continue
        try:
            return found, ImageFont.truetype(bold, size) if bold else found, True
        except OSError:
            return found, found, True
    own = ImageFont.load_default(size)
    return own, own, False


def _mask(font: Font, text: str) -> bytes:
    return bytes(font.getmask(text))


def paint(canvas: Image.Image, letters: Letters, row: int, column: int, text: str, cells: int, look: Look) -> None:
    """Draw one sign where it stands."""
    canvas.paste(letters.cell(text, cells, look), (column * letters.width, row * letters.height))


def empty(letters: Letters, columns: int, rows: int, ground: Colour) -> Image.Image:
    """A screen with nothing on it."""
    return Image.new("RGB", (columns * letters.width, rows * letters.height), ground)
