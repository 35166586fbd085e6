"""The line to the terminal: how fast it is, and when the next frame may go out.

Behind each frame goes a status request (DSR, `ESC[5n`), which every terminal since the VT100 answers when it has drawn all that came before
it. Until then nothing more is drawn: what changes meanwhile is one frame, of the newest state, when the answer is there. So no buffer
between here and there, of SSH, of a modem, of a terminal that stands still, ever holds more than one frame.

A line that takes long for a frame rests as long before the next one that no key has asked for, so that a key's effect finds it free. What
a terminal that never answers has drawn is guessed, as if its line were a slow one.
"""

import time
from collections import deque
from collections.abc import Callable

REQUEST = "\x1b[5n"
ANSWERS = ("\x1b[0n", "\x1b[3n")
"""Well, and not well: drawn in both cases."""
UNKNOWN_SECONDS = 0.4
"""Between two frames for a terminal that has not answered yet, and may be one that never does."""
MUTE_SECONDS = 2.0
"""After the first request, when a terminal that has never answered is taken for one that never does."""
LOST_SECONDS = 5.0
"""After a request, when its answer is taken for lost."""
MOST_LOST = 2
"""Frames that follow one whose answer is lost. Then the terminal is only asked whether it is there, until it says something."""
MOST_ASKED = 64
"""Requests that are remembered."""
GUESSED_RATE = 8000
"""Bytes a second that a terminal which has not answered yet, or never does, is taken to draw: how many lie in buffers is not known."""
BUDGET = 16_384
"""Bytes that may wait for the system to take them, before nothing more is drawn."""
SLOW_SECONDS = 0.2
"""A frame that takes longer is followed by a rest."""
LONGEST_REST = 1.0
KEEPALIVE_SECONDS = 300.0
"""After which a terminal that nothing is drawn on is asked whether it is there."""
GONE_SECONDS = 900.0
"""Without any answer of a terminal that used to give them, when it counts as gone."""
WINDOW_SECONDS = 10.0
"""Over which bytes a second are counted."""


class Line:
    """What has been asked and answered, by the clock."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._asked: deque[float] = deque(maxlen=MOST_ASKED)
        """When each request went out that has no answer yet, the oldest first."""
        self._answered = False
        """Has it ever?"""
        self._first_asked: float | None = None
        self._last_asked = self._last_heard = clock()
        self._silent_since: float | None = None
        """When the first request went out after the last sign of life."""
        self._lost = 0
        self._rest_until = 0.0
        self._hurry = False
        self._sent: deque[tuple[float, int]] = deque()
        self._unasked = 0
        """Bytes behind the last request."""
        self._drawn_by = clock()
        """When all that was sent is drawn, by the guess."""
        self.round_trip: float | None = None
        """Seconds from a frame to its answer, the latest."""
        self.total = 0
        """Bytes that have gone out so far."""
        self.skipped = 0
        """Drawings that became part of a later frame."""

    # What goes out

    def sent(self, count: int) -> None:
        """`count` bytes have been handed over."""
        now = self._clock()
        self.total += count
        self._unasked += count
        self._drawn_by = max(self._drawn_by, now) + count / GUESSED_RATE
        self._sent.append((now, count))
        while self._sent[0][0] < now - WINDOW_SECONDS:
            self._sent.popleft()

    def frame_ends(self) -> bool:
        """A frame is complete: shall a request go out behind it?"""
        if not self._unasked:
            return False
        self._unasked = 0
        self._hurry = False
        if self.mute:
            return False
        self._ask()
        return True

    def asks_again(self) -> bool:
        """Shall a request go out by itself? Where nothing else may, to find out when the terminal is back."""
        if self._lost < MOST_LOST or not self._asked or self._clock() - self._asked[-1] < LOST_SECONDS:
            return False
        self._ask()
        return True

    def keeps_alive(self) -> bool:
        """Shall a request go out by itself? Where nothing has been said for long, to find out whether anybody is there."""
        if not self._answered or self._clock() - max(self._last_heard, self._last_asked) < KEEPALIVE_SECONDS:
            return False
        self._ask()
        return True

    def _ask(self) -> None:
        now = self._last_asked = self._clock()
        self._first_asked = now if self._first_asked is None else self._first_asked
        self._silent_since = now if self._silent_since is None else self._silent_since
        self._asked.append(now)

    # What comes in

    def answered(self) -> None:
        """The terminal has drawn what lay before the oldest request."""
        self._answered = True
        self._lost = 0
        self._is_there()
        if not self._asked:
            return
        now = self._clock()
        self.round_trip = now - self._asked.popleft()
        if not self._asked and self.round_trip > SLOW_SECONDS:
            self._rest_until = now + min(LONGEST_REST, self.round_trip)

    def heard(self) -> None:
        """The terminal has said something: it is there, and the user waits for what a key does."""
        self._lost = 0
        self._hurry = True
        self._is_there()

    def _is_there(self) -> None:
        self._last_heard = self._clock()
        self._silent_since = None

    # May the next frame go out?

    @property
    def mute(self) -> bool:
        """Is this a terminal that never answers?"""
        return not self._answered and self._first_asked is not None and self._clock() - self._first_asked > MUTE_SECONDS

    @property
    def gone(self) -> bool:
        """Is a terminal that used to answer silent for so long that it counts as gone?"""
        return self._answered and self._silent_since is not None and self._clock() - self._silent_since > GONE_SECONDS

    @property
    def waits(self) -> bool:
        """Is there a frame that the terminal has not drawn, as far as anybody knows?"""
        return bool(self._asked) and not self.mute

    def ready(self, waiting: int) -> bool:
        """May a frame be drawn now? `waiting`: bytes that the system has not taken yet."""
        if waiting > BUDGET:
            return False
        if not self._answered:
            left = self._drawn_by - self._clock()
            if self._hurry:
                return left < LONGEST_REST
            return left <= 0 and not (self.waits and self._clock() - self._asked[-1] <= UNKNOWN_SECONDS)
        if self.waits and not self._give_up():
            return False
        return self._hurry or self._clock() >= self._rest_until

    def _give_up(self) -> bool:
        """Is the newest answer lost, and may another frame be tried?"""
        if self._clock() - self._asked[-1] < LOST_SECONDS or self._lost >= MOST_LOST:
            return False
        self._lost += 1
        self._asked.clear()
        return True

    @property
    def rate(self) -> float:
        """Bytes a second, of late."""
        now = self._clock()
        return sum(count for at, count in self._sent if at >= now - WINDOW_SECONDS) / WINDOW_SECONDS
