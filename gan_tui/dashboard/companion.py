"""A process beside the screen that has torch, which the screen never has: it answers one request at a time."""

import asyncio
import os
import threading
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress
from subprocess import PIPE, Popen
from typing import IO, Generic

import msgspec

from gan_tui.errors import reason_of
from gan_tui.printable import printable, shortened
from gan_tui.run.companion import LONGEST_LINE, Dialogue, Refused, ReplyT, WantedT, line_of
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import module_command

WAIT_SECONDS = 0.5
GRACE_SECONDS = 1.0
"""For what an ended process has said to be read. Its pipes may stay open: a process that it has started has them too."""
MOST_SAID = 200


def waits_for(run: RunDirectory) -> str:
    """What who shows what a generator draws has to wait for; empty where it has been saved, or will never be."""
    if run.has_checkpoint or not run.alive:
        return ""
    return "waiting for the first checkpoint: s on the run's screen saves one now"


async def first_checkpoint(run: RunDirectory) -> None:
    """Wait until a run that trains has saved something, or has ended."""
    while not run.has_checkpoint and run.alive:
        await asyncio.sleep(WAIT_SECONDS)


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
            # Textual draws on stderr. What goes wrong is said on stdout, unless it is the interpreter's own trouble.
            process = Popen(self._command, stdin=PIPE, stdout=PIPE, stderr=PIPE, start_new_session=True, env=environment)
        except OSError as error:
            yield Refused(f"its process cannot be started: {reason_of(error)}")
            return
        self._process = process
        lines: asyncio.Queue[bytes] = asyncio.Queue()
        complaint: deque[bytes] = deque(maxlen=1)
        # No asyncio.subprocess: it needs its loop until the process is reaped, and the app's may end before.
        threading.Thread(target=_follow, args=(process, asyncio.get_running_loop(), lines, complaint), daemon=True).start()
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
                why = printable(complaint[0].decode(errors="replace")).strip() if complaint else "leave and come back"
                yield Refused(f"its process has ended (exit code {process.returncode}): {shortened(why, MOST_SAID)}")
        finally:
            self.close()

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


def _follow(process: "Popen[bytes]", loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[bytes]", complaint: deque[bytes]) -> None:
    """Hand on each line; an empty one when it has ended, and is reaped. `complaint`: the last line on stderr."""
    assert process.stdout is not None
    assert process.stderr is not None
    reading = (
        threading.Thread(target=_hand_on, args=(process, process.stdout, loop, lines), daemon=True),
        threading.Thread(target=_keep_last, args=(process.stderr, complaint), daemon=True),
    )
    for thread in reading:
        thread.start()
    process.wait()
    for thread in reading:
        thread.join(GRACE_SECONDS)
    with suppress(RuntimeError):  # the app is gone
        loop.call_soon_threadsafe(lines.put_nowait, b"")


def _hand_on(process: "Popen[bytes]", stdout: IO[bytes], loop: asyncio.AbstractEventLoop, lines: "asyncio.Queue[bytes]") -> None:
    """One that says nothing more, or too much at once, is ended."""
    with stdout, suppress(RuntimeError):
        while (line := stdout.readline(LONGEST_LINE)).endswith(b"\n"):
            loop.call_soon_threadsafe(lines.put_nowait, line)
    process.kill()


def _keep_last(stderr: IO[bytes], complaint: deque[bytes]) -> None:
    with stderr:
        while line := stderr.readline(LONGEST_LINE):
            if line.strip():
                complaint.append(line)
