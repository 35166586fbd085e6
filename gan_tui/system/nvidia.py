"""What the machine itself says of its NVIDIA GPUs, whatever torch makes of them."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from gan_tui.system.gpus import load_nvml

NVIDIA = "0x10de"
"""The vendor's number on the PCI bus."""
DISPLAY = "0x03"
"""How the class of a PCI device begins that is a graphics card or an accelerator."""
CONTROL = "nvidiactl"
MEMORY = "nvidia-uvm"
"""Nodes in /dev that CUDA opens besides one for each GPU."""


class Refused(NamedTuple):
    """A device node that this process may not open."""

    node: Path
    group: str
    """Whose members may; "" where that is not known."""
    by_group: bool
    """Its permissions say so; else a control group does, as of Slurm or a container."""


class Nvidia(NamedTuple):
    """NVIDIA's hardware and driver, as far as files and NVML tell."""

    cards: int
    """How many GPUs are there, for anybody."""
    driver: str | None
    """The version of the kernel's driver; None where none is loaded."""
    nodes: int
    """GPUs that have a node in /dev; a container has only those that it was given."""
    refused: Refused | None = None
    lacks_memory_node: bool = False
    """The node for unified memory is missing, without which CUDA does not begin."""
    mismatch: bool = False
    """The driver's library is of another version than the kernel's part."""
    mig_without_instances: bool = False
    """All GPUs are in MIG mode, and they are not divided."""


def find_nvidia(root: Path = Path("/"), load: Callable[[], Any] = load_nvml) -> Nvidia | None:
    """What is there; None where neither a card nor a driver is. `root`: where `proc`, `sys` and `dev` lie."""
    driver = _driver(root)
    cards = max(_cards(root), len(list((root / "proc/driver/nvidia/gpus").glob("*"))))
    nodes = sorted(path for path in (root / "dev").glob("nvidia[0-9]*") if re.fullmatch(r"nvidia\d+", path.name))
    nvml = load()
    mismatch = isinstance(nvml, str) and "mismatch" in nvml.lower()
    without_instances = False
    if not isinstance(nvml, str):
        handles = _handles(nvml)
        cards = max(cards, len(handles))
        driver = driver or _ask(nvml, nvml.nvmlSystemGetDriverVersion)
        without_instances = bool(handles) and all(_has_mig_without_instances(nvml, handle) for handle in handles)
    cards = max(cards, len(nodes))
    if not cards and not driver:
        return None
    control = [root / "dev" / name for name in (CONTROL, MEMORY)]
    refused = next((found for node in (*nodes, *control) if (found := _refused(node))), None)
    return Nvidia(cards, driver, len(nodes), refused, bool(nodes) and not control[1].exists(), mismatch, without_instances)


def _driver(root: Path) -> str | None:
    try:
        text = (root / "proc/driver/nvidia/version").read_text()
    except OSError:
        return None
    found = re.search(r"\b\d{3,4}\.\d+(?:\.\d+)?\b", text)
    return found[0] if found else None


def _cards(root: Path) -> int:
    """On the PCI bus, which shows a card even where no driver has been loaded."""
    count = 0
    for device in (root / "sys/bus/pci/devices").glob("*"):
        try:
            vendor, kind = ((device / name).read_text().strip() for name in ("vendor", "class"))
        except OSError:
            continue
        count += vendor == NVIDIA and kind.startswith(DISPLAY)
    return count


def _refused(node: Path) -> Refused | None:
    """Asked by opening it: a control group refuses what the permissions allow."""
    try:
        os.close(os.open(node, os.O_RDWR))
    except PermissionError:
        pass
    except OSError:
        return None
    else:
        return None
    try:
        group = node.group()
    except (KeyError, OSError):
        group = ""
    return Refused(node, group, not os.access(node, os.R_OK | os.W_OK))


def _handles(nvml: Any) -> list[Any]:
    try:
        return [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
    except nvml.NVMLError:
        return []


def _has_mig_without_instances(nvml: Any, handle: Any) -> bool:
    mode = _ask(nvml, nvml.nvmlDeviceGetMigMode, handle)
    if not mode or not mode[0]:
        return False
    most = _ask(nvml, nvml.nvmlDeviceGetMaxMigDeviceCount, handle) or 0
    return not any(_ask(nvml, nvml.nvmlDeviceGetMigDeviceHandleByIndex, handle, index) for index in range(most))


def _ask(nvml: Any, question: Callable[..., Any], *arguments: Any) -> Any:
    """The answer; None where this card or driver has none."""
    try:
        return question(*arguments)
    except nvml.NVMLError:
        return None
