"""Which device a run gets, and what is said where the GPU cannot be it. No GPU is needed: torch.cuda's functions are replaced."""

import os
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import torch

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import SettingsError
from gan_tui.run import directory, events
from gan_tui.run.directory import RunDirectory
from gan_tui.run.log import read_all
from gan_tui.system.nvidia import Nvidia, Refused
from gan_tui.training import devices, doctor, gpu_company, rank_zero
from gan_tui.training.devices import choose_device, device_name
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.gpu_faults import older_torch
from gan_tui.training.main import train
from gan_tui.training.stop import StopRequest
from tests.conftest import events_of
from tests.training.fake_gpus import GIB, FakeGpus, install

NO_KERNEL = "CUDA error: no kernel image is available for execution on the device\nCUDA kernel errors might be ..."
BUSY = "CUDA error: CUDA-capable device(s) is/are busy or unavailable"
BUSY_OLD = "CUDA error: all CUDA-capable devices are busy or unavailable"
FULL = "CUDA error: out of memory\nCompile with TORCH_USE_CUDA_DSA"
MACHINE = Nvidia(cards=2, driver="580.65.06", nodes=2)


def settings_of(device: str = "auto", **train: object) -> RunConfig:
    return config.resolve(tables=[{"train": {"device": device, **train}}])


