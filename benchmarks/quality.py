"""How good the samples of a preset become, and how soon.

    python -m benchmarks.quality --games "mlp-r3 mlp-r3:train.precision=bfloat16" --epochs 20 --seeds 3 --target 10

A game is a preset, with settings after a colon, separated by commas. Each seed is a run of the ordinary trainer, one after the other; the
scores at its end are those of `gan-tui evaluate` (10,000 samples of the best checkpoint against the test set). The time to
the target is counted in seconds of training up to the first evaluation, of those that the trainer takes by itself, at or below it.
"""

import json
import subprocess
import sys
import tempfile
from argparse import Namespace
from pathlib import Path

from benchmarks import common
from benchmarks.common import Series
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Evaluation, Finished, Metrics, from_scalar
from gan_tui.run.log import read_all

SCORES = ("fd", "fd_floor", "kid", "density", "coverage", "classes", "legible", "spread", "copies", "d_gap")


def measure(plan: Namespace) -> list[Series]:
    rows: list[Series] = []
    for game in plan.games.split():
        readings: dict[str, list[float]] = {}
        for seed in range(plan.seeds):
            for name, value in one_run(game, seed, plan).items():
                readings.setdefault(name, []).append(value)
            print(f"  {game}, seed {seed}: FD {readings['FD'][-1]:.3g} after {readings['trained'][-1]:.0f} s", file=sys.stderr)
        units = {"trained": "s", f"to FD {plan.target:g}": "s"}
        rows += [Series(f"{game}: {name}", units.get(name, ""), values) for name, values in readings.items()]
    return rows


def one_run(game: str, seed: int, plan: Namespace) -> dict[str, float]:
    """Seconds and scores by name; the time to the target is missing where it was not reached."""
    preset, _, settings = game.partition(":")
    options = [word for setting in settings.split(",") if setting for word in ("--set", setting)]
    length = ["--epochs", str(plan.epochs)] if plan.epochs else []
    with tempfile.TemporaryDirectory() as folder:
        gan_tui(folder, "train", "--headless", "--preset", preset, "--seed", str(seed), "--name", "run", *length, *options)
        found = json.loads(gan_tui(folder, "evaluate", "run", "--json"))["scalars"]
        logged = read_all(RunDirectory(Path(folder) / "run").events)
    scores = {{"fd": "FD", "fd_floor": "FD floor"}.get(name, name): float(found[name]) for name in SCORES if name in found}
    reached, elapsed = None, 0.0
    for event in logged:
        if isinstance(event, Metrics):
            elapsed = event.elapsed
        elif isinstance(event, Evaluation) and reached is None and from_scalar(event.scalars["fd"]) <= plan.target:
            reached = elapsed
    trained = next(event.elapsed for event in logged if isinstance(event, Finished))
    return scores | {"trained": trained} | ({f"to FD {plan.target:g}": reached} if reached is not None else {})


def gan_tui(runs_dir: str, *arguments: str) -> str:
    command = [sys.executable, "-m", "gan_tui", *arguments, "--runs-dir", runs_dir]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


if __name__ == "__main__":
    common.main(
        "quality", __doc__, measure, games=("classic mlp-r3", "mlp-r3"), epochs=(0, 2), seeds=(1, 1), target=(10.0, 100.0)
    )  # fmt: skip
