"""`gan-tui doctor`: what this machine offers and what gan-tui makes of it."""

import importlib.metadata
import os
import platform
import shutil
from collections.abc import Iterator
from pathlib import Path

import torch

from gan_tui import __version__
from gan_tui.counted import counted
from gan_tui.data import mnist
from gan_tui.errors import UserError, reason_of
from gan_tui.render import glyphs
from gan_tui.run import lock
from gan_tui.run.directory import RUNS_VARIABLE, all_runs, default_runs_dir
from gan_tui.sweep.report import trained
from gan_tui.system.nvidia import Nvidia, find_nvidia
from gan_tui.training import products
from gan_tui.training.cpu_threads import default_threads
from gan_tui.training.devices import find_device
from gan_tui.training.engines import AUTOMATIC, ENGINES
from gan_tui.training.engines.own_kernels import obstacle
from gan_tui.training.gpu_faults import is_too_old, least_driver, try_gpu, why_none_is_seen
from gan_tui.training.out_of_memory import memory_of
from gan_tui.training.precision import multiplies_bfloat16


def examine() -> Iterator[tuple[str, str]]:
    """(what, finding), line by line. What is wrong is a finding too: the lines behind it may say more."""
    torchvision = importlib.metadata.version("torchvision")
    yield "gan-tui", f"{__version__}, Python {platform.python_version()}, torch {torch.__version__}, torchvision {torchvision}"
    yield from examine_devices()
    for name, engine in ENGINES.items():
        chosen = ", ".join(device for device, automatic in AUTOMATIC.items() if automatic == name)
        yield (
            f"engine {name}",
            f"{engine.about}; runs on {', '.join(engine.devices)}" + (f"; chosen by itself on {chosen}" if chosen else ""),
        )
    compiler = shutil.which("g++") or shutil.which("clang++")
    yield "C++ compiler", compiler or "none, so the engine `compiled` will not work on the CPU"
    try:
        yield "MNIST", f"unpacked and intact in {mnist.unpack()}"
    except UserError as error:
        yield "MNIST", str(error)
    yield "characters", _characters()
    try:
        yield from _examine_runs(default_runs_dir())
    except UserError as error:
        yield "runs", str(error)
    except OSError as error:
        yield "runs", f"{reason_of(error)}, {error.filename}: choose a folder of your own, as with {RUNS_VARIABLE}=FOLDER"


def _examine_runs(runs: Path) -> Iterator[tuple[str, str]]:
    parent = next(folder for folder in (runs, *runs.parents) if folder.exists())
    yield "locks", lock.describe(parent)
    live = [run.name for run in all_runs(runs) if run.alive] + [f"sweep {folder.name}" for folder in trained(runs)]
    made = "" if os.access(parent, os.W_OK) else f"no run can be made there: choose another folder, as with {RUNS_VARIABLE}=FOLDER; "
    yield "runs", f"{runs}, {made}{shutil.disk_usage(parent).free / 1e9:.0f} GB free; training now: {', '.join(live) or 'none'}"


def _characters() -> str:
    """What screens are drawn with, and how that is changed: whether a font has them, only a person can see."""
    if glyphs.wants_ascii():
        return "plain ASCII, as you chose; `gan-tui runs --unicode` goes back to what the locale has"
    shown = glyphs.for_terminal()
    if not shown.unicode:
        return "plain ASCII, as the locale says"
    return f"Unicode: {shown.spark} {shown.full}{shown.half} ⣿⡇ {shown.dot}; where your font has boxes or gaps, `gan-tui runs --ascii` once"


def examine_devices() -> Iterator[tuple[str, str]]:
    """A line for the driver, and one for each device, with what keeps it from computing."""
    nvidia = find_nvidia()
    yield "NVIDIA driver", _describe_driver(nvidia) if nvidia else "none, and this machine shows no NVIDIA GPU"
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    for index in range(count):
        yield f"device cuda:{index}", describe_gpu(index)
    if count:
        lacking = "; ".join(dict.fromkeys(filter(None, (obstacle(torch.device("cuda", index)) for index in range(count)))))
        yield "GPU kernels", f"torch's alone: {lacking}" if lacking else "our own for MLPs, which Triton builds at their first use"
    if not count and (fault := why_none_is_seen(nvidia)):
        yield "device cuda", f"not usable: {fault.text}"
    if torch.backends.mps.is_available():
        yield "device mps", "Apple GPU"
    threads = default_threads()
    rounds = ", multiplies in bfloat16" if multiplies_bfloat16(torch.device("cpu")) else ""
    yield "device cpu", f"{counted(threads, 'thread')} on {platform.machine()}{rounds}"
    found = products.trial()
    yield "CPU products", f"by {'oneDNN' if found.pays else products.TORCH}: {products.describe(found)}"
    yield "device auto", f"takes {find_device().device}"


def devices() -> list[str]:
    """Those that can be used, GPUs first."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    gpus = [f"cuda:{index}" for index in range(count) if try_gpu(index) is None]
    return [*gpus, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def _describe_driver(nvidia: Nvidia) -> str:
    built = f"torch is built with CUDA {torch.version.cuda}" if torch.version.cuda else "torch is built without CUDA"
    needs = f", which needs {least_driver()} or newer" if least_driver() else ""
    old = ": too old" if is_too_old(nvidia.driver) else ""
    return f"{nvidia.driver or 'none loaded'}{old}, {counted(nvidia.cards, 'GPU')}; {built}{needs}"


def describe_gpu(index: int) -> str:
    """What a person wants to know of a GPU that torch sees, and whether a small kernel ran on it."""
    fault = try_gpu(index)
    try:
        properties = torch.cuda.get_device_properties(index)
    except (RuntimeError, AssertionError, torch.cuda.DeferredCudaCallError):  # one that is broken or gone tells nothing of itself
        return f"does not work: {fault.text}" if fault else "tells nothing of itself"
    memory = memory_of(torch.device("cuda", index))
    free = f"{memory.free / 2**30:.1f} of {memory.total / 2**30:.1f} GiB free" if memory else f"{properties.total_memory / 2**30:.1f} GiB"
    ran = f"does not work: {fault.text}" if fault else "a small kernel ran on it"
    return f"{properties.name}, {free}, compute capability {properties.major}.{properties.minor}; {ran}"