@pytest.mark.parametrize(("wanted", "index"), [("auto", 0), ("cuda", 0), ("cuda:0", 0), ("cuda:1", 1)])
def test_a_gpu_always_has_its_number(wanted: str, index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    gpus = install(monkeypatch, FakeGpus(count=2))
    chosen = choose_device(settings_of(wanted), Ranks())
    assert (chosen.device, chosen.device.index, chosen.faults) == (torch.device("cuda", index), index, ())
    assert (gpus.current, gpus.ran) == (index, [index])
    assert device_name(chosen) == f"NVIDIA Fake {index}"
    assert device_name(chosen, 2) == f"2 x NVIDIA Fake {index}"


def test_the_fake_is_as_strict_as_torch() -> None:
    with pytest.raises(ValueError, match="specified index"):
        FakeGpus().set_device(torch.device("cuda"))


@pytest.mark.parametrize(
    ("local_rank", "local_count", "seen", "index"), [(0, 2, 2, 0), (1, 2, 2, 1), (1, 2, 1, 0), (3, 4, 1, 0), (0, 1, 1, 0)]
)
@pytest.mark.parametrize("wanted", ["auto", "cuda"])
def test_each_rank_takes_its_own(
    wanted: str, local_rank: int, local_count: int, seen: int, index: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler may show each rank a single GPU."""
    install(monkeypatch, FakeGpus(count=seen))
    monkeypatch.setenv("LOCAL_RANK", str(local_rank))
    monkeypatch.setenv("LOCAL_WORLD_SIZE", str(local_count))
    assert choose_device(settings_of(wanted, threads=1), Ranks(local_rank, 4)).device == torch.device("cuda", index)


def test_what_ranks_cannot_have(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeGpus(count=2, errors={1: NO_KERNEL}))
    with pytest.raises(SettingsError, match="cannot all be 'cuda:1': use --device cuda"):
        choose_device(settings_of("cuda:1"), Ranks(0, 2))
    monkeypatch.setenv("LOCAL_RANK", "1")
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    with pytest.raises(SettingsError, match=r"GPU 1 .*kernels for 7\.5 to 12\.0.*--device cpu"):
        choose_device(settings_of("auto", threads=1), Ranks(1, 2))
    install(monkeypatch, FakeGpus(count=0))
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with pytest.raises(SettingsError, match="Apple GPU cannot share"):
        choose_device(settings_of("auto", threads=1), Ranks(1, 2))


def test_without_any_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeGpus(count=0))
    for wanted in ("auto", "cpu"):
        chosen = choose_device(settings_of(wanted), Ranks())
        assert (chosen.device, chosen.faults) == (torch.device("cpu"), ())
    assert device_name(chosen).startswith("cpu, ")
    with pytest.raises(SettingsError, match=r"'cuda' is not there: torch .* sees 0 CUDA devices; try --device cpu"):
        choose_device(settings_of("cuda"), Ranks())
    with pytest.raises(SettingsError, match=r"'mps' is not there: .* no Apple GPU"):
        choose_device(settings_of("mps"), Ranks())
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device(settings_of("auto"), Ranks()).device == torch.device("mps")
    assert choose_device(settings_of("mps"), Ranks()).device == torch.device("mps")


def test_a_number_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeGpus(count=1))
    with pytest.raises(SettingsError, match=r"'cuda:1' is not there: torch .* sees 1 CUDA device; try"):
        choose_device(settings_of("cuda:1"), Ranks())


def test_of_several_gpus_the_first_that_works(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeGpus(count=2, errors={0: BUSY}))
    for wanted in ("auto", "cuda"):
        device, faults, _ = choose_device(settings_of(wanted), Ranks())
        assert device == torch.device("cuda", 1)
        assert [fault.short for fault in faults] == ["GPU is busy"]


class FakeNvml:
    """What the driver tells of three GPUs, which it counts the other way round than torch does."""

    NVMLError = RuntimeError
    free, processes, use = (70, 75, 20), (0, 0, 2), (0, 30, 90)

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        return 3

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:  # noqa: N802
        return 2 - index

    def nvmlDeviceGetUUID(self, handle: int) -> str:  # noqa: N802
        return f"GPU-{handle}abc"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(free=self.free[handle] * GIB, total=80 * GIB)

    def nvmlDeviceGetComputeRunningProcesses(self, handle: int) -> list[int]:  # noqa: N802
        return list(range(self.processes[handle]))

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> SimpleNamespace:  # noqa: N802
        return SimpleNamespace(gpu=self.use[handle])


def test_of_several_gpus_the_freest_and_others_are_said(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml()
    install(monkeypatch, FakeGpus(count=3))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid=f"{index}ABC"))
    monkeypatch.setattr(gpu_company, "load_nvml", lambda: nvml)
    chosen = choose_device(settings_of("auto"), Ranks())
    assert chosen.device == torch.device("cuda", 1)
    assert len(chosen.notes) == 1
    assert " 3 GPUs" in chosen.notes[0]
    chosen = choose_device(settings_of("cuda:2"), Ranks())
    assert chosen.device == torch.device("cuda", 2)
    assert "2 other processes, 90 % in use" in chosen.notes[0]
    nvml.free, nvml.use = (70, 70, 20), (50, 0, 90)
    assert choose_device(settings_of("auto"), Ranks()).device == torch.device("cuda", 1), "as much memory, and less use"
    monkeypatch.setattr(nvml, "nvmlDeviceGetMemoryInfo", Mock(side_effect=RuntimeError("not supported")))
    chosen = choose_device(settings_of("auto"), Ranks())
    assert (chosen.device, chosen.notes) == (torch.device("cuda", 0), ())


def test_a_gpu_that_does_not_work_is_not_said_to_be_less_free(monkeypatch: pytest.MonkeyPatch) -> None:
    nvml = FakeNvml()
    gpus = install(monkeypatch, FakeGpus(count=3, errors={0: BUSY}))
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda index: SimpleNamespace(uuid=f"{index}ABC"))
    monkeypatch.setattr(gpu_company, "load_nvml", lambda: nvml)
    nvml.free, nvml.processes, nvml.use = (70, 60, 20), (0, 0, 0), (0, 0, 0)
    chosen = choose_device(settings_of("auto"), Ranks())
    assert (chosen.device, chosen.notes) == (torch.device("cuda", 1), ())
    nvml.free, gpus.errors = (50, 60, 70), {2: BUSY}
    chosen = choose_device(settings_of("auto"), Ranks())
    assert chosen.device == torch.device("cuda", 1)
    assert "the freest GPU that works; cuda:0 has" in chosen.notes[0]


@pytest.mark.parametrize(
    ("error", "capability", "words"),
    [
        (NO_KERNEL, (7, 0), ("GPU too old for torch", "compute capability 7.0", "kernels for 7.5 to 12.0", older_torch())),
        (NO_KERNEL, (3, 7), ("GPU too old for torch", "no torch that this program runs with", "--device cpu")),
        (NO_KERNEL, (13, 0), ("GPU too new for torch", "pip install --upgrade torch torchvision")),
        (BUSY, (9, 0), ("GPU is busy", "exclusive mode", "sudo nvidia-smi -i 0 -c DEFAULT")),
        (BUSY_OLD, (9, 0), ("GPU is busy", "in use by another process")),
        (FULL, (9, 0), ("GPU has no memory left", "nvidia-smi")),
        ("Error 802: system not yet initialized", (9, 0), ("GPU not ready", "systemctl start nvidia-fabricmanager")),
        ("Error 804: forward compatibility was attempted on non supported HW", (9, 0), ("driver was updated", "restart")),
        ("CUDA driver version is insufficient for CUDA runtime version", (9, 0), ("driver too old", "580")),
        ("CUDA error: invalid device ordinal", (9, 0), ("no such GPU", "MIG")),
        ("CUDA error: unspecified launch failure", (9, 0), ("GPU not usable", "unspecified launch failure", "nvidia-smi")),
    ],
)
def test_a_gpu_that_cannot_compute_is_said(
    error: str, capability: tuple[int, int], words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, FakeGpus(errors={0: error}, capability=capability), MACHINE)
    device, faults, _ = choose_device(settings_of("auto"), Ranks())
    assert device == torch.device("cpu")
    (fault,) = faults
    said = f"{fault.short}: {fault.text}"
    assert all(word in said for word in words), said
    assert "\n" not in said
    assert device_name(devices.Chosen(device, faults)).startswith(f"cpu ({fault.short}), ")
    for wanted in ("cuda", "cuda:0"):
        with pytest.raises(SettingsError) as raised:
            choose_device(settings_of(wanted), Ranks())
        assert str(raised.value) == f"{fault.text}; or train with --device cpu"
    assert f"does not work: {fault.text}" in dict(doctor.examine_devices())["device cuda:0"]


@pytest.mark.parametrize(
    ("nvidia", "cuda", "visible", "words"),
    [
        (MACHINE._replace(driver="550.54.15"), "13.2", None,
         ("driver too old", "550.54.15", "CUDA 13.2", "needs 580", "update the driver", older_torch())),
        (MACHINE._replace(driver="570.86.15"), "13.2", None, ("driver too old", '`pip install "torch==2.10.*" "torchvision==0.25.*"`')),
        (MACHINE._replace(driver="470.82.01"), "13.2", None, ("driver too old", "cu118 index")),
        (MACHINE._replace(driver="390.77"), "12.4", None, ("driver too old", "needs 525", "update the driver")),
        (MACHINE, None, None,
         ("torch without CUDA", "2 NVIDIA GPUs", "built for the CPU alone", "pip install --force-reinstall torch torchvision")),
        (MACHINE._replace(driver=None), "13.2", None, ("no NVIDIA driver", "install one")),
        (MACHINE, "13.2", "", ("GPUs are hidden", "CUDA_VISIBLE_DEVICES=''", "unset CUDA_VISIBLE_DEVICES")),
        (MACHINE, "13.2", "-1", ("GPUs are hidden", "hides all")),
        (MACHINE, "13.2", "7", ("GPUs are hidden", "'7' names none", "nvidia-smi -L")),
        (MACHINE._replace(refused=Refused(Path("/dev/nvidia0"), "video", by_group=True)), "13.2", None,
         ("no permission", "/dev/nvidia0", "sudo usermod -aG video $USER")),
        (MACHINE._replace(refused=Refused(Path("/dev/nvidia0"), "root", by_group=True)), "13.2", None, ("no permission", "ask who runs")),
        (MACHINE._replace(refused=Refused(Path("/dev/nvidia1"), "root", by_group=False)), "13.2", None,
         ("no GPU was given", "--gres=gpu:1")),
        (MACHINE._replace(nodes=0), "13.2", None, ("no GPU was given", "docker run --gpus all")),
        (MACHINE._replace(lacks_memory_node=True), "13.2", None, ("driver not ready", "sudo nvidia-modprobe -u")),
        (MACHINE._replace(mismatch=True), "13.2", None, ("driver was updated", "restart the machine")),
        (MACHINE._replace(mig_without_instances=True), "13.2", None, ("MIG has no instances", "nvidia-smi mig -cgi")),
        (MACHINE, "13.2", None, ("GPU not usable", "580.65.06", "sees none", "nvidia-smi")),
    ],
)  # fmt: skip
def test_a_machine_whose_gpus_torch_does_not_see(
    nvidia: Nvidia, cuda: str | None, visible: str | None, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    install(monkeypatch, FakeGpus(count=0), nvidia, cuda)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    device, (fault,), _ = choose_device(settings_of("auto"), Ranks())
    assert device == torch.device("cpu")
    said = f"{fault.short}: {fault.text}"
    assert all(word in said for word in words), said
    with pytest.raises(SettingsError) as raised:
        choose_device(settings_of("cuda"), Ranks())
    assert fault.text in str(raised.value)
    assert choose_device(settings_of("cpu"), Ranks()).faults == (), "who asked for the CPU is told nothing"
    told = dict(doctor.examine_devices())
    assert told["device cuda"] == f"not usable: {fault.text}"
    assert told["device auto"] == "takes cpu"
    assert told["NVIDIA driver"].startswith(nvidia.driver or "none loaded")


def test_doctor_tells_of_each_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    install(monkeypatch, FakeGpus(count=2, errors={1: BUSY}), MACHINE)
    told = dict(doctor.examine_devices())
    assert re.search(r"NVIDIA Fake 0, 60\.0 of 80\.0 GiB .*\b9\.0\b", told["device cuda:0"])
    assert told["device cuda:1"].startswith("NVIDIA Fake 1, 60.0 of 80.0 GiB free, compute capability 9.0; does not work: GPU 1 ")
    assert re.fullmatch(r"580\.65\.06, 2 GPUs; .*CUDA 13\.2.* 580 .*", told["NVIDIA driver"])
    assert told["device auto"] == "takes cuda:0"
    assert doctor.devices() == ["cuda:0", "cpu"], "those that `doctor --check` trains on"


@pytest.mark.parametrize("knows_the_question", [True, False])
@pytest.mark.parametrize("precision", ["bfloat16", "tf32"])
def test_rounded_products_are_refused_where_they_are_emulated(
    precision: str, knows_the_question: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    gpus = install(monkeypatch, FakeGpus(capability=(7, 5)))
    if not knows_the_question:
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    with pytest.raises(
        SettingsError, match=rf"NVIDIA Fake 0 \(compute capability 7\.5\) has no {precision}.*--set train\.precision=float32"
    ):
        choose_device(settings_of(precision=precision), Ranks())
    assert choose_device(settings_of(precision="float32"), Ranks()).device == torch.device("cuda", 0)
    gpus.capability = (8, 0)
    assert choose_device(settings_of(precision=precision), Ranks()).device == torch.device("cuda", 0)


@pytest.fixture
def run(tmp_path: Path) -> RunDirectory:
    tables = [{"model": {"hidden": 16}, "train": {"epochs": 1, "batch_size": 3000, "threads": 1}, "evaluation": {"budget": 0}}]
    return directory.create(tmp_path, config.resolve(tables=tables), "fallen")


def test_a_run_that_falls_back_on_the_cpu_says_why(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, FakeGpus(count=0), MACHINE._replace(driver="550.54.15"))
    assert train(run) == 0
    (started,) = events_of(run, events.Started)
    assert isinstance(started, events.Started)
    assert started.device == "cpu"
    assert started.device_name == "cpu (driver too old), 1 thread"
    notes = [event.text for event in events_of(run, events.Note) if isinstance(event, events.Note)]
    assert any("550.54.15" in text and text.endswith("cpu (driver too old), 1 thread") for text in notes), notes
    assert "550.54.15" in capsys.readouterr().err


def test_a_run_on_a_gpu_that_cannot_compute_ends_in_one_line(
    run: RunDirectory, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    install(monkeypatch, FakeGpus(errors={0: NO_KERNEL}, capability=(7, 0)), MACHINE)
    directory.write_settings(run, config.override(run.config(), {"train": {"device": "cuda"}}), {})
    assert train(run) == 2
    (error,) = events_of(run, events.Error)
    assert isinstance(error, events.Error)
    assert "compute capability 7.0" in error.text
    assert capsys.readouterr().err == f"gan-tui: {error.text}\n"


def test_torchs_warnings_do_not_reach_the_terminal(tmp_path: Path) -> None:
    """Of several lines each, in the middle of a screen: a driver that is too old is said in one."""
    tmp_path.joinpath("torch.py").write_text(  # in place of the real one, which takes seconds
        "import warnings\nfrom types import SimpleNamespace\nno_grad = object\n"
        "optim = SimpleNamespace(Optimizer=object, Adam=SimpleNamespace(step=len))\nwarnings.warn('CUDA initialization: old')\n"
    )
    program = "from gan_tui.training.main import import_torch; import_torch()"
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])}
    options: dict[str, Any] = {"capture_output": True, "text": True, "check": True, "env": environment}
    quiet = subprocess.run([sys.executable, "-c", program], **options)
    assert quiet.stderr == ""
    asked_for = subprocess.run([sys.executable, "-W", "default", "-c", program], **options)
    assert "CUDA initialization: old" in asked_for.stderr


@pytest.mark.parametrize(("cores", "warned"), [(0.5, True), (1.0, True), (1.5, False), (2.0, False)])
def test_more_processes_than_cores_are_warned_of(cores: float, warned: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(rank_zero, "usable_cores", lambda: cores)
    monkeypatch.setattr(rank_zero, "Ranks", SimpleNamespace(join=lambda *_: None))
    run = directory.create(tmp_path, settings_of("cpu", devices=2), "pair")
    workers = SimpleNamespace(begin=lambda: None, start=lambda _: None, watch=None)
    rank_zero._gather(run, run.config(), StopRequest(), workers)  # type: ignore[arg-type]
    notes = [event.text for event in read_all(run.events) if isinstance(event, events.Note)]
    assert notes == ["--devices 2: 2 processes take turns on 1 CPU core; 1 or fewer train faster"] * warned
