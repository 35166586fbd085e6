"""Why torch cannot use an NVIDIA GPU that this machine has, and what mends it: one line for each cause."""

import os
import sys
from typing import NamedTuple

import torch

from gan_tui.errors import first_line
from gan_tui.system.nvidia import Nvidia, find_nvidia

LEAST_DRIVER = {11: 450, 12: 525, 13: 580}
"""The oldest driver for each generation of CUDA that a torch may be built with (NVIDIA's table of minor version compatibility)."""
OLDEST_CARD = 50
"""The compute capability, times ten, of the oldest cards that `older_torch` has kernels for: Maxwell."""
BLACKWELLS_DRIVER = 570
"""The oldest one that knows the cards which torch 2.6 has no kernels for."""
NEWER_TORCH = "`pip install --upgrade torch torchvision`"
MORE = "docs/gpu.md has a table"


def older_torch(driver: str | None = None) -> str:
    """The command that installs one built with CUDA 12: 2.6 has kernels for Maxwell to Hopper and was tried with this program.

    2.10, for Volta to Blackwell, where `driver` is new enough for these, and where Python is too new for 2.6.
    """
    newer = sys.version_info >= (3, 14) or (driver is not None and int(driver.split(".")[0]) >= BLACKWELLS_DRIVER)
    torchs, visions = ("2.10", "0.25") if newer else ("2.6", "0.21")
    return f'`pip install "torch=={torchs}.*" "torchvision=={visions}.*"`'


class Fault(NamedTuple):
    """What is wrong with the GPUs of this machine, or with one of them."""

    short: str
    """In a few words, for the screen's first line."""
    text: str
    """The whole, with what mends it."""


def why_none_is_seen(nvidia: Nvidia | None = None) -> Fault | None:
    """Why torch sees no GPU at all; None where the machine has none from NVIDIA. `nvidia`: what is there, where it is known already."""
    nvidia = nvidia or find_nvidia()
    if nvidia is None or torch.version.hip:
        return None
    there = f"this machine has {nvidia.cards or 'an'} NVIDIA GPU{'s' * (nvidia.cards > 1)}"
    if torch.version.cuda is None:
        mend = "`pip install --force-reinstall torch torchvision` installs the one for CUDA"
        return Fault("torch without CUDA", f"{there}, and torch {torch.__version__} is built for the CPU alone: {mend}")
    if nvidia.driver is None:
        return Fault("no NVIDIA driver", f"{there} and no NVIDIA driver is loaded: install one (`nvidia-smi` shows that it works)")
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None and visible.strip() in ("", "-1", "NoDevFiles"):
        mend = "`unset CUDA_VISIBLE_DEVICES`, or in a Slurm job ask for GPUs (--gres=gpu:1)"
        return Fault("GPUs are hidden", f"{there}, and CUDA_VISIBLE_DEVICES={visible!r} hides all: {mend}")
    return (
        _fault_of_nodes(nvidia, there)
        or _fault_of_driver(nvidia)
        or (
            Fault("GPUs are hidden", f"{there}, and CUDA_VISIBLE_DEVICES={visible!r} names none of them: `nvidia-smi -L` lists their names")
            if visible is not None
            else Fault("GPU not usable", f"{there} with driver {nvidia.driver}, and torch {torch.__version__} sees none: {_last_resort()}")
        )
    )


def _fault_of_nodes(nvidia: Nvidia, there: str) -> Fault | None:
    """What keeps CUDA from the device files."""
    if nvidia.refused:
        node, group, by_group = nvidia.refused
        if by_group:
            mend = f"`sudo usermod -aG {group} $USER` and log in again" if group not in ("", "root") else "ask who runs this machine"
            return Fault("no permission", f"{there}, and you may not open {node}: {mend}")
        mend = "in Slurm ask for it (--gres=gpu:1), start the container with --gpus all"
        return Fault("no GPU was given", f"{there}, and this job or container was given none ({node} is refused): {mend}")
    if not nvidia.nodes and nvidia.cards:
        mend = (
            "start it with `docker run --gpus all` (NVIDIA's container toolkit); outside of one `sudo nvidia-modprobe -c 0 -u` makes them"
        )
        return Fault("no GPU was given", f"{there}, and there is no /dev/nvidia0: a container was given none: {mend}")
    if nvidia.lacks_memory_node:
        return Fault("driver not ready", f"{there}, and /dev/nvidia-uvm is missing: `sudo nvidia-modprobe -u` makes it")
    return None


def _fault_of_driver(nvidia: Nvidia) -> Fault | None:
    """A driver of the wrong version, or cards that it has divided into nothing."""
    if nvidia.mismatch:
        return Fault("driver was updated", f"the NVIDIA driver was updated while {nvidia.driver} was running: restart the machine")
    if is_too_old(nvidia.driver):
        return Fault("driver too old", _too_old(nvidia.driver))
    if nvidia.mig_without_instances:
        mend = "`sudo nvidia-smi mig -lgip` lists what can be made, `sudo nvidia-smi mig -cgi PROFILE -C` makes one"
        return Fault("MIG has no instances", f"the GPU is in MIG mode and has no instances: {mend}")
    return None


