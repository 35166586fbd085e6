"""Notices that another rank is gone, whatever the main thread waits for.

A kernel of NCCL whose peer has died spins for ever, and whoever waits for the device waits with it: no timeout ends that, for a pause
may be long, and torch's own watchdog sees nothing of what is inside a CUDA graph. So a thread looks, and ends the process itself where
the main thread cannot.
"""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from contextlib import suppress

from gan_tui import output
from gan_tui.errors import FAILED
from gan_tui.printable import printable

POLL = 0.2
"""Seconds between two looks."""
GRACE = 3.0
"""Seconds in which the main thread may notice by itself, and leave in order."""
ENDING = 5.0
"""Seconds that a process may take to end once its reason is written down."""

Sign = Callable[[], "str | None"]
"""Who is gone, in words; None while all are there."""


class Watch:
    """A thread that looks at signs of death, and has the last word where the main thread does not answer."""

    def __init__(self, last_words: Callable[[str], None], status: int = FAILED, grace: float = GRACE) -> None:
        """`last_words` gets who is gone; the process ends with `status` when it returns."""
        self.signs: list[Sign] = []
        self._last_words, self._status, self._grace = last_words, status, grace
        self._over = threading.Event()

    def start(self) -> None:
        """Look from now on."""
        threading.Thread(target=self._look, name="watch over the ranks", daemon=True).start()

    def stop(self) -> None:
        """Look no more: the main thread has noticed, or nothing can be lost any more."""
        self._over.set()

    def lost(self) -> str | None:
        """Who is gone, in words; None while all are there."""
        return next((reason for sign in tuple(self.signs) if (reason := sign()) is not None), None)

    def wait_for_loss(self, seconds: float = GRACE) -> str | None:
        """`lost`, waited for: a connection may be closed some moments before its process has ended."""
        pause = threading.Event()
        for _ in range(round(seconds / 0.05)):
            if (reason := self.lost()) is not None:
                return reason
            pause.wait(0.05)
        return None

    def _look(self) -> None:
        while not self._over.wait(POLL):
            if self.lost() is None:
                continue
            if self._over.wait(self._grace):
                return
            with suppress(Exception):  # a log that cannot be written must not keep the process
                self._last_words(self.lost() or "a rank is gone")
            os._exit(self._status)


def end_abruptly(status: int) -> None:
    """From now on the process ends without taking anything down, when it is done or after ENDING seconds.

    What torch takes down at a process' end waits for ranks that are gone.
    """
    atexit.register(_exit, status)
    exit_within(ENDING, status)


def exit_within(seconds: float, status: int, text: str | None = None) -> threading.Timer:
    """End the process after `seconds` unless the timer is cancelled; `text` is said then."""
    timer = threading.Timer(seconds, _exit, (status, text))
    timer.daemon = True
    timer.start()
    return timer


def _exit(status: int, text: str | None = None) -> None:
    with suppress(OSError, ValueError):
        if text:
            print(f"gan-tui: {printable(text)}", file=sys.stderr, flush=True)
        sys.stdout.flush()
        sys.stderr.flush()
        output.drain()
    os._exit(status)
