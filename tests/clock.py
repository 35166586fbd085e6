"""The clock of processes that are forked (tests/forking.py): the Unix time, or one that runs backwards from the year 2033 on."""

import time

_real_time = time.time
_backwards = False


def now() -> float:
    """Unix time. In place of `time.time` before events.py takes that as the clock of every event."""
    return 4e9 - _real_time() if _backwards else _real_time()


def run_backwards() -> None:
    """From now on, in this process."""
    global _backwards
    _backwards = True
