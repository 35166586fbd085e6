"""`gan-tui doctor`: what this machine offers and what gan-tui makes of it."""

import platform
import shutil
from collections.abc import Iterator

import torch
import torchvision

from gan_tui import __version__
from gan_tui.data import mnist
from gan_tui.run.directory import RunDirectory, default_runs_dir
from gan_tui.training.engines import AUTOMATIC, ENGINES


def examine() -> Iterator[tuple[str, str]]:
    """(what, finding), line by line. Raises UserError where MNIST cannot be unpacked."""
    yield "gan-tui", f"{__version__}, Python {platform.python_version()}, torch {torch.__version__}, torchvision {torchvision.__version__}"
    for device in devices():
        yield f"device {device}", describe(device)
    yield "device auto", f"takes {devices()[0]}"
    for name, engine in ENGINES.items():
        chosen = ", ".join(device for device, automatic in AUTOMATIC.items() if automatic == name)
        yield (
            f"engine {name}",
            f"{engine.about}; runs on {', '.join(engine.devices)}" + (f"; chosen by itself on {chosen}" if chosen else ""),
        )
    compiler = shutil.which("g++") or shutil.which("clang++")
    yield "C++ compiler", compiler or "none, so the engine `compiled` will not work on the CPU"
    yield "MNIST", f"unpacked and intact in {mnist.unpack()}"
    runs = default_runs_dir()
    parent = next(folder for folder in (runs, *runs.parents) if folder.exists())
    live = [RunDirectory(path).name for path in runs.glob("*/") if RunDirectory(path).alive] if runs.is_dir() else []
    yield "runs", f"{runs}, {shutil.disk_usage(parent).free / 1e9:.0f} GB free; training now: {', '.join(live) or 'none'}"


def devices() -> list[str]:
    """The devices that are there, the one that `auto` takes first."""
    found = [f"cuda:{index}" for index in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
    return [*found, *(["mps"] if torch.backends.mps.is_available() else []), "cpu"]


def describe(device: str) -> str:
    """What a person wants to know of it."""
    if device.startswith("cuda"):
        properties = torch.cuda.get_device_properties(device)
        return f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB, compute capability {properties.major}.{properties.minor}"
    return f"{torch.get_num_threads()} threads on {platform.machine()}" if device == "cpu" else "Apple GPU"
