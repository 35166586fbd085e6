"""Seconds of whole sweeps: many trials in one process, their steps taken as one, against two trials by themselves.

From the command to its recommendation: processes begin, networks train, every trial is evaluated and saved. Preset `classic`,
rates 1e-4 to 1e-2.
"""

import subprocess
import sys
import tempfile
import time
from argparse import Namespace
from functools import partial

import torch

from benchmarks import common
from benchmarks.common import Series

ALONE = 2


def measure(plan: Namespace) -> list[Series]:
    together, alone = f"{plan.trials} trials together", f"{ALONE} trials, one after the other"
    contenders = {together: partial(seconds, plan.trials, plan.epochs, "always"), alone: partial(seconds, ALONE, plan.epochs, "never")}
    readings = common.alternate(contenders, plan)
    per_trial = [ALONE * whole / plan.trials / two for whole, two in zip(readings[together], readings[alone], strict=True)]
    return [
        *(Series(name, "s", values) for name, values in readings.items()),
        common.ratio(f"{together} / {alone}", readings[together], readings[alone]),
        Series("a trial together / a trial alone", "x", per_trial),
    ]


def seconds(trials: int, epochs: int, together: str) -> float:
    """Of one sweep over so many rates. Raises SystemExit where it fails."""
    with tempfile.TemporaryDirectory(prefix="gan-tui-sweep-") as folder:
        words = ["sweep", "--lr", "1e-4..1e-2", "--points", str(trials), "--epochs", str(epochs), "--together", together]
        words += ["--runs-dir", folder, "--json", *(["--parallel", "1"] if together == "never" else [])]
        began = time.monotonic()
        done = subprocess.run([sys.executable, "-m", "gan_tui", *words], capture_output=True, text=True)
        taken = time.monotonic() - began
    if done.returncode:
        raise SystemExit(f"gan-tui {' '.join(words)} failed: {done.stderr.strip()}")
    return taken


if __name__ == "__main__":
    trials = (20, 16) if torch.cuda.is_available() else (6, 3)
    common.main("sweeps", __doc__, measure, rounds=(2, 1), trials=trials, epochs=(2, 1))
