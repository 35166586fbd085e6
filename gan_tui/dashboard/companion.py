"""A process beside the screen that has torch, which the screen never has: it answers one request at a time."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from subprocess import DEVNULL, PIPE, Popen
from typing import Generic

import msgspec

from gan_tui.run.companion import LONGEST_LINE, Dialogue, Refused, ReplyT, WantedT, line_of
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import module_command

WAIT_SECONDS = 0.5


async def first_checkpoint(run: RunDirectory) -> bool:
    """Wait until a run that trains has saved something; False where it ends without."""
    while not run.has_checkpoint:
        if not run.alive:
            return False
        await asyncio.sleep(WAIT_SECONDS)
    return True


class Companion(Generic[WantedT, ReplyT]):
    """Of the requests that come while it is busy, only the newest is sent."""

    def __init__(self, dialogue: Dialogue[WantedT, ReplyT], *arguments: str) -> None:
        """`arguments`: with which its module is started."""
        self._dialogue = dialogue
        self._command = module_command(dialogue.module, *arguments)
        self._process: Popen[bytes] | None = None
        self._wanted: WantedT | None = None
        self._busy = True
        """It has not answered yet, or has not said that it is there."""

    @property
    def busy(self) -> bool:
        return self._busy

    def ask(self, wanted: WantedT) -> None:
        """Have this done as soon as what was asked for before is."""
        self._wanted = wanted
        self._send()

    async def replies(self) -> AsyncIterator[ReplyT | Refused]:
        """Start it. What it says, until it ends, which is the last that is said; once more, and it is started anew."""
        self._busy = True
        environment = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}
        try:
            # Textual draws on stderr. What goes wrong is said on stdout.
            process = Popen(self._command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, start_new_session=True, env=environment)
        except OSError as error:
            yield Refused(f"its process cannot be started: {error.strerror or error}")
            return
        self._process = process
        lines: asyncio.Queue[bytes] = asyncio.Queue()
        # No asyncio.subprocess: it needs its loop until the process is reaped, and the app's may end before.
        threading.Thread(target=self._read_on, args=(process, asyncio.get_running_loop(), lines), daemon=True).start()
        try:
            while line := await lines.get():
                try:
                    reply = self._dialogue.read_reply(line)
                except msgspec.DecodeError:  # a library's own words
                    continue
                self._busy = False
                self._send()
                yield reply
                if isinstance(reply, Refused):
                    return
            if self._process is not None:  # else it was we who ended it
                yield Refused(f"its process has ended (exit code {process.returncode}): leave and come back")
        finally:
            self.close()

    def _read_on(self, process: "Popen[bytes]", loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[bytes]") -> None:
        """Hand on each line; an empty one when it has ended, and is reaped."""
        assert process.stdout is not None
        with suppress(RuntimeError):  # the app is gone
            while (line := process.stdout.readline(LONGEST_LINE)).endswith(b"\n"):
                loop.call_soon_threadsafe(lines.put_nowait, line)
        process.kill()
        process.stdout.close()
        process.wait()
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(lines.put_nowait, b"")

    def _send(self) -> None:
        process = self._process
        if self._busy or self._wanted is None or process is None or process.stdin is None:
            return
        with suppress(OSError, ValueError):  # it has ended, which `replies` will say
            process.stdin.write(line_of(self._wanted))
            process.stdin.flush()
        self._wanted, self._busy = None, True

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            if process.stdin is not None:
                with suppress(OSError):
                    process.stdin.close()
