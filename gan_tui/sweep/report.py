"""What a sweep has found: the trials that have ended, the file that keeps them, and the recommendation with its evidence."""

import math
import os
import shlex
import statistics
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gan_tui.config import RATES
from gan_tui.counted import counted
from gan_tui.errors import UserError, parse_error, reason_of
from gan_tui.files import read_at_most
from gan_tui.nearest import perhaps
from gan_tui.run import directory
from gan_tui.run.presence import WORKER, is_anybody
from gan_tui.sweep.comparable import why_no_order
from gan_tui.sweep.slots import AtOnce

MOST_VALUES = 50
MOST_SEEDS = 20
FAR = 1e100
"""No value is larger than this, and no end of a range smaller than its inverse: charts need room to go on."""
LISTED = 3
"""So many values are listed where many could be."""
FILE, SEARCH = directory.SWEEP_FILES
"""In the folder of a search, instead."""
LARGEST = 1 << 23
"""Bytes of that file: as many trials as there can be, with long paths."""


@dataclass(frozen=True)
class Outcome:
    """All trials of one value."""

    value: float
    distances: tuple[float, ...]
    """Of the seeds whose trials have ended; infinite where one diverged."""

    @property
    def mean(self) -> float:
        """Over the seeds; infinite where one diverged."""
        return statistics.fmean(self.distances)

    @property
    def broken(self) -> int:
        return sum(not math.isfinite(distance) for distance in self.distances)


class Ended(msgspec.Struct, frozen=True):
    """A trial that has ended."""

    value: float
    seed: int
    fd: Annotated[float, Meta(ge=0)] | None
    """None: it diverged."""
    run: str


class CouldNotRun(msgspec.Struct, frozen=True):
    """A trial that has no result, for no reason of its value."""

    value: float
    seed: int
    reason: str


class Report(msgspec.Struct, frozen=True):
    """All that a sweep has found: what is shown, and what `sweep.json` holds."""

    settings: Annotated[tuple[Annotated[str, Meta(pattern=r"\A[a-z_]+\.[a-z0-9_]+\Z", max_length=60)], ...], Meta(min_length=1)]
    values: Annotated[tuple[Annotated[float, Meta(ge=-FAR, le=FAR)], ...], Meta(min_length=2, max_length=MOST_VALUES)]
    """All that were to be tried."""
    epochs: Annotated[int, Meta(ge=1, le=1_000_000)]
    samples: Annotated[int, Meta(ge=1, le=1_000_000)]
    """Behind each distance."""
    trials: Annotated[tuple[Ended, ...], Meta(max_length=MOST_VALUES * MOST_SEEDS)]
    seeds: Annotated[int, Meta(ge=1, le=MOST_SEEDS)] = 1
    """Trials of each value that were to be made."""
    could_not_run: Annotated[tuple[CouldNotRun, ...], Meta(max_length=MOST_VALUES * MOST_SEEDS)] = ()
    """Of those that are left, the ones that were tried."""
    at_once: AtOnce = AtOnce()

    def __post_init__(self) -> None:
        """Raises ValueError."""
        if len(set(self.values)) < len(self.values):
            raise ValueError("a value is there twice")

    @property
    def label(self) -> str:
        """What was swept, in a word."""
        return "lr" if self.settings == RATES else ", ".join(self.settings)

    @property
    def length(self) -> str:
        """How long a trial is, in words."""
        return counted(self.epochs, "epoch")

    @property
    def title(self) -> str:
        return f"{self.label}: live FD of {self.samples} samples, after {self.length}"

    def outcomes(self) -> list[Outcome]:
        """What is known of each value that has an ended trial, in the order of the values."""
        found: dict[float, list[float]] = {value: [] for value in self.values}
        for trial in self.trials:
            if trial.value in found:
                found[trial.value].append(math.inf if trial.fd is None else trial.fd)
        return [Outcome(value, tuple(distances)) for value, distances in found.items() if distances]

    @property
    def recommendation(self) -> str:
        """What the trials say, with their evidence."""
        return recommend(self.outcomes(), self.values)

    @property
    def no_order(self) -> str:
        """Why its trials are not ranked; empty where they are."""
        return why_no_order(self.settings)

    @property
    def left(self) -> int:
        """Trials without a result."""
        return max(0, len(self.values) * self.seeds - len(self.trials))  # a report of before there were `seeds` has more

    @property
    def ended(self) -> int:
        """Trials with a result."""
        return len(self.trials)

    def to_json(self) -> dict[str, Any]:
        """For scripts, the recommendation included."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found | {"recommendation": self.recommendation}


def format_value(value: float) -> str:
    """A value as people write it, and as settings read it."""
    return f"{value:.12g}"


def folders(runs_dir: Path) -> list[Path]:
    """Those of the sweeps in `runs_dir`, the newest first."""
    found: dict[Path, float] = {}
    for path in (path for file in (FILE, SEARCH) for path in runs_dir.glob(f"*/{file}")):
        with suppress(OSError):  # deleted since
            found[path.parent] = path.lstat().st_mtime
    return sorted(found, key=lambda folder: found[folder], reverse=True)


def is_sweep(folder: Path) -> bool:
    """A grid or a search?"""
    return os.path.lexists(folder / FILE) or os.path.lexists(folder / SEARCH)


def find(runs_dir: Path, name: str) -> Path:
    """The folder of a sweep: a path, a name in `runs_dir`, or `latest`. Raises UserError that says what there is instead."""
    sweeps = folders(runs_dir)
    if name == directory.LATEST and sweeps:
        return sweeps[0]
    for folder in (runs_dir / name, directory.expand(name)):
        if is_sweep(folder):
            return folder
    known = f"there are {', '.join(path.name for path in sweeps[:LISTED])}" if sweeps else "there are none"
    raise UserError(f"no sweep '{name}'{perhaps(name, [path.name for path in sweeps])} in {runs_dir}: {known}")


def is_trained(folder: Path) -> bool:
    """Of the folder of a sweep: is somebody at work on it? Between two trials none is trained for some seconds, in which the next one loads
    torch. Raises UserError where it cannot be read."""
    return is_anybody(folder, WORKER) or any(trial.alive for trial in directory.all_runs(folder))


def trained(runs_dir: Path) -> list[Path]:
    """The folders of the sweeps that are at work, the newest first; of one that cannot be read that is not known."""
    found = []
    for folder in folders(runs_dir):
        with suppress(UserError):
            if is_trained(folder):
                found.append(folder)
    return found


def is_search(folder: Path) -> bool:
    """Of the folder of a sweep: is it a search, and no grid?"""
    return os.path.lexists(folder / SEARCH)


def read(folder: Path) -> Report:
    """What a sweep has found. Raises UserError where that is damaged, of another kind, or has no order."""
    found = kept(folder)
    if found.no_order:
        raise UserError(without_order(folder, found.no_order))
    return found


def kept(folder: Path) -> Report:
    """What its file says, be there an order or not. Raises UserError where that is damaged, or of another kind."""
    path = folder / FILE
    try:
        return msgspec.json.decode(read_at_most(path, LARGEST), type=Report)
    except OSError as error:
        raise UserError(f"cannot read {path}: {reason_of(error)}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} is not what a sweep writes: {parse_error(error)}; {listed_by(folder)}") from None


def without_order(folder: Path, why: str) -> str:
    """What is said of a sweep whose trials are not ranked."""
    return f"{folder.name} has no order: {why}; {listed_by(folder)}"


def listed_by(folder: Path) -> str:
    """Where the trials of a sweep are still to be seen whose file says nothing."""
    return f"what its trials read, `gan-tui runs --runs-dir {shlex.quote(str(folder))}` lists"


def best_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The one with the lowest mean; None where all diverged."""
    sound = [outcome for outcome in outcomes if not outcome.broken]
    return min(sound, key=lambda outcome: outcome.mean) if sound else None


