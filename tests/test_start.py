"""What a start does not load: each of these packages takes longer than all the rest. Who may import whom at all: `.importlinter`."""

import subprocess
import sys
from pathlib import Path

import pytest

from gan_tui.dashboard.commands import VIEW_MEANINGS

TRAIN = """
from pathlib import Path
from gan_tui import config
from gan_tui.run import directory
from gan_tui.training.main import train
settings = [config.parse_assignment(text) for text in sys.argv[1:]]
assert train(directory.create(Path(), config.resolve(tables=settings), "a")) == 0
"""
HELP = """
from gan_tui.cli import main
sys.argv = ["gan-tui", "--help"]
try:
    main()
except SystemExit:
    pass
"""
STEP = """
from gan_tui.training.main import import_torch
import_torch()
import torch
from gan_tui import config
from gan_tui.data import registry
from gan_tui.data.dataset import Dataset
from gan_tui.training import build
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.session import Session
images = torch.randint(0, 256, (8, 1, 28, 28), dtype=torch.uint8)
registry.load = lambda *_, **__: Dataset("mnist", images, images, torch.arange(8), torch.arange(8), 10)
data = {"validation": 0, "clusters": 0}
small = {"train": {"batch_size": 4, "threads": 1}, "samples": {"count": 4}, "data": data, "model": {"channels": 2}}
for preset in config.shipped_presets():
    settings = config.resolve(preset, [small, {"model": {"conditional": preset != "outline"}}])
    Session(settings, torch.device("cpu"), build.load_data(settings, torch.device("cpu")), None, Ranks()).advance()
"""
SCREEN = """
import asyncio
from pathlib import Path
from gan_tui import config
from gan_tui.dashboard.app import Dashboard
from gan_tui.dashboard.commands import VIEW_MEANINGS
from gan_tui.run import directory
from gan_tui.run.launch import Mode
async def case():
    async with Dashboard(directory.create(Path(), config.resolve(), "a"), Mode.WATCH).run_test():
        for _ in range(600):
            if all("gan_tui.dashboard.views." + title in sys.modules for title in VIEW_MEANINGS):
                return
            await asyncio.sleep(0.1)
asyncio.run(case())
"""
VIEWS = {f"gan_tui.dashboard.views.{title}" for title in VIEW_MEANINGS}
SHORT = ("train.epochs=1", "train.batch_size=3000", "train.threads=1", "model.hidden=16", "evaluation.budget=0")


def loaded_by(program: str, *arguments: str, cwd: Path) -> set[str]:
    """The modules in memory after `program` in a new interpreter."""
    command = [sys.executable, "-c", f"import sys\n{program}\nprint('loaded:', *sys.modules)", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd)
    return set(done.stdout.rpartition("loaded:")[2].split())


@pytest.mark.parametrize(
    ("program", "never"),
    [
        (HELP, {"torch", "textual", "numpy", "rich", "plotext", "gan_tui.foreign.reader"}),
        ("import gan_tui.dashboard.open_run", {"textual"}),
        ("import gan_tui.dashboard.app", {"torch", "torchvision", "numpy", "plotext", "psutil", "pynvml", *VIEWS}),
        ("import gan_tui.training.main", {"torch", "textual"}),
        ("from gan_tui import RunConfig, open_run, track", {"torch", "textual", "numpy"}),
    ],
    ids=["help", "screen and trainer", "screen", "trainer", "library"],
)
def test_a_start_does_not_wait_for_what_comes_later(program: str, never: set[str], tmp_path: Path) -> None:
    assert not never & loaded_by(program, cwd=tmp_path)


def test_a_screen_has_all_views_in_memory_soon_after_its_first_frame(tmp_path: Path) -> None:
    assert loaded_by(SCREEN, cwd=tmp_path) >= VIEWS, "another version may be installed before a view is opened"


def test_a_run_on_mnist_loads_neither_torchvision_nor_a_compiler(tmp_path: Path) -> None:
    found = loaded_by(TRAIN, *SHORT, cwd=tmp_path)
    assert "torch" in found
    assert not found & {"torchvision", "torch._dynamo", "textual", "rich", "plotext"}


@pytest.mark.slow
def test_no_preset_loads_a_compiler_with_its_first_step(tmp_path: Path) -> None:
    found = loaded_by(STEP, cwd=tmp_path)
    assert "torch" in found
    assert not found & {"torch._dynamo", "torch._inductor", "sympy"}


def test_a_file_in_the_working_folder_is_not_taken_for_a_library(tmp_path: Path) -> None:
    for name in ("click", "signal", "rich", "msgspec"):
        (tmp_path / f"{name}.py").write_text("raise RuntimeError('of a person')\n")
    command = [sys.executable, "-m", "gan_tui", "presets"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "classic" in done.stdout
