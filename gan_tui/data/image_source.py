"""Where images of one's own come from: a folder, or a zip file that is read in place."""

from pathlib import Path
from typing import Protocol

from gan_tui.data.folder_scan import Scan, scan
from gan_tui.data.image_file import Drawing, LeftOut, Picture, read_image
from gan_tui.data.zip_file import ZipOfImages
from gan_tui.files import read_at_most


class Source(Protocol):
    """Files by their names, relative to it, with `/` between folders."""

    path: Path
    top: str
    """What stood before each name and is no part of it, as `photos/`; empty before the scan."""

    def scan(self) -> Scan:
        """What there is."""

    def read(self, name: str, drawing: Drawing) -> Picture | LeftOut:
        """An image. From several threads at once; never raises for what a file may hold."""

    def content(self, name: str, limit: int) -> bytes:
        """A file of at most `limit` bytes. Raises OSError and ValueError."""

    def close(self) -> None:
        """Nothing is read after that."""


class Folder:
    """All files below it."""

    top = ""

    def __init__(self, path: Path) -> None:
        self.path = path

    def scan(self) -> Scan:
        """Raises SettingsError where it is not there."""
        return scan(self.path)

    def read(self, name: str, drawing: Drawing) -> Picture | LeftOut:
        """See image_file.py."""
        return read_image(self.path / name, drawing)

    def content(self, name: str, limit: int) -> bytes:
        """See files.py."""
        return read_at_most(self.path / name, limit)

    def close(self) -> None:
        """Nothing is held."""


def open_source(path: Path) -> Source:
    """What lies at `path`. Raises SettingsError."""
    return ZipOfImages(path) if path.is_file() else Folder(path)
