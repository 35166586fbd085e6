"""A process beside the screen that has torch, which the screen never has: it answers one request at a time."""

import asyncio
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

from gan_tui.run.launch import module_command

Wanted = TypeVar("Wanted")
Reply = TypeVar("Reply")


class Companion(Generic[Wanted, Reply]):
    """Of the requests that come while it is busy, only the newest is sent."""

    def __init__(
        self,
        module: str,
        folder: str,
        *,
        line_of: Callable[[Wanted], bytes],
        read: Callable[[bytes], Reply],
        last: Callable[[str], Reply],
        longest: int,
    ) -> None:
        """`module` is started with `folder`; `read` raises msgspec.DecodeError for what is no reply; `last` is said where it has ended."""
        self._command = module_command(module, folder)
        self._line_of, self._read, self._last, self._longest = line_of, read, last, longest
        self._process: Process | None = None
        self._wanted: Wanted | None = None
        self._busy = True
        """It has not answered yet, or has not said that it is there."""

    @property
    def busy(self) -> bool:
        return self._busy

    def ask(self, wanted: Wanted) -> None:
        """Have this done as soon as what was asked for before is."""
        self._wanted = wanted
        self._send()

    async def replies(self) -> AsyncIterator[Reply]:
        """What it says, until it ends, which is the last that is said."""
        environment = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}
        try:
            # Textual draws on stderr. What goes wrong is said on stdout.
            self._process = await asyncio.create_subprocess_exec(
                *self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=self._longest, start_new_session=True, env=environment
            )
        except OSError as error:
            yield self._last(f"its process cannot be started: {error.strerror or error}")
            return
        try:
            async for reply in self._lines(self._process):
                self._busy = False
                self._send()
                yield reply
            yield self._last(f"its process has ended (exit code {await self._process.wait()}): leave and come back")
        finally:
            self.close()

    async def _lines(self, process: Process) -> AsyncIterator[Reply]:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than any reply
                return
            if not line:
                return
            with suppress(msgspec.DecodeError):  # a library's own words
                yield self._read(line)

    def _send(self) -> None:
        process = self._process
        if self._busy or self._wanted is None or process is None or process.stdin is None:
            return
        with suppress(OSError, RuntimeError):  # it has ended, which `replies` will say
            process.stdin.write(self._line_of(self._wanted))
        self._wanted, self._busy = None, True

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
