"""Who else uses the GPUs, and which of them is the freest: asked of the driver, through NVML where its library is there."""

from collections.abc import Iterable
from typing import Any, NamedTuple

import torch

from gan_tui.system.gpus import load_nvml
from gan_tui.training.out_of_memory import gigabytes

STEPS = 20
"""Free memory is compared in so many parts of the whole: a few megabytes decide nothing."""


class Company(NamedTuple):
    """What others have left of a GPU."""

    free: int
    """Bytes."""
    total: int
    use: float
    """Share of the time in which it computed, 0 to 1."""
    processes: int

    @property
    def words(self) -> str:
        """For a person."""
        if not self.processes:
            return f"{gigabytes(self.free)} of {gigabytes(self.total)} free"
        others = f"{self.processes} other process{'es' * (self.processes != 1)}"
        return f"{gigabytes(self.free)} of {gigabytes(self.total)} free, {others}, {100 * self.use:.0f} % in use"


def find_company(indices: Iterable[int]) -> dict[int, Company]:
    """By torch's number of a GPU, those of which the driver tells; none where NVML is not there. Runs nothing on them."""
    nvml = load_nvml()
    if isinstance(nvml, str):
        return {}
    try:
        handles = {_uuid(nvml.nvmlDeviceGetUUID(handle)): handle for handle in _handles(nvml)}
        pairs = [(index, handles.get(_uuid(str(getattr(torch.cuda.get_device_properties(index), "uuid", ""))))) for index in indices]
        return {index: _company(nvml, handle) for index, handle in pairs if handle is not None}
    except (nvml.NVMLError, RuntimeError, AssertionError):  # slices of a GPU answer few questions
        return {}


def freest_first(indices: list[int], company: dict[int, Company]) -> list[int]:
    """The order in which they are tried: most free memory, least use, lowest number; as they are where one is not known."""
    if not all(index in company for index in indices):
        return indices
    return sorted(indices, key=lambda i: (-round(STEPS * company[i].free / company[i].total), round(STEPS * company[i].use), i))


def notes(chosen: int, company: dict[int, Company], order: list[int]) -> list[str]:
    """What a person should know before a run begins on GPU `chosen`; nothing where it is alone there. `order`: that of `freest_first`."""
    mine = company.get(chosen)
    said = [f"others use cuda:{chosen} too: {mine.words}"] if mine and mine.processes else []
    passed = [index for index in order[order.index(chosen) :] if index < chosen]  # those before it do not work
    if passed:
        which = f"the freest of {len(order)} GPUs" if order[0] == chosen else "the freest GPU that works"
        said.append(f"cuda:{chosen} is {which}; cuda:{passed[0]} has {company[passed[0]].words}")
    return said


def _handles(nvml: Any) -> list[Any]:
    return [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]


def _uuid(text: str) -> str:
    return text.removeprefix("GPU-").lower()


def _company(nvml: Any, handle: Any) -> Company:
    memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    processes = nvml.nvmlDeviceGetComputeRunningProcesses(handle)
    return Company(memory.free, memory.total, nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100, len(processes))
