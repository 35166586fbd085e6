"""Short trials over the values of a setting, several seeds each: where does lr=0.0003 come from?

Each trial is a run of its own in the folder of the sweep, trained by the ordinary trainer, and ends with an evaluation. What is
compared is this last live Frechet distance: of a few thousand samples, to real images. A value with a trial that diverged
counts as the worst. A trial that could not run (no disk, no memory, no device, killed) says nothing of its value: it has no result, and
is tried again when the sweep is resumed.
"""

import math
import os
import shlex
import signal
import statistics
import subprocess
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from gan_tui import config
from gan_tui.config import RATES, RunConfig
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import from_scalar
from gan_tui.run.files import open_append, read_at_most, write_atomic
from gan_tui.run.launch import trainer_command
from gan_tui.run.log import StateReader
from gan_tui.run.state import RunState
from gan_tui.run.summary import read_ends

FIXED = ("train.seed", "train.epochs", "evaluation.budget", "evaluation.samples", "data.validation")
"""What cannot be swept: trials are compared because they share it, or differ in it by design."""
LOOK_SECONDS = 0.25
MOST_VALUES = 50
MOST_SEEDS = 20
FAR = 1e100
"""No value is larger than this, and no end of a range smaller than its inverse: charts need room to go on."""
LISTED = 3
"""So many values are listed where many could be."""
FILE = "sweep.json"
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
        """How many diverged."""
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
        """Of a trial."""
        return "1 epoch" if self.epochs == 1 else f"{self.epochs} epochs"

    @property
    def title(self) -> str:
        """What is compared."""
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
    def left(self) -> int:
        """Trials without a result."""
        return max(0, len(self.values) * self.seeds - len(self.trials))  # a report of before there were `seeds` has more

    def to_json(self) -> dict[str, Any]:
        """For scripts, the recommendation included."""
        found: dict[str, Any] = msgspec.to_builtins(self)
        return found | {"recommendation": self.recommendation}


@dataclass
class Trial:
    """One value with one seed."""

    value: float
    seed: int
    state: RunState = field(default_factory=RunState)
    path: Path | None = None
    trouble: str = ""
    """Why it could not run; that is no result, and `--resume` tries it again."""

    @property
    def done(self) -> bool:
        """Has it a result? One that was stopped or killed has none, and one that failed only where it diverged."""
        return _has_result(self.state)

    @property
    def distance(self) -> float | None:
        """The last Frechet distance; None where the trial diverged, or has none yet."""
        if self.state.outcome == "failed" or self.state.evaluation is None:
            return None
        found = from_scalar(self.state.evaluation.scalars.get("fd", "nan"))
        return found if math.isfinite(found) else None


def _has_result(state: RunState) -> bool:
    return state.outcome == "completed" or (state.outcome == "failed" and state.diverged)


def word(value: float) -> str:
    """A value as people write it, and as settings read it."""
    return f"{value:.12g}"


def values_of(text: str, points: int, *, whole: bool = False) -> list[float]:
    """`1e-5..1e-2`: `points` values at equal ratios, rounded where they must be `whole`; `1,2,4`: these. Raises UserError."""
    try:
        if ".." in text:
            low, high = (float(part) for part in text.split("..", 1))
            if not (1 / FAR <= low < high <= FAR):
                raise ValueError
            ratio = (high / low) ** (1 / (points - 1))
            values = [float(f"{low * ratio**index:.3g}") for index in range(points)]
            if whole:
                values = list(dict.fromkeys(float(round(value)) for value in values))
        else:
            values = [float(part) for part in text.split(",")]
    except ValueError:
        raise UserError(
            f"'{text}' is no range: write it as 1e-5..1e-2, both above 0 and the smaller first, or as a list, 1e-4,3e-4,1e-3"
        ) from None
    if not 2 <= len(set(values)) == len(values) <= MOST_VALUES or not all(abs(value) <= FAR for value in values):
        raise UserError(f"'{text}' must mean 2 to {MOST_VALUES} different values")
    return values


