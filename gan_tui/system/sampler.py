"""All readings of a run at one moment."""

from functools import cached_property

from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Started
from gan_tui.system.gpus import GpuReader
from gan_tui.system.machine import FolderMeter, read_machine
from gan_tui.system.nvidia import find_nvidia
from gan_tui.system.processes import Meter, TrainerFinder, own
from gan_tui.system.readings import Gpus, Processes, Readings

NOBODY = "nobody is training this run now"
LOADING = "the trainer is still loading"
UNNUMBERED = "known once its first number is read"
"""The same of another program, which may have been at work for long."""
NO_NVIDIA = "this machine has no NVIDIA GPU"
ELSEWHERE = "known while the trainer works here"


class Sampler:
    """Reads the machine for one run. `read` takes milliseconds, on a slow disk seconds: it is made for a thread."""

    def __init__(self, run: RunDirectory) -> None:
        self._finder = TrainerFinder(run.lock)
        self._trainer_meter, self._own_meter = Meter(), Meter()
        self._folder = FolderMeter(run.path)
        self._gpus = GpuReader()
        self._own = own()
        self._ours = run.task.ours

    def read(self, started: Started | None, alive: bool, loading: bool) -> Readings:
        """What is so now. `loading`: the trainer at work has not written `started` yet, so that what stands there is an earlier one's."""
        trainer = self._read_trainer(started, alive, loading)
        return Readings(self._read_gpus(started, trainer), trainer, self._own_meter.read([self._own]), read_machine(), self._folder.read())

    def _read_trainer(self, started: Started | None, alive: bool, loading: bool) -> Processes:
        if not alive:
            return _unknown(NOBODY)
        if loading or started is None:
            return _unknown(LOADING if self._ours else UNNUMBERED)
        found = self._finder.find(started.pids, started.t)
        return _unknown(found) if isinstance(found, str) else self._trainer_meter.read(found)

    def _read_gpus(self, started: Started | None, trainer: Processes) -> Gpus:
        """This machine's GPUs are the run's only where its trainer is at work here."""
        if not trainer.pids or started is None:
            return Gpus((), ELSEWHERE)
        if started.device.startswith("cuda"):
            return self._gpus.read(trainer.pids)
        if started.device:
            return Gpus((), f"no GPU used: trains on {started.device_name or started.device}")
        return self._gpus.read(trainer.pids, for_sure=True) if self._has_nvidia else Gpus((), NO_NVIDIA)

    @cached_property
    def _has_nvidia(self) -> bool:
        """Asked where another program trains, which does not say on what."""
        return find_nvidia() is not None


def _unknown(words: str) -> Processes:
    return Processes((), None, None, words)
