"""The journal of a search: a file with a line of JSON for each thing that happened, which any number of workers append to.

It is Optuna's (its `JournalStorage` replays it), in a file of our own because two things happen to files: a last line torn by a full disk
or a power cut must not spoil what is written behind it, and a damaged line has to be named.
"""

import json
import os
import shlex
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from optuna.storages.journal import BaseJournalBackend, JournalFileOpenLock

from gan_tui.errors import DamagedError, UserError, reason_of
from gan_tui.files import open_append, open_regular

LONGEST = 1 << 18
"""Bytes of a line. One has some two hundred; fifty choices of 200 signs each, twice encoded, have up to 140,000."""
TORN = ".torn"
"""Added to the name of the file that keeps torn lines."""


class Journal(BaseJournalBackend):
    """One file. Who appends holds a lock, which is over by itself after half a minute, should its holder have died in it."""

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        """`durable`: what was appended outlives a power cut from then on."""
        self._durable = durable
        self._path = path.absolute()
        self._lock = JournalFileOpenLock(str(self._path))  # O_EXCL: on NFS from version 3 on
        self._offsets = [0]
        """Where each line begins, as far as they were read."""

    def read_logs(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        """All lines from that one on (the first is 0); a last one that is not whole waits. Raises DamagedError, UserError."""
        try:
            yield from self._read(log_number_from)
        except OSError as error:
            raise UserError(f"cannot read {self._path}: {reason_of(error)}") from None

    def _read(self, log_number_from: int) -> Iterator[dict[str, Any]]:
        number = min(log_number_from, len(self._offsets) - 1)
        with open_regular(self._path) as file:
            file.seek(self._offsets[number])
            while (line := file.readline(LONGEST)).endswith(b"\n"):
                number += 1
                if number == len(self._offsets):
                    self._offsets.append(self._offsets[-1] + len(line))
                if number > log_number_from:
                    yield self._decode(line, number)
            if len(line) == LONGEST:
                raise self._damaged(number + 1, "it has no end")

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Raises UserError."""
        text = "".join(f"{json.dumps(log, separators=(',', ':'))}\n" for log in logs)
        try:
            self._lock.acquire()
            try:
                self._cut_torn_line()
                with open_append(self._path) as file:
                    file.write(text.encode())
                    file.flush()
                    if self._durable:
                        os.fsync(file.fileno())
            finally:
                with suppress(RuntimeError):  # another worker has broken it, after half a minute: what was appended stands nevertheless
                    self._lock.release()
        except OSError as error:
            advice = f"mend that, then `gan-tui sweep --resume {shlex.quote(str(self._path.parent))}`"
            raise UserError(f"cannot write {self._path}: {reason_of(error)}; {advice}") from None

    def _cut_torn_line(self) -> None:
        """What has no end was never read by anybody; it is kept beside the journal."""
        with open(self._path, "r+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(0, end - LONGEST))
            torn = file.read().rpartition(b"\n")[2]
            if not torn:
                return
            with open_append(self._path.with_name(self._path.name + TORN), mode=0o600) as kept:
                kept.write(torn + b"\n")
            file.truncate(end - len(torn))

    def _decode(self, line: bytes, number: int) -> dict[str, Any]:
        try:
            found = json.loads(line)
        except (ValueError, RecursionError):
            raise self._damaged(number, "it is no JSON") from None
        if not isinstance(found, dict):
            raise self._damaged(number, "it is no object")
        return found

    def _damaged(self, number: int, why: str) -> DamagedError:
        what = f"line {number} of {self._path} is damaged: {why}"
        return DamagedError(f"{what}; its trials are runs, which `gan-tui runs --runs-dir {self._path.parent}` lists")
