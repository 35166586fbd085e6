"""A table that is drawn again and again below the prompt, and leaves nothing behind, whatever becomes of the terminal's size."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, cast

from gan_tui.job_control import in_foreground

if TYPE_CHECKING:
    from rich.console import Console, ConsoleDimensions, RenderableType
    from rich.live import Live


HOME, SHOW_CURSOR = "\x1b[H", "\x1b[?25h"


class InFront:
    """A file on a terminal that takes nothing in the background. Who looks and then draws is too late: a shell may have come between."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.refused = False
        """Was there anything that it did not take?"""

    def write(self, text: str) -> int:
        if self.has_terminal:
            return self.file.write(text)
        self.refused = True
        return len(text)

    @property
    def has_terminal(self) -> bool:
        try:
            return in_foreground(self.file.fileno())
        except OSError:  # no file that a terminal could be behind
            return True

    def __getattr__(self, name: str) -> Any:
        return getattr(self.file, name)


class LiveTable:
    """Where it is drawn. `console.size` is what there is room for."""

    def __init__(self, console: "Console", live: "Live", output: InFront) -> None:
        self.console = console
        self._live = live
        self._output = output
        self._size: ConsoleDimensions = console.size
        self._to_stop = self._behind = False

    def show(self, table: "RenderableType") -> None:
        """In place of what was shown before. In the background nothing is: there the shell has the terminal."""
        if self._to_stop:
            self._stop()
        if not self._output.has_terminal:
            self._behind = True
            return
        if self._behind:
            self._behind = False
            self.console.show_cursor(False)
        if (size := self.console.size) != self._size or self._output.refused:
            self._size = size
            self._begin_anew()
        self._live.update(table, refresh=True)

    def stop_soon(self, *_: object) -> None:
        """At the next look: ctrl+z may come in the middle of a drawing."""
        self._to_stop = True

    def _stop(self) -> None:
        """Leave the terminal to the shell as ctrl+z wants it, without a rest of the table and with a cursor, until `fg` or `bg`.

        Of a script around this program the shell may have it already: then nobody knows where the table is.
        """
        from rich.text import Text

        self._to_stop = False
        self._live.update(Text(), refresh=True)
        self._output.file.write(SHOW_CURSOR)
        self._output.file.flush()
        self._behind = True
        ours = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # the trainers have had theirs from the terminal
        signal.signal(signal.SIGTSTP, ours)

    def _begin_anew(self) -> None:
        """At the top of an empty screen; what stood there is scrolled out of sight.

        A terminal that became narrower has broken the lines, into nobody knows how many: they cannot all be gone back over. Nor can those
        of a shell, where not even the first is to be: it has written below the table.
        """
        from rich.text import Text

        if not self._output.refused:
            self._live.update(Text(), refresh=True)
        self._output.write("\n" * self._size.height + HOME)
        self._output.refused = False
        self._live.update(Text(), refresh=True)


@contextmanager
def live_table(console: "Console | None" = None) -> Iterator[LiveTable]:
    """Until the end, when it goes. `console`: another one than standard output."""
    from rich.console import Console
    from rich.live import Live

    console = console or Console()
    output = InFront(console.file)
    console.file = cast("IO[str]", output)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        table = LiveTable(console, live, output)
        stops = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL
        if stops:
            signal.signal(signal.SIGTSTP, table.stop_soon)
        try:
            yield table
        finally:
            if stops:
                signal.signal(signal.SIGTSTP, signal.SIG_DFL)
