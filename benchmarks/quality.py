"""How good the samples of a preset become, and how soon.

    python -m benchmarks.quality --presets "classic mlp-r3" --seeds 3 --at_once 2

Each is a preset, with settings after a colon, separated by commas. Each seed is a run of the ordinary trainer; the scores at its end
are those of `gan-tui evaluate`: of the best checkpoint, against the test set. The times to the target, and to a quarter of it, are counted
in seconds of training up to the first evaluation, of those that the trainer takes by itself, at or below it. Where no target is given it is
what the first one's runs read at their end, on average, in evaluations of that kind. With `--at_once N` so many runs share the machine,
each with its part of the threads: times are then those of a busy machine, and scores are what they are anyway.
"""

import json
import math
import os
import subprocess
import sys
import tempfile
from argparse import Namespace
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from benchmarks import common
from benchmarks.common import Series
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Evaluation, Finished, Metrics, from_scalar
from gan_tui.run.log import read_all
from gan_tui.spec.metrics import EVALUATION

SCORES = tuple(metric.name for metric in EVALUATION)


@dataclass(frozen=True, slots=True)
class Trained:
    """One of the presets with one seed."""

    scores: dict[str, float]
    trained: float
    """Seconds of training."""
    course: list[tuple[float, float]]
    """Seconds of training, and the live distance, of each evaluation that the trainer took."""

    def seconds_to(self, target: float) -> float | None:
        """Of training, up to the first live distance at or below it."""
        return next((seconds for seconds, distance in self.course if distance <= target), None)


def measure(plan: Namespace) -> list[Series]:
    specs = plan.presets.split()
    runs: dict[str, list[Trained]] = {spec: [] for spec in specs}
    with ThreadPoolExecutor(plan.at_once) as pool:
        jobs = [(spec, pool.submit(one_run, spec, seed, plan)) for spec in specs for seed in range(plan.seeds)]
        for spec, job in jobs:
            runs[spec].append(job.result())
    target = plan.target or fmean(run.course[-1][1] for run in runs[specs[0]])
    return [row for spec in specs for row in rows(spec, runs[spec], target, plan.scores.split() or list(SCORES))]


def rows(spec: str, runs: list[Trained], target: float, wanted: list[str]) -> Iterator[Series]:
    """What was read of each seed."""
    for name in wanted:
        readings = [run.scores[name] for run in runs if name in run.scores]
        if readings:
            yield Series(f"{spec}: {name}", "", readings)
    yield Series(f"{spec}: trained", "s", [run.trained for run in runs])
    for goal in (target, target / 4) if math.isfinite(target) else ():
        if reached := [seconds for run in runs if (seconds := run.seconds_to(goal)) is not None]:
            yield Series(f"{spec}: to a live FD of {goal:.3g}", "s", reached)


def one_run(spec: str, seed: int, plan: Namespace) -> Trained:
    """Train it, and have it measured."""
    preset, _, settings = spec.partition(":")
    threads = (os.cpu_count() or 1) // plan.at_once if plan.at_once > 1 else 0
    assignments = [*settings.split(","), f"train.threads={threads}", f"evaluation.budget={plan.budget}"]
    options = [word for setting in assignments if setting for word in ("--set", setting)]
    length = ["--epochs", str(plan.epochs)] if plan.epochs else []
    with tempfile.TemporaryDirectory() as folder:
        gan_tui(folder, threads, "train", "--headless", "--preset", preset, "--seed", str(seed), "--name", "run", *length, *options)
        found = json.loads(gan_tui(folder, threads, "evaluate", "run", "--json", "--samples", str(plan.samples)))["scalars"]
        logged = read_all(RunDirectory(Path(folder) / "run").events)
    course, elapsed = [], 0.0
    for event in logged:
        if isinstance(event, Metrics):
            elapsed = event.elapsed
        elif isinstance(event, Evaluation):
            course.append((elapsed, from_scalar(event.scalars["fd"])))
    trained = next(event.elapsed for event in logged if isinstance(event, Finished))
    scores = {name: float(found[name]) for name in SCORES if found.get(name) is not None}  # null: not finite
    print(f"  {spec}, seed {seed}: FD {scores['fd']:.3g} after {trained:.0f} s", file=sys.stderr, flush=True)
    return Trained(scores, trained, course)


def gan_tui(runs_dir: str, threads: int, *arguments: str) -> str:
    command = [sys.executable, "-m", "gan_tui", *arguments, "--runs-dir", runs_dir]
    environment = os.environ | ({"OMP_NUM_THREADS": str(threads)} if threads else {})
    done = subprocess.run(command, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stderr)
    return done.stdout


PLAN = {
    "presets": ("classic mlp-r3", "mlp-r3"),
    "epochs": (0, 2),
    "seeds": (3, 1),
    "at_once": (1, 1),
    "samples": (10_000, 1_000),
    "budget": (0.1, 0.1),
    "target": (0.0, 100.0),
    "scores": ("", ""),
}
"""Settings in full and in short; 0 epochs: as long as the preset says; no target: the first one's; inf: none; no scores: all."""

if __name__ == "__main__":
    common.main("quality", __doc__, measure, **PLAN)
