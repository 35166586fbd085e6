"""Which of several processes writes the run: the first rank, and nobody's helper."""

import os
import sys
from typing import Any, NamedTuple


class Rank(NamedTuple):
    """This process among those that train together."""

    number: int
    processes: int


def rank() -> Rank:
    """By torch.distributed where it is set up, else by what torchrun and others put into the environment."""
    distributed: Any = sys.modules.get("torch.distributed")
    if distributed is not None and distributed.is_available() and distributed.is_initialized():
        return Rank(distributed.get_rank(), distributed.get_world_size())
    for number, count in (("RANK", "WORLD_SIZE"), ("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"), ("PMI_RANK", "PMI_SIZE")):
        if os.environ.get(number, "").isdecimal() and os.environ.get(count, "").isdecimal():
            return Rank(int(os.environ[number]), int(os.environ[count]))
    return Rank(0, 1)


def is_helper() -> bool:
    """Is this a process that a DataLoader has started, or one that only reads the script once more because it was spawned?"""
    data: Any = sys.modules.get("torch.utils.data")
    if data is not None and data.get_worker_info() is not None:
        return True
    processes: Any = sys.modules.get("multiprocessing.process")
    return processes is not None and bool(getattr(processes.current_process(), "_inheriting", False))
