"""One thread at a time: training loops that take turns need no locks of their own."""

import threading
from collections import deque
from collections.abc import Iterable


class Turns:
    """Who has the turn works; all others wait. It goes to who has waited longest."""

    def __init__(self) -> None:
        self._mutex = threading.Lock()
        self._waiting: deque[threading.Semaphore] = deque()
        self._taken = False

    def take(self) -> None:
        """Wait for the turn."""
        with self._mutex:
            if not self._taken:
                self._taken = True
                return
            mine = threading.Semaphore(0)
            self._waiting.append(mine)
        mine.acquire()

    def pass_on(self) -> None:
        """Give it to the next one who waits."""
        with self._mutex:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._taken = False

    def give_way(self) -> None:
        """Let all others who wait have their turn first."""
        self.pass_on()
        self.take()

    def rest(self, bed: threading.Semaphore) -> None:
        """Pass the turn on, and wait for it from when somebody calls `wake` on."""
        self.pass_on()
        bed.acquire()

    def wake(self, beds: Iterable[threading.Semaphore]) -> None:
        """Have those who rest wait for their turn; who calls it has it still."""
        with self._mutex:
            self._waiting.extend(beds)
