"""CPU threads of a run whose steps are not the same to the bit with another number, as convolutions are not, nor all of MKL's products.

It keeps the number that it begins with, for its sums would differ in their last digits. But where others come and take the cores, two
threads can make a thirtieth of their steps, each waiting for the other at every product: then it goes on with one, until they have been
gone for some time.
"""

import statistics
import time
from collections import deque
from collections.abc import Callable
from typing import Self

import torch

from gan_tui.training.cpu_threads import CROWDED, GAIN, Queue, ThreadChange, busy

TRY = 0.08
"""Seconds in which products are counted."""
WINDOW, SLOW = 1.0, 4
"""Seconds of steps that make a rate, and how many times slower than usual it must be for a trial of one thread."""
ON_END, NEXT = 3, 30.0
"""So many windows on end that are slow, or in which it waits for a core; and seconds to the next trial, where one thread was no faster."""
QUIET = 60
"""Windows, nearly all of them, in which nobody else wants a core, before all threads are tried again; twice as many after each time."""


def threads_to_begin_with(most: int) -> int:
    """For a run whose steps are not the same to the bit with another number, and that keeps the one it begins with: `most`, or one.

    Beside others who want the cores two make a tenth of the steps of one. Where the machine's load says that there are such, it is tried:
    a load may have just ended, or be that of cores which are not ours.
    """
    if most == 1 or busy() <= most / 2:
        return most
    rates = {count: max(products_a_second(count) for _ in range(2)) for count in (1, most)}
    return 1 if rates[1] > rates[most] else most


def products_a_second(threads: int) -> float:
    """With so many threads, which stay set."""
    torch.set_num_threads(threads)
    x, weight = torch.ones(200, 784), torch.ones(784, 256)
    done, began = 0, time.perf_counter()
    while (taken := time.perf_counter() - began) < TRY:
        x @ weight
        done += 1
    return done / taken


class KeptThreads:
    """Looks after the steps of such a run."""

    def __init__(
        self,
        count: int,
        most: int,
        trial: Callable[[int], float] = products_a_second,
        set_threads: Callable[[int], None] = torch.set_num_threads,
        clock: Callable[[], float] = time.monotonic,
        waited: Callable[[], float] | None = None,
        others: Callable[[], float] = busy,
        *,
        may_return: bool = True,
    ) -> None:
        """`count`: threads that it has; `most`: that it could have. `trial`: products a second with so many.

        `may_return`: has it fewer because others were there? Else they are the run's own number, which stays.
        """
        self.count, self._most = count, most
        self._waited, self._others = waited or Queue().waited, others
        self.may_return, self._quiet, self._enough = may_return, 0, QUIET
        self._trial, self._set, self._clock = trial, set_threads, clock
        self._steps, self._seconds, self._slow, self._due = 0, 0.0, 0, clock()
        self._usual: deque[float] = deque(maxlen=9)
        self._before: float | None = None
        """The rate before a change whose own is not yet known."""
        self._change: ThreadChange | None = None

    @classmethod
    def begin(cls, most: int, kept: int) -> Self:
        """With the number that is `kept` of a resumed run, or where that is 0 with as many as are good by now; they are set."""
        count = max(1, min(most, kept or threads_to_begin_with(most)))
        torch.set_num_threads(count)
        return cls(count, most, may_return=not kept)

    def note(self, setting: str, *, resumed: bool) -> str | None:
        """Why it begins with less than all, and which `setting` takes all; None where it does not."""
        if self.count == self._most:
            return None
        takes = f"`--set {setting}={self._most}` takes all"
        count = f"{self.count} of {self._most} CPU threads"
        if resumed:
            return f"{count}, as before the resume: with more, results would differ in their last digits; {takes}"
        return f"{count} to begin with: faster beside other programs; all are tried a minute after those have ended; {takes}"

    def stepped(self, steps: int, seconds: float) -> None:
        """`steps` were taken in `seconds`, by nothing but the engine."""
        self._steps, self._seconds = self._steps + steps, self._seconds + seconds
        if self._seconds < WINDOW:
            return
        rate, self._steps, self._seconds = self._steps / self._seconds, 0, 0.0
        if self._before is not None:
            self._change, self._before = ThreadChange(self.count, self._most, rate, self._before), None
        elif self.count > 1:
            self._watch(rate)
        elif self._most > 1 and self.may_return:
            self._wait_for_quiet(rate)

    def _watch(self, rate: float) -> None:
        usual, crowded = statistics.median(self._usual) if self._usual else 0.0, self._waited() > CROWDED
        if SLOW * rate >= usual and not crowded:
            self._slow = 0
            self._usual.append(rate)
            return
        self._slow += 1
        if self._slow >= ON_END and self._clock() >= self._due:
            self._try(rate)

    def _try(self, rate: float) -> None:
        rates = {count: self._trial(count) for count in (1, self.count)}
        if rates[1] > rates[self.count]:
            self._change_to(1, rate)
        else:
            self._due = self._clock() + NEXT
        self._set(self.count)

    def _wait_for_quiet(self, rate: float) -> None:
        """A screen or a cron job asks for a core now and then: that alone does not make a machine a busy one."""
        alone = self._others() <= 0.5 and self._waited() <= CROWDED
        self._quiet = self._quiet + 1 if alone else self._quiet // 2
        if self._quiet < self._enough:
            return
        self._quiet, self._enough = 0, 2 * self._enough
        if self._trial(self._most) > GAIN * self._trial(1):
            self._change_to(self._most, rate)
        self._set(self.count)

    def _change_to(self, count: int, rate: float) -> None:
        """`rate`: steps a second with the number before."""
        self.count, self._before, self._slow, self.may_return = count, rate, 0, True
        self._usual.clear()

    def news(self) -> ThreadChange | None:
        """A change that was not yet told."""
        change, self._change = self._change, None
        return change
