"""Running out of memory: how it shows, what to say about it, and what training can go on without."""

import re
import resource
from collections.abc import Callable
from typing import NamedTuple

import psutil
import torch

from gan_tui.config import RunConfig

_TEXTS = re.compile(
    r"out of memory|not enough memory|(can't|cannot) allocate memory|bad_alloc|bad allocation|failed to allocate|"
    r"\bCU\w*_ALLOC\w*_FAILED|\bCU\w*_ALLOCATION_FAILED|INT_MAX elements",
    re.IGNORECASE,
)
"""What torch, CUDA, its libraries (CUBLAS_STATUS_ALLOC_FAILED), Apple's GPUs and the C++ library say, and kernels that count no further."""
_COUNTED = re.compile(r"INT_MAX elements")
_NO_HANDLE = re.compile(r"CU\w+_STATUS_NOT_INITIALIZED")
"""What CUDA's libraries say where there is no room for their own beginnings, and on some other occasions."""
LITTLE = 512 * 2**20
"""Free bytes below which that is why."""
_WANTED = re.compile(r"[Tt]ried to allocate ([\d.]+) ?([KMGT]iB|bytes)?")
_UNITS = {"bytes": 1, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}
SAFETY = 0.8
"""Of the batch that would fit by proportion: the step that failed might have wanted more."""


class Memory(NamedTuple):
    """Of a device, in bytes."""

    free: int
    """What this process can still get."""
    total: int
    held: int = 0
    """What this process holds of it."""
    most: int = 0
    """The most that it has used at once."""


def memory_of(device: torch.device) -> Memory | None:
    """The device's memory now; None where it is unknown, as after a CUDA error."""
    if device.type == "cuda":
        try:
            free, total = torch.cuda.mem_get_info(device)
        except (RuntimeError, AssertionError):
            return None
        # What torch holds and does not use is not counted as free: CUDA graphs may hold it, and it was there when the request failed.
        return Memory(free, total, torch.cuda.memory_reserved(device), torch.cuda.max_memory_allocated(device))
    memory, (limit, _) = psutil.virtual_memory(), resource.getrlimit(resource.RLIMIT_AS)
    if limit == resource.RLIM_INFINITY:
        return Memory(memory.available, memory.total)
    return Memory(max(0, min(memory.available, limit - psutil.Process().memory_info().vms)), min(memory.total, limit))


def is_out_of_memory(error: BaseException, device: torch.device | None = None) -> bool:
    """Is this, or what it was raised from or during, a lack of memory?

    A capture that fails raises a second error, so the first one stands in its context. `device`: on which it happened, where that is known.
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, (MemoryError, torch.cuda.OutOfMemoryError)) or _TEXTS.search(str(one)):
            return True
        if _NO_HANDLE.search(str(one)) and device is not None and (memory := memory_of(device)) is not None and memory.free < LITTLE:
            return True
        waiting += [one.__cause__, one.__context__]
    return False


def release(device: torch.device) -> None:
    """Give back what torch keeps for later. To be called outside of the `except` block: the error holds what its frames hold."""
    if device.type == "cuda":
        torch.cuda.empty_cache()


def explain(error: BaseException, settings: RunConfig, device: torch.device, *, parameters: int, width: str, count: int = 1) -> str:
    """One line for a step that found no memory: how much there is and was wanted, and what would fit.

    `parameters`: of both networks. `width`: the setting that makes them smaller, in words. `count`: ranks that share each batch.
    """
    memory = memory_of(device)
    batch = settings.train.batch_size
    if _COUNTED.search(str(error)):
        return f"a batch of {batch} is more than a kernel of torch can count (2^31 numbers): --batch-size {max(1, batch // 2)} may do"
    figures = _figures(_wanted(error), memory)
    fits = batch_that_fits(batch, count, parameters, memory, _wanted(error))
    advice = f"--batch-size {fits} is estimated to fit (now {batch})" if fits else f"even one image is too much beside {width}: lower that"
    return f"out of memory on {device}{figures}: {advice}; or lower {width}, or choose another --device"


def gigabytes(size: float) -> str:
    """`12.3 GB`, `40 MB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"


def _wanted(error: BaseException) -> int:
    """Bytes that the request was for; 0 where the error does not say."""
    one: BaseException | None = error
    while one is not None:
        if found := _WANTED.search(str(one)):
            return int(float(found[1].rstrip(".")) * _UNITS[found[2] or "bytes"])
        one = one.__cause__ or one.__context__
    return 0


def _figures(wanted: int, memory: Memory | None) -> str:
    parts = [f"{gigabytes(wanted)} more were wanted"] if wanted else []
    if memory:
        parts.append(f"{gigabytes(memory.free)} of {gigabytes(memory.total)} are free")
        if memory.held:
            parts.append(f"this run holds {gigabytes(memory.held)}")
    return f" ({', '.join(parts)})" if parts else ""


def batch_that_fits(batch: int, count: int, parameters: int, memory: Memory | None, wanted: int) -> int:
    """A smaller batch that should fit, a multiple of `count`; 0 where not even `count` images do.

    What is not weights, gradients and Adam's moments (16 bytes a parameter) goes with the batch. Where it is unknown how much that is,
    half of the batch is tried.
    """
    fits = batch // 2
    if memory and memory.most:
        fixed = 16 * parameters
        share = (memory.most + memory.free - fixed) / max(1, memory.most + wanted - fixed)
        fits = min(fits, int(batch * SAFETY * max(0.0, share)))
    unit = count * 8 if fits >= count * 8 else count
    return fits // unit * unit


class Spare:
    """What training can go on without where memory does not suffice: previews, evaluations, a checkpoint now and then."""

    def __init__(self, device: torch.device, say: Callable[[str], None]) -> None:
        """`say` takes a line about what is left out, at the first time of many in a row."""
        self._device = device
        self._say = say
        self._left_out: set[str] = set()

    def attempt(self, what: str, work: Callable[[], object]) -> bool:
        """Do `work`; False where there was no memory for it. Whatever else it raises goes on."""
        try:
            work()
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error, self._device):
                raise
            wanted = _wanted(error)
        else:
            self._left_out.discard(what)
            return True
        figures = _figures(wanted, memory_of(self._device))
        release(self._device)
        if what not in self._left_out:
            self._left_out.add(what)
            self._say(f"no memory on {self._device} for {what}{figures}: it is left out, training goes on")
        return False
