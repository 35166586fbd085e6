"""Why a command has ended."""

import signal

from gan_tui.foreign.trouble import LONGEST
from gan_tui.spec.tasks import PRINTED

OWN_FAULTS = (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGFPE, signal.SIGILL)
"""What a program brings upon itself, mostly with a word before."""
NO_KEYBOARD = "EOFError: EOF when reading a line"
"""What `input()` raises where there is none."""


def why(code: int, error: str, last_line: str) -> str:
    """What ended a command, in one line: its error, or else the last line that it printed, which with `sys.exit("...")` says why."""
    said = f"its last line: {last_line[:LONGEST]}" if last_line else ""
    if error.startswith(NO_KEYBOARD):
        error += ": it asked for input, which nobody can type here; give it as an argument, or as --env NAME=VALUE"
    if code > 0:
        ended = f"{error or said} (exit status {code})" if error or said else f"the command ended with exit status {code}"
        return f"{ended}; {PRINTED}"
    name = signal.Signals(-code).name
    by_whom = ": by somebody, or by the system when memory ran out" if name == "SIGKILL" else ""
    before = f"before, {error}" if error else said if -code in OWN_FAULTS else ""
    return f"the command was killed ({name}){by_whom}" + (f"; {before}" if before else "") + f"; {PRINTED}"
