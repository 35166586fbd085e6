"""`reset`: a terminal as it was, where a screen could not restore it itself."""

import os
import sys
import termios
from contextlib import suppress

from gan_tui.cli.group import cli, echo
from gan_tui.errors import UserError

OFF = (1000, 1002, 1003, 1004, 1006, 1015, 1016, 2004, 2026, 2048)
"""Private modes that a screen may have left on: reports of the mouse, of the focus, of sizes; pastes in brackets, frames held back."""
SEQUENCE = "".join(
    (
        "\x1b7",  # where the main screen is shown already, leaving the other one then moves no cursor
        *(f"\x1b[?{mode}l" for mode in OFF),
        "\x1b[<u",  # the keyboard of kitty
        "\x1b[?1049l",  # the other screen
        "\x1b[?25h\x1b[?7h\x1b[0m\x1b(B\x0f",  # the cursor, wrapped lines, plain text in the usual characters
    )
)


@cli.command(short_help="Mend this terminal after a dashboard that was killed.")
def reset() -> None:
    """Make this terminal usable again after a dashboard that was killed: mouse, main screen, cursor, echo.

    Where you cannot see what you type: type it all the same, and press enter. Runs are not touched.
    """
    terminal = next((stream.fileno() for stream in (sys.stdout, sys.stderr, sys.stdin) if stream is not None and stream.isatty()), None)
    if terminal is None:
        raise UserError("there is no terminal here: run `gan-tui reset` in the one that shall be reset")
    with suppress(termios.error):  # a terminal that has none of this
        _make_sane(terminal)
    os.write(terminal, SEQUENCE.encode())
    echo("the terminal is reset")


def _make_sane(terminal: int) -> None:
    """Lines, echo, signals and carriage returns as a shell expects them; reports of the mouse that wait to be read are dropped."""
    modes = termios.tcgetattr(terminal)
    modes[0] |= termios.ICRNL | termios.IXON | termios.BRKINT
    modes[0] &= ~(termios.IGNCR | termios.INLCR)
    modes[1] |= termios.OPOST | termios.ONLCR
    modes[3] |= termios.ICANON | termios.ECHO | termios.ECHOE | termios.ISIG | termios.IEXTEN
    termios.tcsetattr(terminal, termios.TCSAFLUSH, modes)
