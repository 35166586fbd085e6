"""How many CPU threads a step is given: as many as there are to be had, and fewer while others want the cores.

All threads meet after every matrix product, and who waits spins. Where another process takes a core for a moment, the others spin through
their time slices while the one they wait for does not run: on two cores beside four busy processes, one thread makes four to ten
times the steps of two. On a quiet machine two make the more. Which of the two it is cannot be known without trying, so it is tried.
"""

import math
import os
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import torch

from gan_tui.run.events import Threads
from gan_tui.system.cores import usable_cores

WINDOW = 0.15
"""Seconds of steps that make a measurement."""
GLIMPSE = 0.04
"""Seconds of steps after which a trial ends that is going the way most of them go: the other number is no faster."""
SOONEST, LATEST = 4.0, 30.0
"""Seconds from one trial to the next: the wait doubles while trials come to nothing."""
HOPELESS = 3.0
"""A trial ends at the first call that takes so many times what it took before."""
GAIN = 1.15
"""How many times as fast another number must be."""
DROP = 0.7
"""A rate below this share of the usual one is worth a trial of fewer threads at once."""
CROWDED = 0.1
"""Share of its time that a thread waits for a core, above which more threads are not even tried: a step could take seconds."""
STANDS = 5.0
"""Seconds after which a change is worth saying."""

TORCH_TAKES = torch.get_num_threads()
"""Threads that torch takes by itself, or by OMP_NUM_THREADS: one for each core of the machine, whatever a container may use of it."""


class ThreadChange(NamedTuple):
    """Another number of threads, and what it was chosen for."""

    threads: int
    most: int
    rate: float
    """Steps a second with it."""
    before: float
    """The same with the number before."""

    def event(self, step: int) -> Threads:
        """What the log says of it."""
        return Threads(step=step, count=self.threads, most=self.most, rate=self.rate, before=self.before)


