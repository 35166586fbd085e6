"""A table that is drawn again and again below the prompt, and leaves nothing behind, whatever becomes of the terminal's size."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gan_tui.job_control import in_foreground

if TYPE_CHECKING:
    from rich.console import Console, ConsoleDimensions, RenderableType
    from rich.live import Live


class LiveTable:
    """Where it is drawn. `console.size` is what there is room for."""

    def __init__(self, console: "Console", live: "Live") -> None:
        self.console = console
        self._live = live
        self._size: ConsoleDimensions = console.size
        self._to_stop = self._lost = self._behind = False

    def show(self, table: "RenderableType") -> None:
        """In place of what was shown before. In the background nothing is: there the shell has the terminal."""
        if self._to_stop:
            self._stop()
        if not self._in_front:
            self._behind = True
            return
        if self._behind:
            self._behind = False
            self.console.show_cursor(False)
        if (size := self.console.size) != self._size or self._lost:
            self._size, self._lost = size, False
            self._begin_anew()
        self._live.update(table, refresh=True)

    def stop_soon(self, *_: object) -> None:
        """At the next look: ctrl+z may come in the middle of a drawing."""
        self._to_stop = True

    def _stop(self) -> None:
        """Leave the terminal to the shell as ctrl+z wants it, without a rest of the table and with a cursor, until `fg` or `bg`.

        Of a script around this program the shell has it already: then nobody knows where the table is.
        """
        from rich.text import Text

        self._to_stop, self._lost = False, not self._in_front
        if not self._lost:
            self._live.update(Text(), refresh=True)
        self.console.show_cursor()
        self._behind = True
        ours = signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # the trainers have had theirs from the terminal
        signal.signal(signal.SIGTSTP, ours)

    @property
    def _in_front(self) -> bool:
        try:
            return in_foreground(self.console.file.fileno())
        except OSError:  # no file that a terminal could be behind
            return True

    def _begin_anew(self) -> None:
        """At the top of an empty screen; what stood there is scrolled out of sight.

        A terminal that became narrower has broken the lines, into nobody knows how many: they cannot all be gone back over.
        """
        from rich.control import Control
        from rich.text import Text

        self._live.update(Text(), refresh=True)
        self.console.print("\n" * self._size.height, end="")
        self.console.control(Control.home())


@contextmanager
def live_table(console: "Console | None" = None) -> Iterator[LiveTable]:
    """Until the end, when it goes. `console`: another one than standard output."""
    from rich.console import Console
    from rich.live import Live

    console = console or Console()
    with Live(console=console, auto_refresh=False, transient=True) as live:
        table = LiveTable(console, live)
        stops = threading.current_thread() is threading.main_thread() and signal.getsignal(signal.SIGTSTP) is signal.SIG_DFL
        if stops:
            signal.signal(signal.SIGTSTP, table.stop_soon)
        try:
            yield table
        finally:
            if stops:
                signal.signal(signal.SIGTSTP, signal.SIG_DFL)
