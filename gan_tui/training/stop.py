"""How a trainer is asked to leave."""

import signal
from types import FrameType


def heed_no_interrupts() -> None:
    """For a rank that another one leads: a terminal's ctrl+c reaches it too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def heed_no_signals() -> None:
    """For a rank that another one leads, once they have met: only that one may decide."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


class StopRequest:
    """Set by a signal or a command; the loop finishes its step, saves and leaves. A second signal changes nothing."""

    def __init__(self) -> None:
        self.reason: str | None = None

    def listen(self) -> None:
        """Take SIGTERM and SIGINT as requests, and outlive the terminal."""
        signal.signal(signal.SIGTERM, self._receive)
        signal.signal(signal.SIGINT, self._receive)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        self.reason = self.reason or f"received {signal.Signals(number).name}"
