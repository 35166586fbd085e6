"""A terminal at the end of a slow line: bytes wait in buffers on the way, arrive at a rate, and status requests are answered."""

import os
import threading
import time
from collections import deque
from collections.abc import Sequence

from benchmarks.terminal import Terminal

REQUEST, ANSWER = b"\x1b[5n", b"\x1b[0n"


class SlowTerminal(Terminal):
    """Everything that the program writes is taken at once, as a server's buffers do, and arrives when the line has brought it here."""

    def __init__(
        self,
        argv: Sequence[str],
        columns: int = 80,
        rows: int = 24,
        *,
        rate: float = 8000.0,
        round_trip: float = 0.3,
        answers: bool = True,
    ) -> None:
        """`rate`: bytes a second; `round_trip`: seconds there and back; `answers`: to status requests, or never to any."""
        self._rate, self._way, self._answers = rate, round_trip / 2, answers
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._ended = False
        self.ages: list[float] = []
        """Seconds that each piece was under way, in the order of their arrival."""
        self.requests = 0
        super().__init__(argv, columns, rows)
        self._line = threading.Thread(target=self._carry, daemon=True)
        self._line.start()

    @property
    def backlog(self) -> int:
        """Bytes that are under way."""
        return sum(len(data) for _, data in list(self._under_way))

    def send(self, keys: str) -> None:
        """Press keys: they arrive half a round trip later."""
        threading.Timer(self._way, self._type, (keys.encode(),)).start()

    def close(self) -> None:
        self._ended = True
        super().close()

    def _drain(self) -> None:
        try:
            while data := os.read(self._ours, 65_536):
                self._under_way.append((time.monotonic(), data))
        except OSError:  # Linux says EIO when the program has gone
            pass
        while self._under_way and not self._ended:
            time.sleep(0.005)

    def _carry(self) -> None:
        free_at = 0.0
        while not self._ended:
            if not self._under_way:
                time.sleep(0.005)
                continue
            written, data = self._under_way[0]
            begins = max(written, free_at)
            free_at = begins + len(data) / self._rate
            time.sleep(max(0.0, free_at + self._way - time.monotonic()))
            self._under_way.popleft()
            self._arrive(written, data)

    def _arrive(self, written: float, data: bytes) -> None:
        asked = (self._text[-len(REQUEST) + 1 :] + data).count(REQUEST)
        self._text += data
        self.ages.append(time.monotonic() - written)
        self.requests += asked
        if self._answers:
            for _ in range(asked):
                threading.Timer(self._way, self._type, (ANSWER,)).start()

    def _type(self, data: bytes) -> None:
        if not self._ended:
            os.write(self._ours, data)