def whole(keys: Sequence[str]) -> bool:
    """Do these settings take whole numbers only? Raises UserError where there is no such setting."""
    defaults = {setting.key: setting.default for setting in config.settings()}
    for key in keys:
        if key not in defaults:
            raise UserError(f"no setting is called '{key}': write --over section.key=A..B; `gan-tui settings` lists them all")
    return all(type(defaults[key]) is int for key in keys)


def settings_of(base: RunConfig, keys: Sequence[str], value: float, seed: int) -> RunConfig:
    """The settings of one trial. Raises UserError where the value does not fit."""
    settings = base
    for key in (*keys, "train.seed"):
        settings = config.override(settings, config.parse_assignment(f"{key}={seed if key == 'train.seed' else word(value)}"))
    return settings


class Sweep:
    """Runs its trials one after the other: side by side they would only share one device."""

    def __init__(
        self, folder: Path, base: RunConfig, keys: tuple[str, ...], values: Sequence[float], seeds: int, before: Sequence[Ended] = ()
    ) -> None:
        """`before`: what an earlier process found. Raises UserError where a value does not fit, or a setting cannot be swept."""
        self.folder = folder
        self._base, self._keys, self._values, self._seeds = base, keys, values, seeds
        self._interrupted = False
        self._process: subprocess.Popen[bytes] | None = None
        """The trainer at work."""
        self._in_vain = 0
        """Trials in a row that did not get to their first step."""
        self._before = {(ended.value, ended.seed): ended for ended in before}
        self.trials = [Trial(value, seed) for seed in range(seeds) for value in values]
        for key in keys:
            if key in FIXED:
                raise UserError(
                    f"{key} cannot be swept: trials are compared at equal lengths and evaluations, with --seeds different seeds"
                )
        for value in values:
            settings_of(base, keys, value, 0)

    @classmethod
    def resumed(cls, folder: Path) -> "Sweep":
        """One that was interrupted: what has ended stays, the trial that was at work goes on. Raises UserError.

        A trial that is said to have diverged is believed only where its log says so: a full disk was taken for that once.
        """
        report = read(folder)

        def run_of(value: float, seed: int) -> RunDirectory:
            return RunDirectory(folder / _name(report.settings, value, seed))

        ended = [one for one in report.trials if one.fd is not None or _has_result(read_ends(run_of(one.value, one.seed)))]
        for value, seed in ((value, seed) for seed in range(report.seeds) for value in report.values):
            with suppress(UserError):
                plan = cls(folder, run_of(value, seed).config(), report.settings, report.values, report.seeds, ended)
                for one in report.could_not_run:
                    plan.remember(one)
                return plan
        raise UserError(f"{folder} has no trial left that could say with which settings to go on: begin a new sweep")

    def remember(self, before: CouldNotRun) -> None:
        """What an earlier process could not run, until it is tried again."""
        for trial in self.left:
            if (trial.value, trial.seed) == (before.value, before.seed):
                trial.trouble = before.reason

    @property
    def left(self) -> list[Trial]:
        """Those whose result no earlier process has found."""
        return [trial for trial in self.trials if (trial.value, trial.seed) not in self._before]

    def begin(self) -> None:
        """Make the folder, so that the sweep can be resumed from now on. Raises UserError where that cannot be."""
        for trial in self.left[:1]:
            self._run_of(trial)
        self._write()

    @property
    def interrupted(self) -> bool:
        """Has somebody asked for its end?"""
        return self._interrupted

    def interrupt(self) -> bool:
        """Have the trial at work save and stop, and begin no other; False where that has been asked for before."""
        before, self._interrupted = self._interrupted, True
        return not before

    def signal(self, number: int) -> bool:
        """SIGUSR1 and SIGUSR2 mean to a sweep what they mean to its trials: the one at work saves, or all stops.

        False where that has been asked for before.
        """
        meanings = {signal.SIGUSR1: self._base.signals.usr1, signal.SIGUSR2: self._base.signals.usr2}
        meaning = meanings.get(signal.Signals(number), "stop")
        if meaning == "stop":
            return self.interrupt()
        if meaning == "save" and self._process is not None and self._process.poll() is None:
            self._process.send_signal(number)
        return True

    def run(self) -> Generator[Trial]:
        """Train every trial that is left; the one at work comes out again and again, so that it can be shown.

        Raises UserError where no run can be made. Closed early, it stops the trainer and waits for it.
        """
        for trial in self.left:
            if self._interrupted:
                break
            run = self._run_of(trial)
            trial.path = run.path
            try:
                yield from self._train(trial, run)
            finally:
                self._write()

    def _run_of(self, trial: Trial) -> RunDirectory:
        name = _name(self._keys, trial.value, trial.seed)
        found = RunDirectory(self.folder / name)
        if not directory.is_run(found.path):
            return directory.create(self.folder, settings_of(self._base, self._keys, trial.value, trial.seed), name)
        if found.alive:
            stop = f"gan-tui control {shlex.quote(str(found.path))} stop"
            raise UserError(f"the trial {found.path} is being trained by somebody else: wait for its end, or stop it: `{stop}`")
        return found

    def _write(self) -> None:
        """Raises UserError."""
        try:
            write_atomic(self.folder / FILE, msgspec.json.format(msgspec.json.encode(self.report().to_json())))
        except OSError as error:
            advice = f"mend that, then `gan-tui sweep --resume {shlex.quote(str(self.folder))}`"
            raise UserError(f"cannot write {self.folder / FILE}: {error.strerror}; {advice}") from None

    def _train(self, trial: Trial, run: RunDirectory) -> Generator[Trial]:
        reader = StateReader(run.events)

        def look() -> None:
            while reader.read().more:
                pass
            trial.state = reader.state

        look()
        trial.trouble = ""
        if trial.done:  # it ended when nobody looked any more
            yield trial
            return
        with open_append(run.trainer_log, mode=0o600) as log:
            # A session of its own: ctrl+c is for us to answer.
            process = subprocess.Popen(
                trainer_command(str(run.path.absolute())), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._process = process
        try:
            running, told = True, False
            while running:
                running = process.poll() is None
                look()
                yield trial
                if self._interrupted and not told:
                    process.send_signal(signal.SIGTERM)
                    told = True
                time.sleep(LOOK_SECONDS if running else 0)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait()
            look()
        if trial.done or trial.state.outcome == "stopped":
            self._in_vain = 0
            return
        if told and process.returncode == -signal.SIGTERM:  # it was told to stop before it could answer a signal
            return
        trial.trouble = _trouble(trial.state, run, process.returncode)
        yield trial
        self._in_vain = 0 if trial.state.step else self._in_vain + 1
        if self._in_vain >= min(2, len(self.left)):  # nothing that was swept: the next one would fail as well
            raise UserError(f"the trial {run.name} could not begin: {trial.trouble}")

    def report(self) -> Report:
        """What the trials that have ended say."""
        ended = [self._before.get((trial.value, trial.seed)) or _ended(trial) for trial in self.trials]
        found = tuple(one for one in ended if one is not None)
        troubles = tuple(CouldNotRun(trial.value, trial.seed, trial.trouble) for trial in self.trials if trial.trouble)
        epochs, samples = self._base.train.epochs, self._base.evaluation.samples
        return Report(self._keys, tuple(self._values), epochs, samples, found, self._seeds, troubles)


def _name(keys: Sequence[str], value: float, seed: int) -> str:
    """Of a trial's run: `lr-0.001-seed-0`, `r1-0.5-seed-0`."""
    what = "lr" if tuple(keys) == RATES else keys[0].partition(".")[2].replace("_", "-")
    return f"{what}-{word(value)}-seed-{seed}".replace("+", "")


def _trouble(state: RunState, run: RunDirectory, status: int) -> str:
    """Why a trial has no result, in words."""
    if state.outcome == "failed" and state.error:
        return state.error
    if status < 0:
        return f"its trainer was killed ({signal.Signals(-status).name}), perhaps because memory was short"
    return f"its trainer ended with status {status}; see {run.trainer_log}"


def _ended(trial: Trial) -> Ended | None:
    return Ended(trial.value, trial.seed, trial.distance, str(trial.path)) if trial.done else None


def find(runs_dir: Path, name: str) -> Path:
    """The folder of a sweep: a path, a name in `runs_dir`, or `latest`. Raises UserError that says what there is instead."""
    sweeps = sorted(runs_dir.glob(f"*/{FILE}"), key=lambda path: path.lstat().st_mtime)
    if name == directory.LATEST and sweeps:
        return sweeps[-1].parent
    for folder in (runs_dir / name, directory.expand(name)):
        if os.path.lexists(folder / FILE):
            return folder
    known = f"there are {', '.join(path.parent.name for path in sweeps[: -LISTED - 1 : -1])}" if sweeps else "there are none"
    raise UserError(f"no sweep '{name}' in {runs_dir}: {known}")


def read(folder: Path) -> Report:
    """What a sweep has found. Raises UserError where that is damaged, or of another kind."""
    path = folder / FILE
    try:
        return msgspec.json.decode(read_at_most(path, LARGEST), type=Report)
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is not what a sweep writes: {error}; what its trials read, `gan-tui runs --runs-dir {shlex.quote(str(folder))}` lists"
        ) from None


