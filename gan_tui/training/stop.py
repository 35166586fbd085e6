"""How a trainer is asked to leave."""

import signal
from types import FrameType


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