def least_driver() -> int | None:
    """The oldest driver, by its first number, that this torch runs with; None where it is unknown."""
    return LEAST_DRIVER.get(int(torch.version.cuda.split(".")[0])) if torch.version.cuda else None


def is_too_old(driver: str | None) -> bool:
    """Is it older than what this torch needs?"""
    least = least_driver()
    return driver is not None and least is not None and int(driver.split(".")[0]) < least


def _too_old(driver: str | None) -> str:
    needs = f"torch {torch.__version__} is built with CUDA {torch.version.cuda} and needs {least_driver()} or newer"
    number = int((driver or "0").split(".")[0])
    if number >= LEAST_DRIVER[12]:
        mend = f"update the driver, or {older_torch(driver)}"
    elif number >= LEAST_DRIVER[11]:
        mend = "update the driver, or install torch 2.6 and torchvision 0.21 from PyTorch's cu118 index"
    else:
        mend = "update the driver"
    return f"the NVIDIA driver {driver or 'of this machine'} is too old: {needs}: {mend} ({MORE})"


def _last_resort() -> str:
    return "see whether `nvidia-smi` works, and restart the machine if its driver was updated"


def run_kernel(index: int) -> None:
    """Let GPU `index` compute something small. Raises RuntimeError, as torch does, where it cannot."""
    ones = torch.ones(64, device=torch.device("cuda", index))
    if ones.sum().item() != len(ones):
        raise RuntimeError("it miscalculates")


def try_gpu(index: int) -> Fault | None:
    """What keeps GPU `index`, which torch sees, from computing; None where a small kernel ran on it."""
    try:
        run_kernel(index)
    except (RuntimeError, AssertionError, torch.cuda.DeferredCudaCallError) as error:  # AssertionError: a torch without CUDA
        return explain(error, index)
    return None


def explain(error: BaseException, index: int) -> Fault:
    """What an error means that GPU `index` made at its first use."""
    text = str(error).lower()
    name = f"GPU {index} ({_name_of(index)})"
    if "no kernel image" in text:
        return _fault_of_kernels(index, name)
    if "busy or unavailable" in text:
        mend = f"`nvidia-smi` shows which process; `sudo nvidia-smi -i {index} -c DEFAULT` lets several share it"
        return Fault("GPU is busy", f"{name} is in use by another process, and in exclusive mode: {mend}")
    if "out of memory" in text:
        return Fault("GPU has no memory left", f"{name} has no memory left, not even to begin: `nvidia-smi` shows whose it is")
    if "driver" in text and ("insufficient" in text or "too old" in text):
        nvidia = find_nvidia()
        return Fault("driver too old", _too_old(nvidia.driver if nvidia else None))
    if "not yet initialized" in text or "error 802" in text:
        return Fault("GPU not ready", f"{name} waits for its fabric manager: `sudo systemctl start nvidia-fabricmanager`")
    if "forward compatibility" in text or "error 804" in text:
        return Fault(
            "driver was updated", f"{name} does not fit the driver's library: restart the machine, or take a newer container image"
        )
    if "invalid device ordinal" in text:
        mend = "a process uses one MIG instance at a time: `nvidia-smi -L` lists their names, CUDA_VISIBLE_DEVICES=MIG-... chooses one"
        return Fault("no such GPU", f"GPU {index} is not there: {mend}")
    reason = first_line(error, 120)
    return Fault("GPU not usable", f"{name} does not work ({reason}): {_last_resort()}")


def _fault_of_kernels(index: int, name: str) -> Fault:
    """This torch has no code for the card: it is too old for it, or too new."""
    built = [int(number) for flag in torch.cuda.get_arch_list() if (number := "".join(sign for sign in flag if sign.isdigit()))]
    major, minor = torch.cuda.get_device_capability(index)
    card = 10 * major + minor
    has = f"compute capability {major}.{minor}, and torch {torch.__version__} has kernels for {_range(built)}"
    if built and card > max(built):
        return Fault("GPU too new for torch", f"{name} has {has}: {NEWER_TORCH}")
    mend = f"{older_torch()} ({MORE})" if card >= OLDEST_CARD else "no torch that this program runs with has any for it, use --device cpu"
    return Fault("GPU too old for torch", f"{name} has {has}: {mend}")


def _range(built: list[int]) -> str:
    ends = sorted({min(built), max(built)}) if built else []
    return " to ".join(f"{number // 10}.{number % 10}" for number in ends) or "no card"


def _name_of(index: int) -> str:
    try:
        return torch.cuda.get_device_name(index)
    except (RuntimeError, AssertionError):  # even that needs a card that works
        return "NVIDIA"
