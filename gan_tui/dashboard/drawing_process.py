"""The process that renders what is drawn: torch is in there, and never here."""

import asyncio
import os
import subprocess
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec

from gan_tui.run.directory import RunDirectory
from gan_tui.run.drawing import LONGEST_LINE, Hello, Refused, Rendered, Reply, Request, line_of, read_reply
from gan_tui.run.launch import module_command


class DrawingProcess:
    """Renders one outline at a time; of those that come meanwhile, only the newest."""

    def __init__(self, run: RunDirectory) -> None:
        self._run = run
        self._process: subprocess.Popen[bytes] | None = None
        self._wanted: bytes | None = None
        self._busy = True
        """It has not answered yet, or has not said that it is there."""
        self._number = 0

    def ask(self, outline: bytes) -> None:
        """Have this rendered as soon as what was asked for before is."""
        self._wanted = outline
        self._send()

    async def replies(self) -> AsyncIterator[Reply]:
        """What it says, until it ends: a refusal is the last."""
        environment = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}
        command = module_command("gan_tui.training.rendering", str(self._run.path.absolute()))
        try:
            # Textual draws on stderr. What goes wrong is said on stdout.
            process = self._process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
                env=environment,
            )
        except OSError as error:
            yield Refused(f"nothing can be rendered: {error.strerror or error}")
            return
        try:
            async for reply in self._read(process):
                if not isinstance(reply, Refused):
                    self._busy = False
                    self._send()
                yield reply
        finally:
            self.close()

    async def _read(self, process: "subprocess.Popen[bytes]") -> AsyncIterator[Hello | Rendered | Refused]:
        assert process.stdout is not None
        while line := await asyncio.to_thread(process.stdout.readline, LONGEST_LINE):
            try:
                reply = read_reply(line)
            except msgspec.DecodeError:
                continue  # a library's own words
            yield reply
            if isinstance(reply, Refused):
                return
        status = await asyncio.to_thread(process.wait)
        yield Refused(f"the process that renders has ended (exit code {status}): leave the board and open it again")

    def _send(self) -> None:
        process = self._process
        if self._busy or self._wanted is None or process is None or process.stdin is None:
            return
        self._number += 1
        with suppress(OSError, ValueError):  # it has ended, which `replies` will say
            process.stdin.write(line_of(Request(self._number, self._wanted)))
            process.stdin.flush()
        self._wanted, self._busy = None, True

    def close(self) -> None:
        """End it."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
