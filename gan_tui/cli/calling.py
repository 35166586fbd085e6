"""What a command says while it calls its owner: nobody should wonder what it waits for."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gan_tui import output

MOMENT = 1.0
"""Seconds that a call may take without a word."""


@contextmanager
def calling() -> Iterator[None]:
    """Around a call: where it takes longer than a moment, that is said."""
    timer = threading.Timer(MOMENT, output.say, ("calling you, as `gan-tui notify` shows; ctrl+c does not wait for that",))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
