"""Files that are whole or absent, never torn."""

import io
import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer


class _Witness(io.BufferedWriter):
    """A file that remembers what the operating system refused: torch.save makes a RuntimeError without a cause of it."""

    refusal: OSError | None = None

    def write(self, data: "Buffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            self.refusal = error
            raise


def write_atomic(path: Path, content: bytes | Callable[[BinaryIO], object], *, durable: bool = True) -> None:
    """Replace `path` by `content` (bytes, or a function that writes to the open file) in one instant.

    Temporary file in the same folder, flush, fsync, rename, fsync of the folder. `durable=False` leaves
    out the two fsyncs: right for a preview, which may be lost in a power cut but never torn.
    Readers see the old file or the new one. Raises OSError with `path` as its file name; the temporary file is then removed.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    witness: _Witness | None = None
    try:
        with _Witness(io.FileIO(temporary, "xb")) as witness:
            if callable(content):
                content(witness)
            else:
                witness.write(content)
            witness.flush()
            if durable:
                os.fsync(witness.fileno())
        os.replace(temporary, path)
    except BaseException as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        refusal = error if isinstance(error, OSError) else witness.refusal if witness and isinstance(error, Exception) else None
        if refusal is None:
            raise
        if refusal.errno is not None:
            refusal.filename = str(path)  # a person looks for that one, not for the temporary file
        raise refusal from None
    if durable:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make a rename inside `folder` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_temporaries(folder: Path) -> None:
    """Delete what a killed `write_atomic` left in `folder`."""
    for leftover in folder.glob(".*.tmp"):
        leftover.unlink(missing_ok=True)
