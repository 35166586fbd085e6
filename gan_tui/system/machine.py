"""The machine as a whole, and the folder of a run."""

import os
import platform
import shutil
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import psutil

from gan_tui.cpuinfo import cpuinfo
from gan_tui.system.readings import Folder, Machine

SIZE_SECONDS = 30.0
"""Between two walks through a run's files, of which there are thousands after a long run."""
SIZE_SHARE = 0.01
"""At most this share of the time is spent in walking: on a slow disk it is done less often."""


def read_machine() -> Machine:
    """Load and memory. In a container they are those of the whole machine."""
    memory = psutil.virtual_memory()
    try:
        load = os.getloadavg()[0]
    except OSError:
        load = None
    host, used = platform.node() or "this machine", memory.total - memory.available
    return Machine(host, os.cpu_count() or 1, load, used, memory.total, _core_use(), processor())


def _core_use() -> tuple[float, ...]:
    try:
        return tuple(percent / 100 for percent in psutil.cpu_percent(percpu=True))
    except (OSError, RuntimeError):  # a container that hides the machine's clocks
        return ()


@lru_cache(maxsize=1)
def processor() -> str:
    """`AMD EPYC 9655 96-Core Processor`, as Linux has it; elsewhere what Python knows; empty where nothing is known."""
    return cpuinfo("model name") or platform.processor()


class FolderMeter:
    """Disk and size of a run; the size is measured rarely."""

    def __init__(self, run: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._run = run
        self._clock = clock
        self._size = self._checkpoints = 0
        self._due = float("-inf")

    def read(self) -> Folder:
        now = self._clock()
        if now >= self._due:
            self._size, self._checkpoints = measure(self._run)
            after = self._clock()
            self._due = after + max(SIZE_SECONDS, (after - now) / SIZE_SHARE)
        try:
            disk = shutil.disk_usage(self._run)
        except OSError:
            return Folder(None, None, self._size, self._checkpoints)
        return Folder(disk.free, disk.total, self._size, self._checkpoints)


def measure(folder: Path) -> tuple[int, int]:
    """Bytes of all files under `folder`, and how many checkpoints are among them. What vanishes meanwhile is not counted."""
    size = checkpoints = 0
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    inner_size, inner_checkpoints = measure(Path(entry.path))
                    size, checkpoints = size + inner_size, checkpoints + inner_checkpoints
                elif entry.is_file(follow_symlinks=False):
                    size += entry.stat(follow_symlinks=False).st_size
                    checkpoints += folder.name == "checkpoints" and entry.name.endswith(".pt")
    except OSError:
        pass
    return size, checkpoints
