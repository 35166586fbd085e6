"""What files and NVML tell of NVIDIA's hardware, from a machine made of files."""

import os
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from gan_tui.system.nvidia import Nvidia, find_nvidia

CLOSED = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\nGCC version:  gcc version 11.4.0\n"
OPEN = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.65.06  Release Build  (dvs-builder@U22-I3)\n"
NO_LIBRARY = "their use is not known"


def no_library() -> str:
    return NO_LIBRARY


def write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Two GPUs with all that belongs to them, and a graphics card of Intel's."""
    write(tmp_path / "proc/driver/nvidia/version", CLOSED)
    accelerator, graphics, sound, intel = ("0x10de", "0x030200"), ("0x10de", "0x030000"), ("0x10de", "0x040300"), ("0x8086", "0x030000")
    for number, (vendor, kind) in enumerate([accelerator, graphics, sound, intel]):
        write(tmp_path / f"sys/bus/pci/devices/{number}/vendor", vendor + "\n")
        write(tmp_path / f"sys/bus/pci/devices/{number}/class", kind + "\n")
    for name in ("nvidia0", "nvidia1", "nvidiactl", "nvidia-uvm", "nvidia-uvm-tools"):
        write(tmp_path / "dev" / name)
    return tmp_path


class FakeNvml(SimpleNamespace):
    """NVML with GPUs in MIG mode."""

    class NVMLError(Exception):
        pass

    def __init__(self, mig: bool, instances: int = 0) -> None:
        super().__init__()
        self._mig, self._instances = mig, instances

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802 - NVML's name
        return 2

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlSystemGetDriverVersion(self) -> str:  # noqa: N802
        return "570.86.15"

    def nvmlDeviceGetMigMode(self, _handle: int) -> list[int]:  # noqa: N802
        if not self._mig:
            raise self.NVMLError("Not Supported")
        return [1, 1]

    def nvmlDeviceGetMaxMigDeviceCount(self, _handle: int) -> int:  # noqa: N802
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, _handle: int, index: int) -> Any:  # noqa: N802
        if index >= self._instances:
            raise self.NVMLError("Not Found")
        return object()


def test_a_whole_machine(machine: Path) -> None:
    assert find_nvidia(machine, no_library) == Nvidia(cards=2, driver="535.104.05", nodes=2)
    write(machine / "proc/driver/nvidia/version", OPEN)
    found = find_nvidia(machine, no_library)
    assert found is not None
    assert found.driver == "580.65.06"


def test_nothing_of_nvidias(tmp_path: Path) -> None:
    assert find_nvidia(tmp_path, no_library) is None
    write(tmp_path / "sys/bus/pci/devices/0/vendor", "0x8086")
    write(tmp_path / "sys/bus/pci/devices/0/class", "0x030000")
    assert find_nvidia(tmp_path, no_library) is None


def test_a_card_without_a_driver(machine: Path) -> None:
    (machine / "proc/driver/nvidia/version").unlink()
    for node in (machine / "dev").iterdir():
        node.unlink()
    assert find_nvidia(machine, no_library) == Nvidia(cards=2, driver=None, nodes=0)


def test_a_container_without_gpus(machine: Path) -> None:
    """The kernel's files are seen through, the nodes in /dev are not."""
    for node in (machine / "dev").iterdir():
        node.unlink()
    assert find_nvidia(machine, no_library) == Nvidia(cards=2, driver="535.104.05", nodes=0)


def test_no_node_for_memory(machine: Path) -> None:
    (machine / "dev/nvidia-uvm").unlink()
    found = find_nvidia(machine, no_library)
    assert found is not None
    assert found.lacks_memory_node


@pytest.mark.parametrize("by_group", [True, False])
def test_a_node_that_may_not_be_opened(by_group: bool, machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its permissions, or by a control group, which `access` knows nothing of."""
    opened, refused = os.open, machine / "dev/nvidia1"

    def strict(path: Any, flags: int) -> int:
        if path == refused:
            raise PermissionError(1, "Operation not permitted", str(path))
        return opened(path, flags)

    monkeypatch.setattr(os, "open", strict)
    monkeypatch.setattr(os, "access", lambda path, _mode: not (by_group and path == refused))
    found = find_nvidia(machine, no_library)
    assert found is not None
    assert found.refused == (refused, refused.group(), by_group)


def test_what_nvml_adds(machine: Path) -> None:
    (machine / "proc/driver/nvidia/version").unlink()
    found = find_nvidia(machine, lambda: FakeNvml(mig=False))
    assert found == Nvidia(cards=2, driver="570.86.15", nodes=2)
    for instances, empty in ((0, True), (3, False)):
        found = find_nvidia(machine, partial(FakeNvml, mig=True, instances=instances))
        assert found is not None
        assert found.mig_without_instances is empty
    found = find_nvidia(machine, lambda: "their use is not known: Driver/library version mismatch")
    assert found is not None
    assert found.mismatch
