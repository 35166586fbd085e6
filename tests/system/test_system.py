"""Readings of the machine: from fakes where they must be exact, from this very process where they must be real."""

import os
import subprocess
import sys
import time
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from gan_tui.run.lock import RunLock
from gan_tui.system import machine
from gan_tui.system import sampler as sampler_module
from gan_tui.system.gpus import NO_LIBRARY, NONE_KNOWN, GpuReader
from gan_tui.system.nvidia import Nvidia
from gan_tui.system.processes import NOT_HERE, Meter, TrainerFinder
from gan_tui.system.sampler import LOADING, NO_NVIDIA, NOBODY, Sampler
from tests.dashboard.helpers import make_run, started

Times = namedtuple("Times", "user system")


class FakeProcess:
    """What psutil says of a process."""

    def __init__(self, pid: int, memory: int) -> None:
        self.pid, self.memory, self.seconds, self.gone = pid, memory, 0.0, False

    def oneshot(self) -> "FakeProcess":
        return self

    def __enter__(self) -> None:
        if self.gone:
            raise psutil.NoSuchProcess(self.pid)

    def __exit__(self, *_: object) -> None:
        pass

    def cpu_times(self) -> Times:
        return Times(self.seconds, self.seconds)

    def memory_info(self) -> SimpleNamespace:
        return SimpleNamespace(rss=self.memory)


def test_cpu_is_what_was_spent_between_two_looks() -> None:
    clock = [10.0]
    meter = Meter(lambda: clock[0])
    first, second = FakeProcess(1, 100), FakeProcess(2, 50)
    found = meter.read([first, second])
    assert (found.pids, found.cpu, found.memory) == ((1, 2), None, 150), "a first look knows no use"
    clock[0] += 2.0
    first.seconds, second.seconds = 1.5, 0.5  # user and system each
    assert meter.read([first, second]).cpu == pytest.approx(2.0)
    second.gone = True
    clock[0] += 2.0
    assert meter.read([first, second]).pids == (1,)
    first.gone = True
    assert meter.read([first, second]) == ((), None, None, "the trainer is gone")


def test_a_process_that_joins_gives_no_false_use() -> None:
    meter = Meter(iter((0.0, 1.0)).__next__)
    old, new = FakeProcess(1, 1), FakeProcess(2, 1)
    new.seconds = 1000.0
    meter.read([old])
    assert meter.read([old, new]).cpu is None


