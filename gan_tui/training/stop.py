"""How a trainer is asked to save, or to leave."""

import signal
from types import FrameType

from gan_tui.config import SignalMeaning, Signals

ENDINGS = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT, signal.SIGXCPU)
"""Finish the step, save, and end; a kernel's core dump is not what SIGQUIT is wanted for here."""


def heed_no_interrupts() -> None:
    """For a rank that another one leads: a terminal's ctrl+c reaches it too, and what a batch system sends to all tasks."""
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(number, signal.SIG_IGN)


def heed_no_signals() -> None:
    """For a rank that another one leads, once they have met: only that one may decide."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGXCPU):
        signal.signal(number, signal.SIG_IGN)


class StopRequest:
    """Set by a signal or a command; the loop finishes its step, saves and leaves. A second signal changes nothing."""

    def __init__(self) -> None:
        self.reason: str | None = None
        self._save_wanted: str | None = None
        """The signal that asks for a checkpoint."""
        self._meanings: dict[signal.Signals, SignalMeaning] = {}
        self._early: list[signal.Signals] = []
        """Signals that came before the settings were known."""

    def listen(self, *others: "StopRequest") -> None:
        """Take signals as requests, for other runs of this process too, and outlive the terminal."""

        def receive(number: int, frame: FrameType | None) -> None:
            for one in (self, *others):
                one._receive(number, frame)

        for number in (*ENDINGS, signal.SIGUSR1, signal.SIGUSR2):
            signal.signal(number, receive)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def request(self, reason: str) -> None:
        """Ask for the end; what asked first is the reason."""
        self.reason = self.reason or reason

    def take_save(self) -> str | None:
        """Which signal asks for a checkpoint, once; None where none does."""
        wanted, self._save_wanted = self._save_wanted, None
        return wanted

    def take_settings(self, settings: Signals) -> None:
        """Know from now on what SIGUSR1 and SIGUSR2 mean; what came before is done now."""
        self._meanings = {signal.SIGUSR1: settings.usr1, signal.SIGUSR2: settings.usr2}
        while self._early:
            self._do(self._early.pop(0))

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        received = signal.Signals(number)
        if received in ENDINGS:
            self.request(f"received {received.name}")
        elif self._meanings:
            self._do(received)
        else:
            self._early.append(received)

    def _do(self, received: signal.Signals) -> None:
        match self._meanings[received]:
            case "stop":
                self.request(f"received {received.name}")
            case "save":
                self._save_wanted = f"received {received.name}"
            case "ignore":
                pass
