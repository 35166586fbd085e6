"""The room stands alone: it knows neither the trainer, nor the run directory, nor the screen."""

import subprocess
import sys

import pytest


@pytest.mark.slow
def test_the_evaluation_imports_nobody_else() -> None:
    program = "import sys, gan_tui.metrics.evaluation, gan_tui.metrics.feature_networks; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert not imported & {"gan_tui.training", "gan_tui.run", "gan_tui.data", "textual", "torchvision"}
