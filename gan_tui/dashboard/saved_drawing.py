"""A drawing and its picture as PNG files."""

import io
import time
from collections.abc import Iterator
from pathlib import Path

from gan_tui.files import write_new
from gan_tui.run.drawing import Hello


def save_drawing(folder: Path, size: Hello, files: dict[str, tuple[bytes, int]]) -> str:
    """`STEM-NAME.png` for each name, of its pixels and channels, under a stem that no file has yet, which comes back. Raises OSError."""
    for stem in _stems(f"drawing-{time.strftime('%Y%m%d-%H%M%S')}"):
        if any((folder / f"{stem}-{name}.png").exists() for name in files):
            continue
        written = [write_new(folder / f"{stem}-{name}.png", _png(size, *file)) for name, file in files.items()]
        if all(written):
            return stem
    raise AssertionError("there is always another number")


def _stems(stem: str) -> Iterator[str]:
    """It, and then with a number from 2 on."""
    yield stem
    number = 1
    while True:
        number += 1
        yield f"{stem}-{number}"


def _png(size: Hello, pixels: bytes, channels: int) -> bytes:
    from PIL import Image  # 40 ms that only a save pays

    buffer = io.BytesIO()
    Image.frombytes("RGB" if channels == 3 else "L", (size.width, size.height), pixels).save(buffer, "PNG")
    return buffer.getvalue()