@pytest.fixture
def holder(tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds a run's lock, as a trainer does."""
    program = (
        "import sys; from pathlib import Path; from gan_tui.run.lock import RunLock; "
        "lock = RunLock(Path(sys.argv[1])); print(1, flush=True); sys.stdin.read()"
    )
    process = subprocess.Popen([sys.executable, "-c", program, tmp_path / "lock"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    yield process
    process.communicate()


def test_the_trainer_is_who_has_the_lock_open(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    finder = TrainerFinder(tmp_path / "lock")
    found = finder.find([holder.pid], time.time())
    assert [process.pid for process in found if not isinstance(process, str)] == [holder.pid]
    assert finder.find([holder.pid], time.time()) is found, "found once, it is not searched for again"
    assert finder.find([os.getpid()], time.time()) == NOT_HERE, "a number that belongs to somebody else by now"
    assert finder.find([2**31 - 1], time.time()) == NOT_HERE
    assert finder.find([-5], time.time()) == NOT_HERE
    assert "does not say" in str(finder.find([], time.time()))
    assert TrainerFinder(tmp_path / "copied" / "lock").find([holder.pid], time.time()) == NOT_HERE


def test_other_ranks_must_have_been_there_at_the_start(holder: "subprocess.Popen[str]", tmp_path: Path) -> None:
    finder = TrainerFinder(tmp_path / "lock")
    born = psutil.Process(os.getpid()).create_time()
    assert len(finder.find([holder.pid, os.getpid(), 2**31 - 1], born + 1)) == 2
    assert len(TrainerFinder(tmp_path / "lock").find([holder.pid, os.getpid()], born - 60)) == 1, "younger than the log: another process"


class NVMLError(Exception):
    pass


class FakeNvml:
    """Two GPUs; the second is a slice that knows little."""

    NVMLError = NVMLError
    NVML_TEMPERATURE_GPU = 0
    NVML_TEMPERATURE_THRESHOLD_SLOWDOWN = 1

    def __init__(self, pids: list[list[int]]) -> None:
        self.pids = pids

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return len(self.pids)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return index

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[SimpleNamespace]:  # noqa: N802
        return [SimpleNamespace(pid=pid) for pid in self.pids[handle]]

    def nvmlDeviceGetName(self, handle: int) -> str:  # noqa: N802
        return f"NVIDIA H{handle}"

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:  # noqa: N802
        self.only_first(handle)
        return SimpleNamespace(gpu=87)

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(used=1 << 30, total=(handle + 1) << 34)

    def nvmlDeviceGetTemperature(self, handle: int, sensor: int) -> int:  # noqa: N802
        self.only_first(handle)
        return 54 + sensor

    def nvmlDeviceGetTemperatureThreshold(self, handle: int, threshold: int) -> int:  # noqa: N802
        self.only_first(handle)
        return 91 + threshold

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:  # noqa: N802
        self.only_first(handle)
        return 312_500

    def nvmlDeviceGetEnforcedPowerLimit(self, handle: int) -> int:  # noqa: N802
        self.only_first(handle)
        return 700_000

    def only_first(self, handle: int) -> None:
        if handle:
            raise NVMLError("Not Supported")


def test_the_gpus_that_the_trainer_uses() -> None:
    (gpu,) = GpuReader(lambda: FakeNvml([[7, 8], [9]])).read([8]).gpus
    assert gpu == (0, "NVIDIA H0", 0.87, 1 << 30, 1 << 34, 54, 92, 312.5, 700.0)
    (slice_of_one,) = GpuReader(lambda: FakeNvml([[7], [8]])).read([8]).gpus
    assert slice_of_one == (1, "NVIDIA H1", None, 1 << 30, 2 << 34, None, None, None, None), "nothing is made up"


def test_a_driver_that_counts_otherwise_is_said_to_do_so() -> None:
    unsure = GpuReader(lambda: FakeNvml([[1], [2]])).read([8])
    assert len(unsure.gpus) == 2
    assert "does not tell which" in unsure.words
    assert GpuReader(lambda: FakeNvml([[1]])).read([8]).words == "", "the only one there is must be it"
    assert GpuReader(lambda: FakeNvml([])).read([8]) == ((), "the driver knows of none")


def test_without_library_or_driver_there_is_a_word_and_no_number() -> None:
    assert GpuReader(lambda: NO_LIBRARY).read([8]) == ((), NO_LIBRARY)
    if not Path("/dev/nvidiactl").exists():
        real = GpuReader().read([8])
        assert real.gpus == ()
        assert real.words.startswith("their use is not known: ")


def test_size_of_a_folder_is_measured_rarely(tmp_path: Path) -> None:
    (tmp_path / "checkpoints").mkdir()
    (tmp_path / "checkpoints" / "step-1.pt").write_bytes(bytes(5000))
    (tmp_path / "events.jsonl").write_bytes(bytes(300))
    (tmp_path / "link").symlink_to("/")
    clock = [0.0]
    meter = machine.FolderMeter(tmp_path, lambda: clock[0])
    first = meter.read()
    assert (first.size, first.checkpoints) == (5300, 1)
    assert first.free is not None
    assert first.total is not None
    assert 0 <= first.free <= first.total
    (tmp_path / "more").write_bytes(bytes(1000))
    assert meter.read().size == 5300
    clock[0] += machine.SIZE_SECONDS
    assert meter.read().size == 6300
    assert machine.FolderMeter(tmp_path / "gone").read() == (None, None, 0, 0)


def test_a_run_of_elsewhere_never_gets_this_machines_numbers(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    sampler = Sampler(run)
    nobody = sampler.read(started(pids=[os.getpid()]), alive=False, loading=False)
    assert (nobody.trainer.words, nobody.trainer.cpu, nobody.gpus.gpus) == (NOBODY, None, ())
    copied = sampler.read(started(pids=[1]), alive=True, loading=False)
    assert copied.trainer.pids == ()
    assert copied.gpus.gpus == ()
    assert sampler.read(started(pids=[os.getpid()]), alive=True, loading=True).trainer.words == LOADING
    assert nobody.machine.memory_total > nobody.machine.memory_used > 0


def test_a_run_of_this_machine(tmp_path: Path) -> None:
    run = make_run(tmp_path)
    sampler = Sampler(run)
    with RunLock(run.lock):
        here = started(t=time.time(), pids=[os.getpid()], device="cpu", device_name="a processor")
        sampler.read(here, alive=True, loading=False)
        found = sampler.read(here, alive=True, loading=False)
    assert found.trainer.pids == (os.getpid(),)
    assert found.trainer.memory is not None
    assert found.trainer.memory > 10 << 20
    assert found.trainer.cpu is not None
    assert found.gpus.words == "no GPU used: trains on a processor"


def test_the_gpus_of_a_program_that_does_not_say_on_what_it_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are known by its processes alone: another program's GPU is not shown as its own."""
    run = make_run(tmp_path)
    said = started(t=time.time(), pids=[os.getpid()], device="", device_name="host")
    known: list[list[int]] = [[1], [os.getpid()]]
    monkeypatch.setattr(sampler_module, "GpuReader", lambda: GpuReader(lambda: FakeNvml(known)))
    monkeypatch.setattr(sampler_module, "find_nvidia", lambda: Nvidia(2, "570", 2))
    sampler = Sampler(run)
    with RunLock(run.lock):
        (gpu,) = sampler.read(said, alive=True, loading=False).gpus.gpus
        assert gpu.number == 1
        known[1] = [2]
        assert sampler.read(said, alive=True, loading=False).gpus == ((), NONE_KNOWN)
        monkeypatch.setattr(sampler_module, "find_nvidia", lambda: None)
        assert Sampler(run).read(said, alive=True, loading=False).gpus == ((), NO_NVIDIA)
