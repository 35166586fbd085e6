"""Seconds of training until samples of MNIST are as good as `classic`'s at its end (FD 4.05), and better (1.0, 0.35).

    python -m benchmarks.speedrun                             three seeds of conv-small, five minutes each
    python -m benchmarks.speedrun --seeds 1 --budget 70s      in less than six minutes with everything around it

The FD is that of 10,000 samples of the averaged G to the test set, in the features of `mnist-cnn-v1` (real images: 0.10), as
`gan-tui evaluate` takes it. It is taken off the clock, more and more seldom: at a tenth more of the time, so seconds are at most a tenth
too many. The line that is printed before the table is one for docs/speedrun.md.
"""

import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median

import torch
from torch import Tensor

from benchmarks import common
from benchmarks.common import Series
from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.metrics.distances import frechet_distance, moments
from gan_tui.metrics.feature_networks import as_images, network_for
from gan_tui.training import build, scoring
from gan_tui.training.devices import choose_device, device_name, synchronize
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.randomness import Randomness
from gan_tui.training.session import Session

TARGETS = (4.05, 1.0, 0.35)
FIRST = 2.0
"""Seconds of training before the first FD."""
MORE = 1.1
"""Times as many before each further one."""


@dataclass
class Trained:
    """One seed's run."""

    seconds: float = 0.0
    """Of training."""
    processor: float = 0.0
    """Seconds of all its CPU threads in that time: on a machine that others use as well, the surer measure."""
    steps: int = 0
    distances: list[tuple[float, float]] = field(default_factory=list)
    """(seconds of training, FD), in their order."""

    def seconds_to(self, target: float) -> float | None:
        """Up to the first FD at or below it; None where there is none."""
        return next((seconds for seconds, distance in self.distances if distance <= target), None)


def measure(plan: Namespace) -> list[Series]:
    tables = [{"train": {"budget": plan.budget, "threads": plan.threads}}, *map(config.parse_assignment, plan.settings.split())]
    runs, where = [], ""
    for seed in range(plan.seeds):
        settings = config.resolve(plan.preset, [*tables, {"train": {"seed": seed}}])
        chosen = choose_device(settings, Ranks())
        where = device_name(chosen)
        runs.append(train(settings, chosen.device, plan.samples))
        print(f"  seed {seed}: {in_words(runs[-1])}", file=sys.stderr, flush=True)
    print(line(runs, f"{common.machine()['cpu']}, {where}", plan))
    return list(rows(plan.preset, runs))


def train(settings: RunConfig, device: torch.device, samples: int) -> Trained:
    """Train to the end of the budget; what the clock counts is steps and nothing else."""
    data = build.load_data(settings, device)
    judge = network_for(settings.data.dataset, data.shape)
    judge.to(device)

    def features(images: Tensor) -> Tensor:
        found: Tensor = judge(as_images(images, data.shape)).features
        return found

    test = moments(features(data.test))
    session, found, due = Session(settings, device, data, None, Ranks()), Trained(), FIRST
    session.trained = lambda: found.seconds
    chance = Randomness(settings.train.seed, device).at("speedrun")
    z = torch.randn(samples, settings.model.latent_dim, generator=chance, device=device)
    y = scoring.draw_labels(data.labels, samples, chance)
    while not session.complete:
        began, before = time.perf_counter(), time.process_time()
        session.advance()
        synchronize(device)
        found.seconds += time.perf_counter() - began
        found.processor += time.process_time() - before
        if found.seconds >= due or session.complete:
            due = max(due * MORE, found.seconds)
            session.engine.sync()
            distance = frechet_distance(test, moments(features(scoring.generate(session.sampler, z, y))))
            found.distances.append((found.seconds, distance))
    found.steps = session.progress.step
    session.engine.close()
    return found


def in_words(run: Trained) -> str:
    """`FD 4.05 after 7.3 s, 1 after 21 s; 0.31 at the end: 3,000 steps in 60.0 s, 20.0 ms each, 98 s of CPU time`."""
    reached = [f"{target:g} after {seconds:.1f} s" for target in TARGETS if (seconds := run.seconds_to(target)) is not None]
    each = 1e3 * run.seconds / max(1, run.steps)
    end = f"{run.distances[-1][1]:.3f} at the end: {run.steps:,} steps in {run.seconds:.1f} s, {each:.1f} ms each"
    return f"FD {', '.join(reached) or 'above all targets'}; {end}, {run.processor:.0f} s of CPU time"


def line(runs: list[Trained], machine: str, plan: Namespace) -> str:
    """A row of the table in docs/speedrun.md."""
    reached = [[seconds for run in runs if (seconds := run.seconds_to(target)) is not None] for target in TARGETS]
    cells = [f"{median(found):.1f}" if len(found) == len(runs) else "" for found in reached]
    end = f"{median(run.distances[-1][1] for run in runs):.3f}"
    command = f"`{plan.preset}" + "".join(f" --set {setting}" for setting in plan.settings.split()) + f"`, {plan.budget}"
    seeds = f"{len(runs)} seed{'s' * (len(runs) != 1)}"
    return f"| {machine} | {command} | {seeds} | {' | '.join(cells)} | {end} | {time.strftime('%Y-%m-%d', time.gmtime())} |"


def rows(preset: str, runs: list[Trained]) -> Iterator[Series]:
    """What was read of each seed."""
    for target in TARGETS:
        if reached := [seconds for run in runs if (seconds := run.seconds_to(target)) is not None]:
            yield Series(f"{preset}: to FD {target:g}", "s", reached)
    yield Series(f"{preset}: FD at the end", "", [run.distances[-1][1] for run in runs])
    yield Series(f"{preset}: a step", "ms", [1e3 * run.seconds / run.steps for run in runs])
    yield Series(f"{preset}: CPU time of a step", "ms", [1e3 * run.processor / run.steps for run in runs])


PLAN = {
    "preset": ("conv-small", "conv-small"),
    "settings": ("", ""),
    "seeds": (3, 1),
    "budget": ("5m", "70s"),
    "samples": (10_000, 10_000),
    "threads": (0, 0),
}
"""Settings in full and in short; `settings`: section.key=value, separated by spaces; 0 threads: as many as a run would take."""

if __name__ == "__main__":
    common.main("speedrun", __doc__, measure, **PLAN)
