"""How a script has ended, as far as that can be seen from within: by an exception, by `sys.exit`, or by its last line."""

import os
import sys

from gan_tui.errors import first_line
from gan_tui.tracking.commands import Commands
from gan_tui.tracking.writing import WritingThread


def ending(error: BaseException | None) -> tuple[str, bool]:
    """The run's error, empty where it has none, and whether it was stopped: of an exception, or of none."""
    if error is None or (isinstance(error, SystemExit) and error.code in (None, 0)):
        return "", False
    if isinstance(error, KeyboardInterrupt | GeneratorExit):
        return "", True
    if isinstance(error, SystemExit):
        status = isinstance(error.code, int)
        return f"the script ended with exit status {error.code}" if status else first_line(error, 500), False
    kind, said = type(error).__name__, first_line(error, 500)
    return kind if said == kind else f"{kind}: {said}", False


def _last_error() -> BaseException | None:
    """The exception that nothing has caught, once the interpreter has printed it."""
    return getattr(sys, "last_exc", None) or getattr(sys, "last_value", None)


class Survived:
    """The uncaught exception that has not ended the run: one from before it began, or at a prompt one behind which it goes on."""

    def __init__(self) -> None:
        self._error = _last_error()

    def goes_on(self) -> None:
        """The script logs. At a prompt, as in a notebook, an error ends what was typed and nothing else."""
        if hasattr(sys, "ps1"):
            self._error = _last_error()

    @property
    def end(self) -> BaseException | None:
        """What has ended it, as far as is known."""
        return error if (error := _last_error()) is not self._error else None


def close(writing: WritingThread | None, pid: int, survived: Survived, commands: Commands | None) -> None:
    """Of a run that nobody has finished, at the end of the interpreter, or when it is dropped; `pid`: of the process that writes it."""
    if writing is None or os.getpid() != pid:
        return
    text, stopped = ending(survived.end)
    stopped = stopped or (commands is not None and commands.stopping)
    writing.close("failed" if text else "stopped" if stopped else "completed", text)
