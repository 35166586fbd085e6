"""Starting a trainer that outlives the screen."""

import os
import re
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from gan_tui.errors import UserError, reason_of
from gan_tui.files import open_append, open_regular
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import supervisor_command, trainer_command
from gan_tui.spec.tasks import COMMAND

TAIL = 64 << 10
"""Bytes of `trainer.log` searched for its last line."""
_ERROR = re.compile(r"gan-tui: |[A-Za-z_][\w.]*(Error|Exception|Interrupt)(:|$)")
"""How a line begins that says why: the trainer's own word for it, or the last line of a traceback."""
_PROGRESS = ("Epoch [", "Scale [")


class TrainerProcess:
    """A detached trainer: its own session, so that neither ctrl+c nor a lost terminal reaches it.

    Popen and not asyncio.create_subprocess_exec: asyncio kills a child that still runs when its event loop is
    closed (`BaseSubprocessTransport.close`), and here a child must survive exactly that.
    """

    def __init__(self, run: RunDirectory, command: Sequence[str] | None = None) -> None:
        """Start it. Raises UserError where that is impossible."""
        self._log = run.trainer_log
        self.log_begins = run.events.stat().st_size if run.events.exists() else 0
        """Bytes of the run's log that were written before."""
        try:
            self._start(run, command)
        except OSError as error:
            where = f" ({error.filename})" if error.filename else ""
            raise UserError(f"no trainer can be started: {reason_of(error)}{where}") from None

    def _start(self, run: RunDirectory, command: Sequence[str] | None) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in ("LINES", "COLUMNS")}
        with open_append(run.trainer_log, mode=0o600) as log:
            self._born_at = os.fstat(log.fileno()).st_size
            # Textual draws on stderr: a child that inherited it would write over the screen.
            self._process = subprocess.Popen(
                list(command or (supervisor_command if run.task is COMMAND else trainer_command)(str(run.path.absolute()))),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env=environment,
            )

    @property
    def exit_code(self) -> int | None:
        """None while it runs; minus the signal's number where one killed it."""
        return self._process.poll()

    def last_words(self, remedy: str, *, began: bool) -> str:
        """Why it ended, in one line, as far as that is known.

        `remedy`: where it stood, and what goes on from there. `began`: it trained, so what it printed last is mostly no reason.
        """
        code = self._process.poll()
        line = _last_line(self._log, self._born_at)
        if line.startswith(_PROGRESS) or (began and not _ERROR.match(line)):
            line = ""
        if code is not None and code < 0:
            return f"the trainer was killed (signal {-code}) {remedy}"
        if line:
            return f"the trainer ended (exit code {code}): {line}"
        return f"the trainer ended without a word (exit code {code}) {remedy}; see {self._log.name}"

    @contextmanager
    def or_neither(self) -> Iterator[None]:
        """What fails in it, or is interrupted, ends the trainer too: nobody would know of it."""
        try:
            yield
        except BaseException:
            self._process.terminate()
            self.let_go()
            raise

    def let_go(self) -> None:
        """Leave the trainer to itself: it is no longer this process's business, whether or not it still runs."""
        self._process.poll()
        # What Popen would warn about on its deletion ("subprocess is still running") is what is wanted here.
        self._process.returncode = self._process.returncode if self._process.returncode is not None else 0


def _last_line(path: Path, start: int) -> str:
    """The last line behind byte `start` with anything in it; empty where there is none."""
    try:
        with open_regular(path) as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(start, size - TAIL))
            lines = file.read(TAIL).decode("utf-8", "replace").splitlines()
    except (OSError, ValueError):
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
