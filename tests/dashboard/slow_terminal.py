"""A terminal at the end of a slow line: bytes wait in buffers on the way, arrive at a rate, and questions are answered."""

import os
import re
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence

from benchmarks.terminal import Program, Terminal
from tests.zygote import start_on_terminal

REQUEST, ANSWER = b"\x1b[5n", b"\x1b[0n"
XTVERSION, DECRQSS, DA2, DA1 = b"\x1b[>0q", b"\x1bP$qm\x1b\\", b"\x1b[>c", b"\x1b[c"
QUESTION = re.compile(b"|".join(map(re.escape, (REQUEST, XTVERSION, DECRQSS, DA2, DA1))))
PIECE_SECONDS = 0.01
"""Between two pieces of an answer."""
LONGEST = max(map(len, (REQUEST, XTVERSION, DECRQSS, DA2, DA1)))


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
        says: Mapping[bytes, bytes] | None = None,
        late: float = 0.0,
        piece: int = 0,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """`rate`: bytes a second; `round_trip`: seconds there and back; `answers`: to status requests, or never to any.

        `says`: its answers to other questions, `late` by so many seconds, in pieces of so many bytes where not as a whole.
        """
        self._rate, self._way = rate, round_trip / 2
        self._says = dict(says or {})
        if answers:
            self._says[REQUEST] = ANSWER
        self._late, self._piece = late, piece
        self._types = threading.Lock()
        """No terminal says anything in the middle of something else."""
        self._under_way: deque[tuple[float, bytes]] = deque()
        self._ended = False
        self.ages: list[float] = []
        """Seconds that each piece was under way, in the order of their arrival."""
        self.requests = 0
        self.said = b""
        """To questions other than status requests."""
        super().__init__(argv, columns, rows, environment)
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
        before = len(self._text)
        self._text += data
        self.ages.append(time.monotonic() - written)
        asked = [found[0] for found in QUESTION.finditer(self._text, max(0, before - LONGEST)) if found.end() > before]
        self.requests += asked.count(REQUEST)
        if usual := b"".join(self._says.get(question, b"") for question in asked if question == REQUEST):
            threading.Timer(self._way, self._type, (usual,)).start()
        if words := b"".join(self._says.get(question, b"") for question in asked if question != REQUEST):
            threading.Timer(self._way + self._late, self._say, (words,)).start()

    def _say(self, words: bytes) -> None:
        size = self._piece or len(words)
        with self._types:
            for at in range(0, len(words), size):
                self._write(words[at : at + size])
                time.sleep(PIECE_SECONDS if self._piece else 0)
        self.said += words

    def _type(self, data: bytes) -> None:
        with self._types:
            self._write(data)

    def _write(self, data: bytes) -> None:
        if not self._ended:
            os.write(self._ours, data)


class ForkedTerminal(SlowTerminal):
    """One whose program is forked (tests/zygote.py), where that can be."""

    def _start(self, argv: Sequence[str], environment: Mapping[str, str], theirs: int) -> Program:
        return start_on_terminal(argv, environment, theirs)
