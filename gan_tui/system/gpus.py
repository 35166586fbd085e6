"""NVIDIA GPUs through NVML, where its Python library (the extra `gpu`) and the driver are there."""

from collections.abc import Callable, Collection
from typing import Any, TypeVar

from gan_tui.system.readings import Gpu, Gpus

NO_LIBRARY = "their use is not known: pip install 'gan-tui[gpu]' reads it"
NONE_KNOWN = "no GPU used by this program, as far as the driver tells"
T = TypeVar("T")


def load_nvml() -> Any:
    """The library, ready; or why it is not. It is imported only for a run that uses a GPU."""
    try:
        import pynvml
    except ImportError:
        return NO_LIBRARY
    try:
        pynvml.nvmlInit()
    except pynvml.NVMLError as error:
        return f"their use is not known: {error}"
    return pynvml


class GpuReader:
    """Reads the GPUs that a run's processes use."""

    def __init__(self, load: Callable[[], Any] = load_nvml) -> None:
        self._load = load
        self._nvml: Any = None

    def read(self, pids: Collection[int], *, for_sure: bool = False) -> Gpus:
        """The GPUs on which any of `pids` computes. for_sure: none where that is not known.

        The driver counts processes as the machine does, a container as it likes: where none of the numbers is known to the driver, all
        GPUs are shown, and it is said that it is not known which of them are the run's.
        """
        if self._nvml is None:
            self._nvml = self._load()
        if isinstance(self._nvml, str):
            return Gpus((), self._nvml)
        nvml = self._nvml
        try:
            handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
        except nvml.NVMLError as error:
            return Gpus((), f"their use is not known: {error}")
        running = [self._pids_on(handle) for handle in handles]
        used = [index for index, known in enumerate(running) if known & set(pids)]
        if for_sure and not used:
            return Gpus((), NONE_KNOWN)
        unsure = not used and len(handles) > 1
        chosen = used or range(len(handles))
        words = "the driver does not tell which of these GPUs the run uses" if unsure else ""
        return Gpus(tuple(self._gpu(index, handles[index]) for index in chosen), words if handles else "the driver knows of none")

    def _pids_on(self, handle: Any) -> set[int]:
        processes = self._ask(self._nvml.nvmlDeviceGetComputeRunningProcesses, handle)
        return {process.pid for process in processes or ()}

    def _gpu(self, index: int, handle: Any) -> Gpu:
        nvml, ask = self._nvml, self._ask
        use = ask(nvml.nvmlDeviceGetUtilizationRates, handle)
        memory = ask(nvml.nvmlDeviceGetMemoryInfo, handle)
        power = ask(nvml.nvmlDeviceGetPowerUsage, handle)
        power_limit = ask(nvml.nvmlDeviceGetEnforcedPowerLimit, handle)
        limit = ask(nvml.nvmlDeviceGetTemperatureThreshold, handle, nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN)
        return Gpu(
            index,
            ask(nvml.nvmlDeviceGetName, handle) or "GPU",
            None if use is None else use.gpu / 100,
            None if memory is None else memory.used,
            None if memory is None else memory.total,
            ask(nvml.nvmlDeviceGetTemperature, handle, nvml.NVML_TEMPERATURE_GPU),
            limit or None,
            None if power is None else power / 1000,
            power_limit / 1000 if power_limit else None,
        )

    def _ask(self, question: Callable[..., T], *arguments: Any) -> T | None:
        """The answer, or None: many GPUs, and all slices of one, do not have all of them."""
        try:
            return question(*arguments)
        except self._nvml.NVMLError:
            return None
