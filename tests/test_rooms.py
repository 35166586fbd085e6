"""Arrows run one way (see docs/architecture.md): each room is imported in a fresh interpreter."""

import subprocess
import sys

import pytest


def imported_by(module: str) -> set[str]:
    """The top-level packages in memory after `import module` in a new interpreter."""
    program = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("gan_tui.cli", {"torch", "torchvision", "textual", "numpy", "rich", "plotext", "aiohttp"}),
        ("gan_tui.config", {"torch", "torchvision", "textual", "numpy"}),
        ("gan_tui.run.state", {"torch", "torchvision", "textual", "numpy"}),
        ("gan_tui.run.directory", {"torch", "torchvision", "textual", "numpy"}),
        ("gan_tui.dashboard", {"torch", "torchvision", "numpy"}),
        ("gan_tui.dashboard.app", {"torch", "torchvision", "numpy", "plotext", "psutil", "pynvml"}),
        ("gan_tui.system.sampler", {"torch", "torchvision", "numpy", "textual", "pynvml"}),
        ("gan_tui.web.server", {"torch", "torchvision", "numpy"}),
        ("gan_tui.render", {"torch", "torchvision", "numpy", "textual"}),
        ("gan_tui.training", {"textual"}),
        ("gan_tui.training.loop", {"textual"}),
        ("gan_tui.training.main", {"textual", "torch"}),
        ("gan_tui.metrics.evaluation", {"textual", "torchvision"}),
        ("gan_tui.losses", {"textual", "torchvision"}),
    ],
)
def test_what_a_room_never_imports(module: str, never: set[str]) -> None:
    assert not never & imported_by(module)
