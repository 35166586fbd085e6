"""What a process that trains trials makes of signals, whichever kind of sweep they are of."""

import signal
from abc import ABC, abstractmethod
from collections.abc import Sequence

from gan_tui.config import RunConfig
from gan_tui.sweep.slots import AtOnce
from gan_tui.sweep.trial_process import TrialProcess


class Worker(ABC):
    """Trains trials of a sweep until it is told to stop."""

    def __init__(self, base: RunConfig, at_once: AtOnce) -> None:
        """`base`: the settings that all trials share."""
        self.base = base
        self.at_once = at_once
        self._interrupted = False

    @property
    @abstractmethod
    def examples(self) -> Sequence[RunConfig]:
        """Settings of trials, in which each value that is tried, or each end of a range, is there."""

    @property
    @abstractmethod
    def processes(self) -> Sequence[TrialProcess]:
        """Those at work."""

    @property
    def interrupted(self) -> bool:
        """Was it asked to end?"""
        return self._interrupted

    def interrupt(self) -> bool:
        """Have the trials at work save and stop, and begin no other; False where that has been asked for before."""
        before, self._interrupted = self._interrupted, True
        return not before

    def signal(self, number: int) -> bool:
        """SIGUSR1 and SIGUSR2 mean to a sweep what they mean to its trials: those at work save, or all stops.

        False where that has been asked for before.
        """
        meanings = {signal.SIGUSR1: self.base.signals.usr1, signal.SIGUSR2: self.base.signals.usr2}
        meaning = meanings.get(signal.Signals(number), "stop")
        if meaning == "stop":
            return self.interrupt()
        if meaning == "save":
            for process in self.processes:
                process.signal(number)
        return True

    def close(self) -> None:
        """Stop all that is at work, and wait for it."""
        for process in self.processes:
            process.stop()
        for process in self.processes:
            process.close()
