"""A drawing: pixels that are ink or not, strokes on them, the way back, and its files. No Textual."""

import errno
import io
import time
from collections import deque
from pathlib import Path

from gan_tui.files import numbered, write_new
from gan_tui.run.drawing import Hello

INK = 255
"""A line; what is none is 0."""
REMEMBERED = 200
"""Strokes that can be undone."""
Pixel = tuple[int, int]
"""Column and row, from the upper left corner."""


class Canvas:
    """`width` x `height` pixels, empty at first."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self._pixels = bytearray(width * height)
        self._before: deque[bytes] = deque(maxlen=REMEMBERED)
        self._kept = bytes(width * height)

    @property
    def outline(self) -> bytes:
        """uint8 (height * width)."""
        return bytes(self._pixels)

    @property
    def empty(self) -> bool:
        return not any(self._pixels)

    @property
    def unsaved(self) -> bool:
        """Is there a drawing that would be lost?"""
        return not self.empty and self._pixels != self._kept

    def keep(self, outline: bytes) -> None:
        """It is in a file, or was somewhere else before: it can be had again."""
        self._kept = outline

    def holds(self, pixel: Pixel) -> bool:
        """Is it on the canvas?"""
        return 0 <= pixel[0] < self.width and 0 <= pixel[1] < self.height

    def inked(self, left: int, top: int, right: int, bottom: int) -> bool:
        """Is there ink in the columns from `left` to before `right`, and those rows?"""
        return any(INK in self._pixels[row * self.width + left : row * self.width + right] for row in range(top, bottom))

    def begin(self) -> None:
        """What comes now is one stroke, to be undone as one."""
        self._before.append(bytes(self._pixels))

    def mark(self, pixel: Pixel, *, ink: bool, radius: int = 0) -> None:
        """Ink, or none, at a pixel and those around it that are no farther than `radius`; what lies beside the canvas is lost."""
        for y in range(max(0, pixel[1] - radius), min(self.height, pixel[1] + radius + 1)):
            for x in range(max(0, pixel[0] - radius), min(self.width, pixel[0] + radius + 1)):
                self._pixels[y * self.width + x] = INK if ink else 0

    def line(self, start: Pixel, end: Pixel, *, ink: bool, radius: int = 0) -> None:
        """`mark` from one pixel to another, both included, without a gap."""
        steps = max(abs(end[0] - start[0]), abs(end[1] - start[1]), 1)
        for step in range(steps + 1):
            at = round(start[0] + (end[0] - start[0]) * step / steps), round(start[1] + (end[1] - start[1]) * step / steps)
            self.mark(at, ink=ink, radius=radius)

    def undo(self) -> bool:
        """As it was before the last stroke; False where there is none."""
        while self._before:
            before = self._before.pop()
            if before != self._pixels:
                self._pixels[:] = before
                return True
        return False

    def load(self, outline: bytes) -> None:
        """Another drawing in place of this one, as one stroke. Raises ValueError for one of another size."""
        if len(outline) != len(self._pixels):
            raise ValueError(f"a drawing has {self.width} x {self.height} pixels, this one {len(outline)}")
        self.begin()
        self._pixels[:] = bytes(INK if value > INK // 2 else 0 for value in outline)

    def clear(self) -> None:
        """Empty, as one stroke."""
        self.load(bytes(len(self._pixels)))


def save_drawing(folder: Path, size: Hello, files: dict[str, tuple[bytes, int]]) -> str:
    """`STEM-NAME.png` for each name, of its pixels and channels, under a stem that no file has yet, which comes back. Raises OSError."""
    for stem in numbered(folder / f"drawing-{time.strftime('%Y%m%d-%H%M%S')}"):
        paths = {name: folder / f"{stem.name}-{name}.png" for name in files}
        if any(path.exists() for path in paths.values()):
            continue
        written = [write_new(path, _png(size, *files[name])) for name, path in paths.items()]
        if all(written):
            return stem.name
    raise FileExistsError(errno.EEXIST, "there are too many drawings of this second", str(folder))


def _png(size: Hello, pixels: bytes, channels: int) -> bytes:
    from PIL import Image  # 40 ms that only a save pays

    buffer = io.BytesIO()
    Image.frombytes("RGB" if channels == 3 else "L", (size.width, size.height), pixels).save(buffer, "PNG")
    return buffer.getvalue()
