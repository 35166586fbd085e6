"""CPU and memory of processes, and which processes a run's trainer is.

psutil and not our own reading of /proc: it knows macOS too, and it tells a process from a later one with the same number.
"""

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from gan_tui.system.readings import Processes

CLOCK_SLACK = 2.0
"""Seconds by which a process may seem to be younger than what it wrote: the two clocks are not read at once."""
NOT_HERE = "the trainer runs on another machine or in another container: not known here"


class Meter:
    """What some processes take between two looks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._before: dict[int, float] = {}
        """CPU seconds of each process at the last look."""
        self._looked_at: float | None = None

    def read(self, processes: Sequence[psutil.Process]) -> Processes:
        """Those of `processes` that are still there; CPU is None at the first look at any of them."""
        now = self._clock()
        spent: dict[int, float] = {}
        memory = 0
        for process in processes:
            try:
                with process.oneshot():
                    times = process.cpu_times()
                    memory += process.memory_info().rss
            except psutil.Error:
                continue
            spent[process.pid] = times.user + times.system
        cpu = None
        if spent and self._looked_at is not None and now > self._looked_at and spent.keys() <= self._before.keys():
            cpu = sum(spent[pid] - self._before[pid] for pid in spent) / (now - self._looked_at)
        self._before, self._looked_at = spent, now
        return Processes(tuple(spent), cpu, memory if spent else None, "" if spent else "the trainer is gone")


class TrainerFinder:
    """From the numbers in a log to processes of this machine.

    A number alone says nothing: the run may have been copied here, or it lies on a disk that several machines share, or the number
    belongs to another process by now. So the first process must have the run's lock file open, which only its trainer has.
    """

    def __init__(self, lock: Path) -> None:
        self._lock = lock
        self._found: tuple[psutil.Process, ...] = ()

    def find(self, pids: Sequence[int], started_at: float) -> tuple[psutil.Process, ...] | str:
        """The trainer's processes, or why they are not known. `started_at`: Unix time at which they had started."""
        if not pids:
            return "this trainer does not say which processes it is"
        if self._found and self._found[0].pid == pids[0] and self._found[0].is_running():
            return self._found
        self._found = ()
        try:
            first = psutil.Process(pids[0])
            files = [file.path for file in first.open_files()]
        except psutil.AccessDenied:
            return f"process {pids[0]} belongs to somebody else: not known here"
        except (psutil.Error, ValueError, OverflowError):  # no process has such a number
            return NOT_HERE
        if not any(_same(path, self._lock) for path in files):
            return NOT_HERE
        others = [_contemporary(pid, started_at) for pid in pids[1:]]
        self._found = (first, *(process for process in others if process is not None))
        return self._found


def _same(path: str, lock: Path) -> bool:
    try:
        return Path(path).samefile(lock)
    except OSError:
        return False


def _contemporary(pid: int, started_at: float) -> psutil.Process | None:
    """Another rank: a process of that number that was there when the trainer wrote it down."""
    try:
        process = psutil.Process(pid)
        return process if process.create_time() <= started_at + CLOCK_SLACK else None
    except (psutil.Error, ValueError, OverflowError):
        return None


def own() -> psutil.Process:
    """This process."""
    return psutil.Process(os.getpid())
