"""A zip file of images, read in place: nothing is ever unpacked onto the disk, and no more into memory than one image needs."""

import io
import lzma
import stat
import threading
import zipfile
import zlib
from pathlib import Path

from gan_tui.byte_paths import shown
from gan_tui.data.folder_scan import LeftOut as Reasons
from gan_tui.data.folder_scan import Scan
from gan_tui.data.formats import READABLE
from gan_tui.data.image_file import Drawing, LeftOut, Picture, read_open
from gan_tui.errors import SettingsError, reason_of
from gan_tui.file_kinds import HEAD, kind_of
from gan_tui.files import open_regular

LARGEST_FILE = 1 << 28
"""Bytes of a file in it, unpacked: an uncompressed image of the most pixels that are taken has 192 million."""
LARGEST_WHOLE = 1 << 36
"""Bytes of all files in it, unpacked: some kilobytes can claim to be any number."""
LARGEST_CONTENTS = 1 << 26
"""Bytes of its table of contents, which is in memory as a whole."""
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2)
"""Compressions that need little memory, whatever a file says."""
ENCRYPTED = 1
UNREADABLE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)
"""What a damaged or hostile archive makes its readers raise."""


class ZipOfImages:
    """A source of images, as a folder is (image_source.py)."""

    def __init__(self, path: Path) -> None:
        """Raises SettingsError where it is no zip file, a damaged one, or a bomb."""
        self.path = path
        try:
            self._archive = zipfile.ZipFile(_Bounded(open_regular(path)))
        except zipfile.BadZipFile as error:
            raise SettingsError(f"{shown(path)} is no zip file that can be read: {shown(str(error).lower())}") from None
        except UNREADABLE as error:
            raise SettingsError(f"{shown(path)} cannot be read: {shown(reason_of(error))}") from None
        self._reading = threading.Lock()
        """Python 3.12.1 reads at a wrong place where several threads skip what `zip` notes before a file's content."""
        self._members: dict[str, zipfile.ZipInfo] = {}
        self.top = ""
        whole = sum(info.file_size for info in self._archive.infolist())
        if whole > LARGEST_WHOLE:
            most = f"{LARGEST_WHOLE >> 30} GiB are the most: unpack it yourself and say folder:FOLDER"
            raise SettingsError(f"{shown(path)} says that {whole / 1e9:,.0f} GB are in it, and {most}")

    def scan(self) -> Scan:
        """Its files, by name; links, encrypted ones and paths that lead out of it are passed over.

        `zip -r photos.zip photos` puts the folder itself into the archive: one that all files lie in is no part of their names.
        """
        left_out = Reasons()
        for info in self._archive.infolist():
            if info.is_dir():
                continue
            name = info.filename.replace("\\", "/")
            if reason := _reason_against(info, name.split("/")):
                left_out.add(reason, name)
            elif name in self._members:
                left_out.add("of the same name as another", name)
            else:
                self._members[name] = info
        tops = {name.partition("/")[0] for name in self._members}
        if len(tops) == 1 and all("/" in name for name in self._members):
            self.top = f"{tops.pop()}/"
            self._members = {name.removeprefix(self.top): info for name, info in self._members.items()}
        return Scan(sorted(self._members), left_out)

    def read(self, name: str, drawing: Drawing) -> Picture | LeftOut:
        """One image of it; see image_file.py."""
        info = self._members[name]
        if info.file_size > LARGEST_FILE:
            return LeftOut("too large", f"{info.file_size:,} bytes, unpacked")
        try:
            with self._reading, self._archive.open(info) as file:
                content = file.read(HEAD)
                if kind_of(content) in READABLE:
                    content += file.read()  # no more than the size that it says
        except UNREADABLE as error:
            return LeftOut("damaged", " ".join((str(error) or type(error).__name__).split()))
        except MemoryError:
            return LeftOut("too large")
        return read_open(io.BytesIO(content), info.file_size, name.rpartition("/")[2].lower(), drawing)

    def content(self, name: str, limit: int) -> bytes:
        """A file as it is. Raises ValueError where it is larger or damaged."""
        info = self._members[name]
        if info.file_size > limit:
            raise ValueError(f"it is too large, with more than {limit} bytes")
        try:
            return self._archive.read(info)
        except UNREADABLE as error:
            raise ValueError(shown(str(error) or "it is damaged")) from None

    def close(self) -> None:
        """Let go of the file."""
        self._archive.close()


def _reason_against(info: zipfile.ZipInfo, parts: list[str]) -> str:
    """Why a file is passed over by what is said of it alone; empty where it is not."""
    if not parts[0] or ".." in parts or parts[0].endswith(":"):
        return "with a path that leads out of the archive"
    if any(part.startswith(".") for part in parts) or parts[0] == "__MACOSX":
        return "hidden"
    if stat.S_ISLNK(info.external_attr >> 16):
        return "links"
    if info.flag_bits & ENCRYPTED:
        return "encrypted"
    return "" if info.compress_type in METHODS else "compressed in a way that is not read"


class _Bounded(io.BufferedReader):
    """A file that refuses to give a table of contents of gigabytes in one go."""

    def __init__(self, file: object) -> None:
        super().__init__(file.detach())  # type: ignore[attr-defined]

    def read(self, size: int | None = -1, /) -> bytes:
        """Raises BadZipFile where too much is asked for."""
        if size is not None and size > LARGEST_CONTENTS:
            raise zipfile.BadZipFile("its table of contents is too large")
        return super().read(size)
