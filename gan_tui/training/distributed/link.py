"""A connection kept open between rank 0 and each other rank for no other purpose than to be noticed when it breaks.

Ranks that torchrun has started are not rank 0's children, and may be on other machines: their deaths show in nothing else.
"""

import threading
from contextlib import suppress
from datetime import timedelta

import torch
import torch.distributed as dist


class Link:
    """To every other rank for rank 0, to rank 0 for the others."""

    def __init__(self, rank: int, count: int, timeout: timedelta) -> None:
        """To be made by all ranks together. `timeout`: how long it holds while nothing is said."""
        group = dist.new_group(backend="gloo", timeout=timeout)
        assert isinstance(group, dist.ProcessGroup)  # this rank is one of its members
        self._group = group
        self._gone: list[int] = []
        self._others = range(1, count) if rank == 0 else (0,)
        self._threads = [threading.Thread(target=self._hold, args=(other,), daemon=True) for other in self._others]
        for thread in self._threads:
            thread.start()

    def _hold(self, other: int) -> None:
        try:
            dist.recv(torch.zeros(1), src=other, group=self._group)  # its farewell, or an error at its death
        except RuntimeError:
            self._gone.append(other)

    def lost(self) -> str | None:
        """Who is gone, in words; None while all are there."""
        return ", ".join(f"rank {rank} is gone" for rank in self._gone) or None

    def part(self) -> None:
        """All ranks together: the connection is not needed any more."""
        for other in self._others:
            with suppress(RuntimeError):
                dist.send(torch.ones(1), dst=other, group=self._group)
        for thread in self._threads:
            thread.join()
