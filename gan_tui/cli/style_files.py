"""The picture files that `style` and `train --preset style-net` read, and their copies in the run's folder."""

import io
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gan_tui import byte_paths
from gan_tui.errors import UserError, reason_of
from gan_tui.files import write_atomic
from gan_tui.printable import printable
from gan_tui.run import directory


def whole_text(path: Path) -> str:
    """A path in full, as settings have it."""
    return byte_paths.to_text(os.fspath(directory.expand(str(path)).absolute()))


def check_shares(styles: Sequence[str], shares: Sequence[float]) -> None:
    """What each style counts: said of none or of each. Raises UserError."""
    if shares and len(shares) != len(styles):
        raise UserError(f"{len(shares)} --share for {len(styles)} --style: say one for each, or none")
    if shares and not any(shares):
        raise UserError("one --share must be above 0")


def read_all(wanted: Sequence[tuple[Path, int]]) -> tuple[list[Any], list[str]]:
    """Pictures (PIL images) whose longer side has so many pixels, and what is to be said of them. Raises UserError as `read_sources`."""
    from gan_tui.data.single_picture import fitted, read_picture  # Pillow and NumPy, which other commands do without
    from gan_tui.spec.transfer import SMALLEST

    notes: list[str] = []
    found: list[Any] = []
    seen: dict[bytes, Path] = {}
    for path, longer in wanted:
        picture = read_picture(directory.expand(str(path)), SMALLEST)
        notes += picture.notes
        size = fitted(picture.image.size, longer)
        if min(size) < SMALLEST:
            raise UserError(
                f"{printable(str(path))} is too long for {longer} pixels: its shorter side would have {min(size)}, "
                f"and needs {SMALLEST}: say a larger --size, or crop it"
            )
        image = picture.image.resize(size, reducing_gap=4.0)
        key = image.resize((64, 64)).tobytes()
        if key in seen:
            raise UserError(f"{printable(str(path))} and {printable(str(seen[key]))} are the same picture: a style must be another one")
        seen[key] = path
        found.append(image)
    return found, notes


def copy_into(copies: Sequence[Path], pictures: Sequence[Any]) -> None:
    """PIL images as `copies` in the run's folder: it needs no other file from then on. Raises UserError."""
    for path, image in zip(copies, pictures, strict=True):
        buffer = io.BytesIO()
        image.save(buffer, "PNG")
        try:
            write_atomic(path, buffer.getvalue())
        except OSError as error:
            raise UserError(f"cannot write {path}: {reason_of(error)}; choose another folder with --runs-dir") from None
