"""What a machine is, in words: for those who read of a run elsewhere."""

import os
import platform
from contextlib import suppress

from gan_tui.counted import counted
from gan_tui.cpuinfo import cpuinfo
from gan_tui.system.cores import usable_cores


def describe() -> str:
    """`AMD EPYC 9B45, 2 of 8 cores, 31 GiB of memory, Linux`: the cores are those that this process may use."""
    usable, there = usable_cores(), os.cpu_count() or 1
    cores = f"{usable:g} of {counted(there, 'core')}" if usable < there else counted(there, "core")
    return ", ".join([_processor(), cores, *_memory(), platform.system()])


def _memory() -> list[str]:
    """That of the machine, where the system says it."""
    with suppress(ValueError, OSError, AttributeError):
        return [f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"]
    return []


def _processor() -> str:
    """Its name where the system says it, else its architecture."""
    return cpuinfo("model name") or platform.machine() or platform.processor() or "unknown processor"
