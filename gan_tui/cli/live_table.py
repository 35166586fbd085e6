"""A table that is drawn again and again below the prompt, and leaves nothing behind, whatever becomes of the terminal's size."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console, ConsoleDimensions, RenderableType
    from rich.live import Live


class LiveTable:
    """Where it is drawn. `console.size` is what there is room for."""

    def __init__(self, console: "Console", live: "Live") -> None:
        self.console = console
        self._live = live
        self._size: ConsoleDimensions = console.size

    def show(self, table: "RenderableType") -> None:
        """In place of what was shown before."""
        if (size := self.console.size) != self._size:
            self._size = size
            self._begin_anew()
        self._live.update(table, refresh=True)

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
        yield LiveTable(console, live)
