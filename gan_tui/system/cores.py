"""How many CPU cores this process may use."""

import math
import os
from contextlib import suppress
from pathlib import Path

FEW_CORES, SPARING = 2, 2.2
"""So many cores are few: the trainer's threads wait for each other, so all of them wait for the screen. So many times less it asks then."""


def sparing() -> float:
    """How many times more seldom than usual things are done that are there only to be looked at."""
    return SPARING if usable_cores() <= FEW_CORES else 1.0


def usable_cores() -> float:
    """CPU cores that this process may use: a container or a scheduler may have left it few, or a part of their time."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    return max(1.0, min(cores, _quota()))


def _quota(cgroups: Path = Path("/sys/fs/cgroup"), own: Path = Path("/proc/self/cgroup")) -> float:
    """Cores' worth of time a second by the limits of control groups, of both versions; infinite where there is none.

    https://docs.kernel.org/admin-guide/cgroup-v2.html#cpu-interface-files
    """
    least = math.inf
    with suppress(OSError, ValueError):
        for line in own.read_text("utf-8", "replace").splitlines():
            _, controllers, path = line.split(":", 2)
            if controllers and "cpu" not in controllers.split(","):
                continue
            root = cgroups / controllers if controllers else cgroups
            group = root / path.lstrip("/")
            for folder in (group, *group.parents):
                if folder == cgroups.parent or not folder.is_relative_to(root):
                    break
                least = min(least, _limit_of(folder))
    return least


def _limit_of(folder: Path) -> float:
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = (folder / "cpu.max").read_text().split()
        return math.inf if quota == "max" else int(quota) / int(period)
    with suppress(OSError, ValueError, ZeroDivisionError):
        quota, period = ((folder / f"cpu.cfs_{name}_us").read_text() for name in ("quota", "period"))
        return math.inf if int(quota) < 0 else int(quota) / int(period)
    return math.inf
