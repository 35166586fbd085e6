"""Where the files of a data set come from: a folder of the user's, or the cache, into which they are downloaded once."""

import fcntl
import gzip
import hashlib
import http.client
import importlib
import os
import socket
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError

from gan_tui.byte_paths import shown, to_path
from gan_tui.errors import SettingsError, first_line, reason_of
from gan_tui.files import WITHOUT_LOCKS
from gan_tui.user_folders import user_folder

LARGEST = 1 << 28
"""Bytes of a file, unpacked; those of EMNIST have 98 million."""
STALLED_SECONDS = 60.0
"""Seconds without a byte after which a download is given up."""


@dataclass(frozen=True)
class Remote:
    """A file on the net. Its md5 finds damage; it is no defence against forgery."""

    name: str
    md5: str
    urls: Sequence[str]


def fetch(remote: Remote, folder: str) -> Path:
    """The file in the cache, intact, downloaded where it is missing or damaged; its md5 is taken each time.

    `folder`: below the cache. Several processes may ask at once: one downloads, the others wait. Raises SettingsError where it cannot
    be had.
    """
    path = user_folder("cache") / folder / remote.name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.parent / ".lock"):
            if not (path.is_file() and _md5(path) == remote.md5):
                _download(remote, path)
    except OSError as error:
        raise SettingsError(f"cannot write {path}: {reason_of(error)}; set XDG_CACHE_HOME to a folder with space to spare") from None
    return path


def _download(remote: Remote, path: Path) -> None:
    """Through torchvision, which checks the md5 of what came. Raises SettingsError, and OSError where the cache refuses it."""
    download_url = torchvisions("datasets.utils").download_url
    patience = socket.getdefaulttimeout()
    reason = ""
    for url in remote.urls:
        try:
            socket.setdefaulttimeout(STALLED_SECONDS)
            download_url(url, str(path.parent), path.name, remote.md5)
            return
        except (URLError, TimeoutError, http.client.HTTPException, ConnectionError) as error:
            reason = str(getattr(error, "reason", "") or error or type(error).__name__)
        except (RuntimeError, RecursionError):
            reason = "what came is damaged"
        finally:
            socket.setdefaulttimeout(patience)
    path.unlink(missing_ok=True)
    where, words = " or ".join(remote.urls), " ".join(reason.split())[:120]
    advice = "try again, or put it into a folder and say --data-dir FOLDER"
    raise SettingsError(f"cannot download {remote.name} from {where} ({words}): {advice}")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Hold a lock file, which the kernel drops however the process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        except OSError as error:
            if error.errno not in WITHOUT_LOCKS:  # without locks two may download the same, and the md5 says which of it is whole
                raise
        yield
    finally:
        os.close(descriptor)


def torchvisions(module: str) -> Any:
    """`torchvision.MODULE`, imported where it is needed: that takes as long as torch itself. Raises SettingsError where it cannot be.

    Who trains on MNIST, CIFAR-10 or a folder of images never needs it.
    """
    try:
        return importlib.import_module(f"torchvision.{module}")
    except (ImportError, RuntimeError, OSError) as error:
        raise SettingsError(
            f"torch and torchvision cannot be imported together ({first_line(error)}): install both from the same package index, "
            "`pip install --upgrade torch torchvision`, or both from PyTorch's CPU index"
        ) from None


def find(folder: str, names: Sequence[str]) -> Path | None:
    """The first of `names` that is a file in the user's folder, as it is or gzipped (`.gz`). Raises SettingsError for no folder."""
    root = to_path(folder)
    try:
        if not root.is_dir():
            raise SettingsError(f"data.dir: there is no folder {shown(root)}; say --data-dir FOLDER, or leave it out to download")
        candidates = [root / f"{name}{ending}" for name in names for ending in ("", ".gz")]
        return next((path for path in candidates if path.is_file()), None)
    except OSError as error:
        raise cannot_read(root, error) from None


def md5_of(path: Path) -> str:
    """Of a file as it lies there. Raises SettingsError where it cannot be read."""
    try:
        return _md5(path)
    except OSError as error:
        raise cannot_read(path, error) from None


def _md5(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.md5(usedforsecurity=False)).hexdigest()


def check(path: Path, remote: Remote) -> Path:
    """`path`, after a look at its md5. Raises SettingsError where it is another file than `remote`."""
    found = md5_of(path)
    if found != remote.md5:
        raise SettingsError(
            f"{shown(path)} is damaged or another version: its md5 is {found}, not {remote.md5}; get it from {remote.urls[0]}"
        )
    return path


def read(path: Path) -> bytes:
    """The content of a file, gunzipped where its name ends in `.gz`. Raises SettingsError."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise OSError(f"it holds more than {LARGEST:,} bytes")
        return content
    except (OSError, EOFError, zlib.error) as error:
        raise cannot_read(path, error) from None


def cannot_read(path: Path, error: Exception) -> SettingsError:
    """One line for a file that does not let itself be read."""
    return SettingsError(f"cannot read {shown(path)}: {' '.join(reason_of(error).split())[:120]}")
