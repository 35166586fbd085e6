"""Readings for a view or a strip: made in a thread while they are on the screen, so that no key waits for a slow disk."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.system_panels import UsageHistory
from gan_tui.run.directory import RunDirectory
from gan_tui.system.readings import Readings

if TYPE_CHECKING:
    from gan_tui.system.sampler import Sampler

SECONDS = 2.0
"""Between two readings."""
FIRST_SECONDS = 0.5
"""From the first reading to the second: only then is there a CPU use, which lies between two."""
GAP_SECONDS = 3 * SECONDS
"""Who looks again after this time finds a gap in the usage history."""


class SystemFeed:
    """Asks a sampler and keeps what it said. All methods belong to the event loop; only `_read` runs in the thread."""

    def __init__(self, run: RunDirectory, taken: Callable[[], None]) -> None:
        """`taken` is called after each reading."""
        self.readings: Readings | None = None
        self.usage = UsageHistory()
        self._run = run
        self._sampler: Sampler | None = None
        self._taken = taken
        self._asking = False
        self._taken_at = float("-inf")

    def ask(self, snapshot: Snapshot) -> None:
        """Have a reading made, unless one is being made still."""
        if self._asking:
            return
        self._asking = True
        loop = asyncio.get_running_loop()
        loading = snapshot.name in ("starting", "loading")
        # A thread of its own and not the loop's executor: that one is waited for at the end, and a dead network disk would hold the exit.
        threading.Thread(target=self._read, args=(loop, snapshot, loading), name="system-readings", daemon=True).start()

    @property
    def stale(self) -> bool:
        """Has the newest reading its time behind it?"""
        return time.monotonic() - self._taken_at >= SECONDS

    def _read(self, loop: asyncio.AbstractEventLoop, snapshot: Snapshot, loading: bool) -> None:
        readings = None
        try:
            if self._sampler is None:
                from gan_tui.system.sampler import Sampler  # psutil costs the first frame 20 ms; here no key waits for it

                self._sampler = Sampler(self._run)
            readings = self._sampler.read(snapshot.state.started, snapshot.alive, loading)
        finally:
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(self.take, readings)

    def take(self, readings: Readings | None) -> None:
        """A reading, or None where it failed."""
        self._asking = False
        if readings is None:
            return
        now = time.monotonic()
        if self.readings is not None and now - self._taken_at > GAP_SECONDS:
            self.usage.gap()
        self._taken_at = now
        self.readings = readings
        self.usage.append(readings)
        self._taken()