def best_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The one with the lowest mean; None where all diverged."""
    sound = [outcome for outcome in outcomes if not outcome.broken]
    return min(sound, key=lambda outcome: outcome.mean) if sound else None


def recommend(outcomes: Sequence[Outcome], values: Sequence[float]) -> str:
    """What the trials say, with their evidence, in a sentence or two; `values` are all that were to be tried."""
    if not outcomes:
        return "no trial has ended"
    if len(outcomes) == 1 and len(values) > 1 and not outcomes[0].broken:
        return f"{word(outcomes[0].value)} reads FD {_spread(outcomes[0])}, and there is nothing to compare it with yet"
    best = best_of(outcomes)
    notes = [_advice(best, outcomes) if best else "every value that was tried diverged: try others"]
    if best and (broken := [f"{word(outcome.value)}{_share(outcome)}" for outcome in outcomes if outcome.broken]):
        notes.append(f"diverged: {_listed(broken)}")
    if missing := [word(value) for value in values if value not in {outcome.value for outcome in outcomes}]:
        notes.append(f"without a result: {_listed(missing)}")
    return "; ".join(notes)


def _advice(best: Outcome, outcomes: Sequence[Outcome]) -> str:
    others = sorted((outcome for outcome in outcomes if outcome is not best and not outcome.broken), key=lambda outcome: outcome.mean)
    rivals = [outcome for outcome in others if min(outcome.distances) <= max(best.distances)]
    text = f"take {word(best.value)}: FD {_spread(best)}"
    if rivals:
        text += f"; these seeds cannot tell it from {_listed([f'{word(rival.value)} with {_spread(rival)}' for rival in rivals])}"
    elif others:
        text += f"; next is {word(others[0].value)} with {_spread(others[0])}"
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
    return f" ({outcome.broken} of {len(outcome.distances)} seeds)" if outcome.broken < len(outcome.distances) else ""


def _spread(outcome: Outcome) -> str:
    if len(outcome.distances) == 1:
        return f"{outcome.mean:.3g}"
    return f"{outcome.mean:.3g} ({min(outcome.distances):.3g} to {max(outcome.distances):.3g}, {len(outcome.distances)} seeds)"
