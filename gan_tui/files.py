"""Files that are whole or absent, never torn."""

import errno
import os
import re
import select
import stat
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

WITHOUT_LOCKS = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL)
"""What a file system without `flock` answers."""


def open_regular(path: Path) -> BinaryIO:
    """A regular file, to be read. A pipe is not waited for, and a link to a device is not followed to the end of memory.

    Raises OSError where it cannot be opened, ValueError where it is something else.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
        raise ValueError("it is no regular file")
    return open(descriptor, "rb")


_TEMPORARY = re.compile(r"\..+\.\d+\.[0-9a-f]{8}\.tmp")
"""The name that `write_atomic` gives."""


def read_at_most(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most `limit` bytes.

    Raises OSError where it cannot be read, ValueError where it is something else or larger.
    """
    with open_regular(path) as file:
        if os.fstat(file.fileno()).st_size > limit:
            raise ValueError(f"it is too large, with more than {limit} bytes")
        content = file.read(limit + 1)
    if len(content) > limit:  # it is still growing, or has no size, as in /proc
        raise ValueError(f"it is too large, with more than {limit} bytes")
    return content


def read_pipe(path: Path, limit: int, seconds: float) -> bytes:
    """What comes out of a file, a pipe or a device until its end: of a pipe that nothing writes to, nothing.

    Raises OSError where it cannot be read, TimeoutError after `seconds`, ValueError for more than `limit` bytes.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
    content, deadline = b"", time.monotonic() + seconds
    try:
        waiting = select.poll()
        waiting.register(descriptor, select.POLLIN)
        while len(content) <= limit:
            if not waiting.poll(1000 * max(0.0, deadline - time.monotonic())):
                raise TimeoutError(errno.ETIMEDOUT, f"nothing has come for {seconds:.0f} s", str(path))
            if not (part := os.read(descriptor, limit + 1 - len(content))):
                return content
            content += part
    finally:
        os.close(descriptor)
    raise ValueError(f"it is too large, with more than {limit} bytes")


def open_append(path: Path, *, existing: bool = False, mode: int = 0o666) -> BinaryIO:
    """A regular file, to be written at its end; it is made where there is none, unless it must be `existing`.

    Raises OSError, for a pipe or a device as well: writing into a pipe would wait for a reader.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY | (0 if existing else os.O_CREAT)
    descriptor = os.open(path, flags, mode)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no regular file", str(path))
    os.set_blocking(descriptor, True)
    return open(descriptor, "ab")


def write_atomic(path: Path, content: bytes | memoryview | Iterator[bytes], *, durable: bool = True) -> None:
    """Replace `path` by `content` in one instant.

    Temporary file in the same folder, flush, fsync, rename, fsync of the folder. `durable=False` leaves
    out the two fsyncs: right for a preview, which may be lost in a power cut but never torn.
    Readers see the old file or the new one. Raises OSError with `path` as its file name; the temporary file is then removed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
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


def numbered(path: Path) -> Iterator[Path]:
    """Names for what shall not touch what is there: `path`, then `STEM-2.SUFFIX` to `STEM-999.SUFFIX`."""
    yield path
    for number in range(2, 1000):
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")


def write_new(path: Path, content: bytes | memoryview, *, durable: bool = True) -> bool:
    """Make a file that was not there, whole or not at all; False where there is one. Raises OSError with `path` as its file name.

    `durable=False` as in `write_atomic`.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        try:
            os.link(temporary, path)
        except FileExistsError:
            return False
        except OSError:  # a file system without links
            if os.path.lexists(path):
                return False
            temporary.rename(path)
        return True
    except OSError as error:
        if error.errno is not None:
            error.filename = str(path)
        raise
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def write_for_person(path: Path, content: bytes | memoryview) -> None:
    """Write what a user asked for to the path they gave: through links, and into pipes and devices without replacing them.

    Raises OSError; FileExistsError where a file is there, made while the content was, perhaps: nothing is overwritten.
    """
    target = path.resolve()
    if target.exists() and not target.is_file():
        with open(target, "wb") as file:
            file.write(content)
    elif not write_new(target, content):
        raise FileExistsError(errno.EEXIST, "it is there already, and nothing is overwritten", str(path))
    else:
        sync_folder(target.parent)


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
