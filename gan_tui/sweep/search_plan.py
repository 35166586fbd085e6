"""What a search is to find, as its folder keeps it: `search.json`, and the settings that all trials share, `base.toml`."""

from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.counted import counted
from gan_tui.errors import UserError, parse_error, reason_of
from gan_tui.files import read_at_most, write_atomic, write_new
from gan_tui.nearest import perhaps
from gan_tui.spec.metrics import EVALUATION
from gan_tui.sweep.comparable import why_no_order
from gan_tui.sweep.report import SEARCH, listed_by
from gan_tui.sweep.slots import AtOnce
from gan_tui.sweep.space import Dimension, check

BASE = "base.toml"
JOURNAL = "journal.jsonl"
LEASES = "leases"
"""A folder with a file for each trial at work: whose it is (run/lease.py)."""
MOST_TRIALS = 1000
LARGEST = 1 << 20
GOALS = {metric.name: metric for metric in EVALUATION if metric.better in ("lower", "higher")}
"""What can be searched for: what an evaluation measures and what is the better for being lower or higher."""


class SearchPlan(msgspec.Struct, frozen=True):
    """What is looked for, and among what."""

    dimensions: Annotated[tuple[Dimension, ...], Meta(min_length=1, max_length=20)]
    trials: Annotated[int, Meta(ge=1, le=MOST_TRIALS)]
    metric: str = "fd"
    maximise: bool = False
    reduction: Annotated[int, Meta(ge=1, le=10)] = 3
    """Of the trials that come to a rung, one in so many goes on; 1: all do."""
    at_once: AtOnce = AtOnce()

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if self.metric not in GOALS:
            raise ValueError(f"no metric is called '{self.metric}'")

    @property
    def no_order(self) -> str:
        """Why its trials are not ranked; empty where they are."""
        return why_no_order(key for dimension in self.dimensions for key in dimension.keys)

    @property
    def rungs(self) -> tuple[int, ...]:
        """Percent of a trial after which it is compared with the others; Optuna's pruner multiplies from the first one on."""
        first = max(1, 100 // self.reduction**2)
        return (first, first * self.reduction) if self.reduction > 1 else ()

    def better(self, value: float, than: float) -> bool:
        """Which of two values of the metric is?"""
        return value > than if self.maximise else value < than

    def title(self, base: RunConfig) -> str:
        """All of it in a line."""
        names = ", ".join(dimension.name for dimension in self.dimensions)
        goal = f"{'maximise' if self.maximise else 'minimise'} live {GOALS[self.metric].label} of {base.evaluation.samples} samples"
        return f"{names}: {goal}, {self.trials} trials of {counted(base.train.epochs, 'epoch')}"


def check_metric(name: str, *, maximise: bool) -> str:
    """Raises UserError that says which ones there are, or that this one is good the other way round."""
    if name not in GOALS:
        raise UserError(f"nothing that an evaluation measures is called '{name}'{perhaps(name, GOALS)}: choose one of {', '.join(GOALS)}")
    better = GOALS[name].better
    if maximise != (better == "higher"):
        raise UserError(f"{name} is the better the {better} it is: say --{'minimise' if maximise else 'maximise'} {name}")
    return name


def write(folder: Path, plan: SearchPlan, base: RunConfig) -> None:
    """Make the folder of a new search; `finish` ends that. Raises UserError."""
    check(base, plan.dimensions)
    try:
        folder.mkdir(mode=0o700, parents=True)
        (folder / LEASES).mkdir(mode=0o700)
        write_new(folder / BASE, config.to_toml(base).encode())
    except OSError as error:
        raise UserError(f"cannot make a sweep in {folder.parent}: {reason_of(error)}; choose another folder with --runs-dir") from None


def finish(folder: Path, plan: SearchPlan) -> None:
    """From now on it is found. Raises UserError."""
    try:
        write_atomic(folder / SEARCH, msgspec.json.format(msgspec.json.encode(plan)))
    except OSError as error:
        raise UserError(f"cannot write {folder / SEARCH}: {reason_of(error)}") from None


def read(folder: Path) -> tuple[SearchPlan, RunConfig]:
    """What was written. Raises UserError where that is damaged, or of another kind."""
    path = folder / SEARCH
    try:
        plan = msgspec.json.decode(read_at_most(path, LARGEST), type=SearchPlan)
    except OSError as error:
        raise UserError(f"cannot read {path}: {reason_of(error)}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not what a search writes: {parse_error(error)}; {listed_by(folder)}") from None
    return plan, config.read_run_toml(folder / BASE)[0]
