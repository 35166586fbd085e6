"""GPUs that are not there, for the choice of a device: torch.cuda's functions replaced, as strict as torch's own."""

import importlib
from dataclasses import dataclass, field
from types import SimpleNamespace

import pytest
import torch

from gan_tui.system.nvidia import Nvidia
from gan_tui.training import doctor, gpu_faults

GIB = 2**30


@dataclass
class FakeGpus:
    """What torch sees, and what its kernels say."""

    count: int = 1
    errors: dict[int, str] = field(default_factory=dict)
    """By GPU, what a first kernel on it raises."""
    capability: tuple[int, int] = (9, 0)
    archs: tuple[str, ...] = ("sm_75", "sm_80", "sm_86", "sm_90", "sm_100", "sm_120")
    free: int = 60 * GIB
    current: int = 0
    ran: list[int] = field(default_factory=list)

    def run_kernel(self, index: int) -> None:
        self.ran.append(index)
        if index in self.errors:
            raise RuntimeError(self.errors[index])

    def set_device(self, device: torch.device | int) -> None:
        """As torch: a device without an index is an error."""
        index = device if isinstance(device, int) else device.index
        if index is None:
            raise ValueError(f"Expected a torch.device with a specified index or an integer, but got:{device}")
        assert index < self.count, "CUDA error: invalid device ordinal"
        self.current = index

    def is_bf16_supported(self, including_emulation: bool = True) -> bool:
        return including_emulation or self.capability[0] >= 8


def install(patch: pytest.MonkeyPatch, gpus: FakeGpus, nvidia: Nvidia | None = None, cuda: str | None = "13.2") -> FakeGpus:
    """Let this process see them; `nvidia`: what the machine says of itself, `cuda`: what torch is built with."""
    importlib.import_module("torch._dynamo")  # which an optimiser may import, and it wants torch as it is
    for name, value in {
        "is_available": lambda: gpus.count > 0,
        "device_count": lambda: gpus.count,
        "set_device": gpus.set_device,
        "current_device": lambda: gpus.current,
        "get_device_name": lambda device=None: f"NVIDIA Fake {gpus.current if device is None else _index(device)}",
        "get_device_capability": lambda device=None: gpus.capability,  # noqa: ARG005
        "get_device_properties": lambda device: SimpleNamespace(
            name=f"NVIDIA Fake {_index(device)}", major=gpus.capability[0], minor=gpus.capability[1], total_memory=80 * GIB
        ),
        "get_arch_list": lambda: list(gpus.archs),
        "mem_get_info": lambda device=None: (gpus.free, 80 * GIB),  # noqa: ARG005
        "is_bf16_supported": gpus.is_bf16_supported,
    }.items():
        patch.setattr(torch.cuda, name, value)
    patch.setattr(torch.version, "cuda", cuda)
    patch.setattr(torch.version, "hip", None)
    patch.setattr(gpu_faults, "run_kernel", gpus.run_kernel)
    patch.setattr(gpu_faults, "find_nvidia", lambda: nvidia)
    patch.setattr(doctor, "find_nvidia", lambda: nvidia)
    patch.setattr(torch.backends.mps, "is_available", lambda: False)
    patch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    return gpus


def _index(device: torch.device | int | None) -> int | None:
    return device.index if isinstance(device, torch.device) else device
