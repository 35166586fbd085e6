"""How many trials run at once on this machine, and what each of them gets of it: a GPU, or a group of cores."""

import math
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from gan_tui.config import RunConfig
from gan_tui.config.together import obstacle
from gan_tui.counted import counted
from gan_tui.errors import UserError
from gan_tui.system.cores import usable_cores
from gan_tui.system.nvidia import find_nvidia

MOST = 64
"""Trials at once on one machine."""
LEAST_TOGETHER, MOST_TOGETHER = 2, 32
"""Trials in one process: an H200 takes the steps of two in two thirds of the time that they take one after the other (docs/sweeps.md)."""
MEMORY = 1 << 30
"""Bytes that a trainer is reckoned to take: 0.7 GB with torch for CPUs, and some data."""
VISIBLE = "CUDA_VISIBLE_DEVICES"
Together = Literal["auto", "always", "never"]


class AtOnce(msgspec.Struct, frozen=True):
    """How a sweep was begun, which holds when it goes on."""

    parallel: Annotated[int, Meta(ge=1, le=MOST)] | None = None
    """Trials at once; None: as the machine allows."""
    together: Together = "auto"


USUAL = AtOnce()


class Slot(NamedTuple):
    """Room for one trial, or for some that are trained together."""

    name: str
    """As the table shows it; empty where there is nothing to tell slots apart by."""
    environment: Mapping[str, str] | None
    """Of its trainer; None: ours."""
    room: int = 1
    """Trials that one trainer takes, which trains them together."""


class Slots(NamedTuple):
    """The rooms that there are."""

    slots: Sequence[Slot]
    why: str
    """How their number was chosen, in words."""


def choose_slots(
    base: RunConfig, parallel: int | None, trials: int, together: Together = "never", examples: Sequence[RunConfig] = ()
) -> Slots:
    """Rooms for `parallel` trials, or, where that is None, one for each GPU or core, and no more than there are trials.

    A trainer sees its own GPU only. On CPUs each has as many threads as is its share of the cores; a single one is left as it would be.
    `together`: are trials such as `examples` trained as one? `auto`: on GPUs, where they can be. Raises UserError where they cannot be
    and `always` are to.
    """
    why_not = _on_a_mac(base) or ("with --parallel 1" if parallel == 1 else "") or obstacle(examples or [base])
    if together == "always" and why_not:
        raise UserError(f"--together always: trials {why_not} cannot be trained together; say auto or never, or leave it out")
    if base.train.devices > 1 or (base.train.device == "auto" and sys.platform == "darwin"):
        what = counted(base.train.devices, "device") if base.train.devices > 1 else "the GPU"
        return Slots([Slot("", None)] * (parallel or 1), "as asked" if parallel else f"each takes {what}")
    gpus = _visible_gpus() if base.train.device in ("auto", "cuda") else []
    at_once = min(trials, parallel or trials)
    if together == "always" or (together == "auto" and gpus and not why_not and at_once >= LEAST_TOGETHER * len(gpus)):
        return _rooms_for_many(gpus, at_once)
    if gpus:
        count = parallel or max(1, min(len(gpus), trials))
        found = [Slot(f"gpu {gpus[index % len(gpus)]}", os.environ | {VISIBLE: gpus[index % len(gpus)]}) for index in range(count)]
        return Slots(found, "as asked" if parallel else f"one for each of {counted(len(gpus), 'GPU')}")
    if base.train.device not in ("auto", "cpu"):
        return Slots([Slot("", None)] * (parallel or 1), "as asked" if parallel else f"all of them want device {base.train.device}")
    import psutil  # not on the way to --help

    cores = math.ceil(usable_cores())
    each = base.train.threads or 1
    room = max(1, psutil.virtual_memory().available // MEMORY)
    count = parallel or max(1, min(cores // each, trials, room, MOST))
    threads = str(max(1, cores // count))
    environment = os.environ | {"OMP_NUM_THREADS": threads} if count > 1 else None
    return Slots([Slot("", environment)] * count, "as asked" if parallel else _reason(count, cores, each, trials, room))


def _rooms_for_many(gpus: Sequence[str], trials: int) -> Slots:
    """One for each GPU that has two trials or more, or one where there is none, with room for its share of them."""
    count = max(1, min(len(gpus), trials // 2))
    each, more = divmod(trials, count)
    rooms = [min(MOST_TOGETHER, each + (index < more)) for index in range(count)]
    where = [Slot(f"gpu {gpu}", os.environ | {VISIBLE: gpu}, room) for gpu, room in zip(gpus, rooms, strict=False)]
    where = where or [Slot("", None, rooms[0])]
    return Slots(where, f"trained together on {counted(count, 'GPU')}" if gpus else "trained together")


def _on_a_mac(base: RunConfig) -> str:
    """Which trials those are whose steps are taken on a Mac's GPU, in words; empty where there are none."""
    on_it = base.train.device == "mps" or (base.train.device == "auto" and sys.platform == "darwin")
    return f"on a Mac's GPU (train.device = {base.train.device})" if on_it else ""


def _reason(count: int, cores: int, each: int, trials: int, room: int) -> str:
    if count == trials:
        return "as many as there are"
    if count == room < cores // each:
        return f"memory is free for {room}"
    return f"one for each of {counted(cores, 'core')}" if each == 1 else f"{counted(each, 'thread')} each on {counted(cores, 'core')}"


def _visible_gpus() -> list[str]:
    """What CUDA_VISIBLE_DEVICES may name of this machine's GPUs, or of those that it leaves us."""
    said = os.environ.get(VISIBLE)
    if said is not None:
        names = [name.strip() for name in said.split(",")]
        return [name for name in names if name and name != "-1"]
    nvidia = find_nvidia()
    return [str(index) for index in range(nvidia.nodes)] if nvidia and nvidia.driver and not nvidia.refused else []
