"""Files that are whole or absent, never torn."""

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_TEMPORARY = re.compile(r"\..+\.\d+\.[0-9a-f]{8}\.tmp")
"""The name that `write_atomic` gives."""


def read_at_most(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes. A link to /dev/zero would be read for ever, and a pipe waited for.

    Raises OSError where it cannot be read, ValueError where it is something else or larger.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(f"{path} is no regular file")
        content = b"" if (too_large := status.st_size > limit) else file.read(limit + 1)
    if too_large or len(content) > limit:
        raise ValueError(f"{path} has more than {limit} bytes")
    return content


def write_atomic(path: Path, content: bytes | memoryview | Iterator[bytes], *, durable: bool = True) -> None:
    """Replace `path` by `content` in one instant.

    Temporary file in the same folder, flush, fsync, rename, fsync of the folder. `durable=False` leaves
    out the two fsyncs: right for a preview, which may be lost in a power cut but never torn.
    Readers see the old file or the new one. Raises OSError with `path` as its file name; the temporary file is then removed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.writelines(content if isinstance(content, Iterator) else (content,))
            file.flush()
            if durable:
                os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno is not None:
            error.filename = str(path)  # a person looks for that one, not for the temporary file
        raise
    if durable:
        sync_folder(path.parent)


def write_for_person(path: Path, content: bytes | memoryview) -> None:
    """Write what somebody asked for to where they said: through links, and into pipes and devices without replacing them.

    Raises OSError.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        with open(target, "wb") as file:
            file.write(content)
    else:
        write_atomic(target, content)


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_temporaries(folder: Path) -> None:
    """Delete what a killed `write_atomic` left in `folder`, and nothing else that ends in `.tmp`."""
    for leftover in folder.glob(".*.tmp"):
        if _TEMPORARY.fullmatch(leftover.name):
            leftover.unlink(missing_ok=True)


def set_aside(path: Path) -> Path:
    """Rename what is damaged to `NAME.damaged`, or to the next number that is free; the new path comes back. Raises OSError."""
    number = 1
    while os.path.lexists(aside := path.with_name(f"{path.name}.damaged" + (f"-{number}" if number > 1 else ""))):
        number += 1
    path.rename(aside)
    sync_folder(path.parent)
    return aside