def recommend(outcomes: Sequence[Outcome], values: Sequence[float]) -> str:
    """What the trials say, with their evidence, in a sentence or two; `values` are all that were to be tried."""
    if not outcomes:
        return "no trial has ended"
    if len(outcomes) == 1 and len(values) > 1 and not outcomes[0].broken:
        return f"{format_value(outcomes[0].value)} reads FD {_spread(outcomes[0])}, and there is nothing to compare it with yet"
    best = best_of(outcomes)
    notes = [_advice(best, outcomes) if best else "every value that was tried diverged: try others"]
    if best and (broken := [f"{format_value(outcome.value)}{_share(outcome)}" for outcome in outcomes if outcome.broken]):
        notes.append(f"diverged: {_listed(broken)}")
    if missing := [format_value(value) for value in values if value not in {outcome.value for outcome in outcomes}]:
        notes.append(f"without a result: {_listed(missing)}")
    return "; ".join(notes)


def _advice(best: Outcome, outcomes: Sequence[Outcome]) -> str:
    others = sorted((outcome for outcome in outcomes if outcome is not best and not outcome.broken), key=lambda outcome: outcome.mean)
    rivals = [outcome for outcome in others if min(outcome.distances) <= max(best.distances)]
    text = f"take {format_value(best.value)}: FD {_spread(best)}"
    if rivals:
        text += f"; these seeds cannot tell it from {_listed([f'{format_value(rival.value)} with {_spread(rival)}' for rival in rivals])}"
    elif others:
        text += f"; next is {format_value(others[0].value)} with {_spread(others[0])}"
    if len(best.distances) == 1:
        text += "; one seed is not much evidence: --seeds 3 gives more"
    tried = [outcome.value for outcome in outcomes]
    if len(tried) > 1 and best.value in (min(tried), max(tried)):
        text += f"; it is the {'lowest' if best.value == min(tried) else 'highest'} value tried, so look further that way"
    return text


def _listed(words: list[str]) -> str:
    return ", ".join(words[:LISTED]) + (f" and {len(words) - LISTED} more" if len(words) > LISTED else "")


def _share(outcome: Outcome) -> str:
    """Nothing where all seeds diverged."""
    return f" ({outcome.broken} of {counted(len(outcome.distances), 'seed')})" if outcome.broken < len(outcome.distances) else ""


def _spread(outcome: Outcome) -> str:
    if len(outcome.distances) == 1:
        return f"{outcome.mean:.3g}"
    return f"{outcome.mean:.3g} ({min(outcome.distances):.3g} to {max(outcome.distances):.3g}, {counted(len(outcome.distances), 'seed')})"
