"""What a script has printed last: the end of its `trainer.log`, as it grows."""

import os
import time
from collections.abc import Callable, Sequence

from gan_tui.files import open_regular
from gan_tui.foreign.screen_rows import rows_of
from gan_tui.run.directory import RunDirectory

MOST_BYTES = 64 << 10
"""From the end of the file; what stands before is not read, however long it is."""
MOST_LINES = 500
LOOK_SECONDS = 0.5
"""Between two looks at the file."""


class Printed:
    """Lines as a person would have seen them: of a bar that was drawn a hundred times, what it says now. Blank ones are left out."""

    def __init__(self, run: RunDirectory, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = run.trainer_log
        self._reads = not run.task.ours and not run.task.passing
        self._clock = clock
        self._looked_at = float("-inf")
        self._stamp: tuple[int, int, int] | None = None
        self.lines: Sequence[str] = ()

    def look(self) -> bool:
        """Read the end again where the file is another. True where there is anything new; a file that is gone leaves what was read."""
        now = self._clock()
        if not self._reads or now - self._looked_at < LOOK_SECONDS:
            return False
        self._looked_at = now
        try:
            status = self._path.stat()
            stamp = (status.st_ino, status.st_size, status.st_mtime_ns)
            if stamp == self._stamp:
                return False
            lines = self._read()
        except (OSError, ValueError):
            return False
        self._stamp = stamp
        before, self.lines = self.lines, lines
        return lines != before

    def _read(self) -> Sequence[str]:
        """Raises OSError, and ValueError for what is no regular file."""
        with open_regular(self._path) as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - MOST_BYTES))
            data = file.read(MOST_BYTES)
        if size > MOST_BYTES:
            data = data.partition(b"\n")[2] or data
        return [row for row in rows_of(data.decode("utf-8", "replace")) if row][-MOST_LINES:]