def default_threads(processes: int = 1) -> int:
    """Threads for each of so many processes on this machine, where the settings name no number."""
    return max(1, min(TORCH_TAKES, math.ceil(usable_cores())) // processes)


class Queue:
    """How long this thread has had to wait for a core, by Linux's own count."""

    def __init__(self) -> None:
        self._before = self._read()

    def waited(self) -> float:
        """The share of the time since the last call, 0 to 1, that it was ready to run and did not; 0 where that is not counted."""
        before, self._before = self._before, self._read()
        ran, waited = (now - then for now, then in zip(self._before, before, strict=True))
        return waited / (ran + waited) if ran + waited > 0 else 0.0

    def _read(self) -> tuple[int, int]:
        """Nanoseconds that it ran and waited. https://docs.kernel.org/scheduler/sched-stats.html"""
        with suppress(OSError, ValueError):
            ran, waited, _ = Path("/proc/thread-self/schedstat").read_text("ascii").split()
            return int(ran), int(waited)
        return 0, 0


def busy(source: Path = Path("/proc/loadavg")) -> float:
    """Processes that want a core, as a mean over a minute and now: the fewer of both, so that a load which has just ended is none.

    https://docs.kernel.org/filesystems/proc.html#kernel-data
    """
    with suppress(OSError, ValueError):
        mean, _, _, now, _ = source.read_text("ascii").split()
        return min(float(mean), int(now.partition("/")[0]) - 1)  # one is who asks
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


class Trial(NamedTuple):
    """Another number of threads, and where that is faster the one before once more: the machine may have changed meanwhile."""

    before: int
    its_rate: float
    """Steps a second with the number before."""
    other: int
    rate: float | None = None
    """The same with the other one; None while that is being tried."""

    def is_over(self, rate: float) -> bool:
        """Is it plain from so many steps a second, with what is tried now, that this is no faster?"""
        return rate < self.its_rate if self.rate is None else GAIN * rate < self.rate

    @property
    def usual(self) -> float:
        """Steps a second that are nothing new."""
        return self.its_rate if self.rate is None else self.rate


class ThreadTuner:
    """Tries half and double the number of threads now and then, and keeps what makes more steps a second.

    Powers of two only: with these most products come out the same to the bit, so that a run may change between them. Where they do not
    (100 rows or columns on four threads; MKL on an Intel with AMX), the number stays, and KeptThreads looks after it where this is `stuck`.
    An odd last batch for which they do not is taken with the most.
    """

    def __init__(
        self,
        most: int,
        set_threads: Callable[[int], None] = torch.set_num_threads,
        clock: Callable[[], float] = time.monotonic,
        waited: Callable[[], float] | None = None,
        same: Callable[[int, int, int | None], bool] = lambda *_: True,
        now: int | None = None,
    ) -> None:
        """`most`: threads that torch would take. It begins with one where others already use much of the machine.

        `same`: do steps come out the same to the bit with both of two numbers, on so many rows, or on whole batches (None)?
        `now`: go on with this one, which was found before.
        """
        self.most = 1 << (most.bit_length() - 1)
        self._same, self._sames = same, dict[tuple[int, int | None], bool]()
        self.stuck = False
        """Others want the cores, and fewer threads would make other steps of these."""
        self.count = now or self._to_begin_with(most)
        if now and not self._may_take(now):
            self.stuck = True
        self._set, self._clock, self._waited = set_threads, clock, waited or Queue().waited
        self._set(self.count)
        self._steps, self._seconds, self._skip = 0, 0.0, False
        self._usual: deque[float] = deque(maxlen=9)
        self._trial: Trial | None = None
        self._up = False
        self._wait, self._due, self._last = SOONEST, clock() + 1.0, clock()
        self._told = self.count
        self._change: ThreadChange | None = None
        self._changed_at = 0.0

    def _to_begin_with(self, most: int) -> int:
        """As many as there are, or on a machine that is in use as few as make the same steps."""
        if busy() <= most / 2:
            return self.most
        fewer = (count for count in (1, self.most // 2) if 0 < count < self.most and self._may_take(count))
        count = next(fewer, self.most)
        self.stuck = count == self.most > 1
        return count

    @property
    def trying(self) -> bool:
        """Is another number tried, or the first? Then calls should be short: they may take many times as long."""
        return self.most > 1 and (self._trial is not None or not self._usual)

    @contextmanager
    def odd_batch(self, rows: int) -> Iterator[None]:
        """A step on so many rows is taken in it, and not told: with the most threads where these would make another one of it."""
        if self._may_take(self.count, rows):
            yield
            return
        self._set(self.most)
        try:
            yield
        finally:
            self._set(self.count)
            self._skip = True

    def stepped(self, steps: int, seconds: float) -> None:
        """`steps` were taken in `seconds`, by nothing but the engine."""
        if self.most == 1:
            return
        if self._trial is not None and seconds > HOPELESS * steps / self._trial.usual:
            self._judge(self._trial, steps / seconds)
            return
        if self._skip:  # the first call with another number wakes or leaves threads
            self._skip = False
            return
        self._steps += steps
        self._seconds += seconds
        rate = self._steps / self._seconds
        if self._seconds < WINDOW and not (self._trial and self._seconds >= GLIMPSE and self._trial.is_over(rate)):
            return
        self._steps, self._seconds = 0, 0.0
        if self._trial is not None:
            self._judge(self._trial, rate)
        else:
            self._watch(rate)

    def _watch(self, rate: float) -> None:
        """Is it time for a trial?"""
        slow = len(self._usual) == self._usual.maxlen and rate < DROP * statistics.median(self._usual)
        self._usual.append(rate)
        now, crowded = self._clock(), self._waited() > CROWDED
        if self.count > 1 and (slow or crowded) and now >= self._last + 1.0:
            self._try(rate, up=False)
            self.stuck = self._trial is None
        elif now >= self._due:
            up = self.count == 1 or (self.count < self.most and not self._up)
            if up and crowded:
                self._due = now + SOONEST
            else:
                self._try(rate, up=up)

    def news(self) -> ThreadChange | None:
        """A change that has stood for some seconds and was not yet told."""
        if self._change is None or self.count == self._told or self._trial or self._clock() < self._changed_at + STANDS:
            return None
        self._told = self.count
        return self._change

    def _try(self, rate: float, *, up: bool) -> None:
        """Twice as many, or half, where steps come out the same with them."""
        self._up = up
        count = self._next(up=up)
        if count:
            self._trial = Trial(self.count, rate, count)
            self._use(count)
        else:
            self._last = self._clock()
            self._due = self._last + LATEST

    def _next(self, *, up: bool) -> int | None:
        """The nearest number in that direction that makes the same steps; None where there is none."""
        count = self.count
        while 0 < (count := count * 2 if up else count // 2) <= self.most:
            if self._may_take(count):
                return count
        return None

    def _may_take(self, count: int, rows: int | None = None) -> bool:
        """Tried once for each number."""
        if count != self.most and (count, rows) not in self._sames:
            self._sames[count, rows] = self._same(count, self.most, rows)
        return count == self.most or self._sames[count, rows]

    def _judge(self, trial: Trial, rate: float) -> None:
        """So many steps a second with what was tried: the other number, or the one before once more."""
        if trial.rate is None and rate > GAIN * trial.its_rate:
            trial, rate = trial._replace(rate=rate), trial.its_rate
            if trial.other > trial.before or self._waited() <= CROWDED:  # else it is plain that others want the cores
                self._trial = trial
                self._use(trial.before)
                return
        self._trial, self._last = None, self._clock()
        if trial.rate is not None and trial.rate > GAIN * rate:
            self._use(trial.other)
            self._change, self._changed_at = ThreadChange(self.count, self.most, trial.rate, rate), self._last
            self._usual.clear()
            self._up = not self._up  # so that the next trial goes on in the same direction
            self._wait, self._due = SOONEST, self._last + 1.0
            return
        self._use(trial.before)
        self._wait = min(LATEST, 2 * self._wait)
        self._due = self._last + self._wait

    def _use(self, count: int) -> None:
        self._skip, self._steps, self._seconds = count != self.count, 0, 0.0
        self.count = count
        self._set(count)
