"""Which device a process trains on, and what a person calls it."""

import platform
from typing import NamedTuple

import torch

from gan_tui.config import RunConfig
from gan_tui.counted import counted
from gan_tui.errors import SettingsError
from gan_tui.system import hardware
from gan_tui.training.cpu_threads import default_threads
from gan_tui.training.distributed.ranks import Ranks, place_on_machine
from gan_tui.training.gpu_company import find_company, freest_first, notes
from gan_tui.training.gpu_faults import Fault, try_gpu, why_none_is_seen

AMPERE = 8
"""The first number of the compute capability of the first cards that compute in bfloat16."""


class Chosen(NamedTuple):
    """A device, and what is wrong with those that would have been better."""

    device: torch.device
    """A GPU of NVIDIA's always with its index, so that names, generators and tensors agree."""
    faults: tuple[Fault, ...] = ()
    notes: tuple[str, ...] = ()
    """What a person should know of it."""


def choose_device(settings: RunConfig, ranks: Ranks) -> Chosen:
    """The device of this process, and as many CPU threads as are its share.

    `auto` takes cuda, else mps, else cpu; of several GPUs the freest that works, and on a machine with several ranks each takes the GPU of
    its own number. Raises SettingsError where the wanted one is not there, or cannot be used.
    """
    local_rank, local_count = place_on_machine() if ranks.count > 1 else (0, 1)
    torch.set_num_threads(settings.train.threads or default_threads(local_count))
    wanted = settings.train.device
    if ranks.count > 1 and wanted.startswith("cuda:"):
        raise SettingsError(f"{ranks.count} devices cannot all be '{wanted}': use --device cuda")
    chosen = _find_device(wanted, local_rank if ranks.count > 1 else None)
    if chosen.device.type == "mps" and ranks.count > 1:
        raise SettingsError("an Apple GPU cannot share a batch with another: use --devices 1, or --device cpu")
    if chosen.device.type == "cuda":
        torch.cuda.set_device(chosen.device)
        _refuse_emulation(settings)
    return chosen


def find_device(wanted: str = "auto") -> Chosen:
    """What `wanted` means on this machine for a run of one rank. Raises SettingsError where it is not there, or cannot be used."""
    return _find_device(wanted, None)


def _find_device(wanted: str, local_rank: int | None) -> Chosen:
    kind, _, number = wanted.partition(":")
    if kind in ("auto", "cuda"):
        return _find_gpu(wanted, number, local_rank)
    if kind == "mps" and not torch.backends.mps.is_available():
        raise SettingsError(f"device 'mps' is not there: torch {torch.__version__} sees no Apple GPU; try --device cpu or --device auto")
    return Chosen(torch.device(wanted))


def _find_gpu(wanted: str, number: str, local_rank: int | None) -> Chosen:
    """The freest GPU on which a small kernel runs. `local_rank`: of one among several ranks, which may not choose."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count == 0:
        return _without_gpu(wanted)
    if number and int(number) >= count:
        seen = counted(count, "CUDA device")
        raise SettingsError(f"device '{wanted}' is not there: torch {torch.__version__} sees {seen}; try --device cpu or --device auto")
    if number:
        candidates = [int(number)]
    elif local_rank is not None:  # a scheduler may show each rank a single GPU, which is number 0 to it
        candidates = [local_rank % count]
    else:
        candidates = list(range(count))
    faults: list[Fault] = []
    company = find_company(candidates)
    order = freest_first(candidates, company)
    for index in order:
        fault = try_gpu(index)
        if fault is None:
            return Chosen(torch.device("cuda", index), tuple(faults), tuple(notes(index, company, order)))
        faults.append(fault)
    if wanted != "auto" or local_rank is not None:  # where one rank cannot, the others must not wait for it
        raise SettingsError(f"{faults[0].text}; or train with --device cpu")
    return Chosen(torch.device("cpu"), tuple(faults))


def _without_gpu(wanted: str) -> Chosen:
    if wanted == "auto" and torch.backends.mps.is_available():
        return Chosen(torch.device("mps"))
    fault = why_none_is_seen()
    if wanted == "auto":
        return Chosen(torch.device("cpu"), (fault,) if fault else ())
    if fault:
        raise SettingsError(f"device '{wanted}' cannot be used: {fault.text}; or train with --device cpu")
    raise SettingsError(f"device '{wanted}' is not there: torch {torch.__version__} sees 0 CUDA devices; try --device cpu or --device auto")


def _refuse_emulation(settings: RunConfig) -> None:
    """Older cards compute bfloat16 through float32, slower than float32 itself, and some convolutions not at all; TF32 they ignore."""
    precision = settings.train.precision
    if precision not in ("float32", "auto") and not has_bfloat16():
        name, (major, minor) = torch.cuda.get_device_name(), torch.cuda.get_device_capability()
        cannot = f"{name} (compute capability {major}.{minor}) has no {precision}, cards from {AMPERE}.0 on have"
        raise SettingsError(f"train.precision = {precision}: {cannot}; use --set train.precision=float32")


def has_bfloat16() -> bool:
    """Does the current GPU compute in bfloat16, and not merely imitate it?"""
    try:
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    except TypeError:  # an older torch does not know the question
        return torch.cuda.get_device_capability()[0] >= AMPERE


def device_name(chosen: Chosen, count: int = 1) -> str:
    """What a person calls it: "NVIDIA H200", "2 x NVIDIA H200", "cpu, 2 threads", "cpu (driver too old), 2 threads"."""
    device, faults = chosen.device, chosen.faults
    times = f"{count} x " if count > 1 else ""
    if device.type == "cuda":
        return times + torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    why = f" ({faults[0].short})" if faults else ""
    return f"{times}{device.type}{why}, {counted(threads, 'thread')}"


def device_in_use(settings: RunConfig) -> torch.device:
    """Where a run of these settings computes in this process, asked without choosing or beginning anything."""
    kind = settings.train.device.partition(":")[0]
    if kind in ("auto", "cuda") and torch.cuda.is_initialized():
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("mps" if kind in ("auto", "mps") and torch.backends.mps.is_available() else "cpu")


def synchronize(device: torch.device) -> None:
    """Wait until the device has done all that it was asked for. A CPU always has."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def environment_of(chosen: Chosen, ranks: int = 1) -> dict[str, object]:
    """Where a run trains, for its `run.toml`."""
    return {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": str(chosen.device),
        "device_name": device_name(chosen, ranks),
        "machine": hardware.describe(),
    }
