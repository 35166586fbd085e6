"""Short trials over the values of a setting, several seeds each: where does lr=0.0003 come from?

Each trial is a run of its own in the folder of the sweep, trained by the ordinary trainer, and ends with an evaluation. What is
compared is its last Frechet distance; a value whose trial broke down counts as the worst.
"""

import math
import signal
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import from_scalar
from gan_tui.run.files import write_atomic
from gan_tui.run.launch import trainer_command
from gan_tui.run.log import EventReader
from gan_tui.run.state import RunState

RATES = ("optimizer.d_lr", "optimizer.g_lr")
"""What `--lr` sets."""
LOOK_SECONDS = 0.25
MOST_VALUES = 50


@dataclass
class Trial:
    """One value with one seed."""

    value: float
    seed: int
    state: RunState = field(default_factory=RunState)
    path: Path | None = None

    @property
    def done(self) -> bool:
        """Has it ended?"""
        return self.state.outcome is not None

    @property
    def distance(self) -> float:
        """The last Frechet distance; infinite where the trial broke down, NaN before there is one."""
        if self.state.outcome == "failed":
            return math.inf
        if self.state.evaluation is None:
            return math.nan
        found = from_scalar(self.state.evaluation.scalars.get("fd", "nan"))
        return found if math.isfinite(found) else math.inf


@dataclass(frozen=True)
class Outcome:
    """All trials of one value."""

    value: float
    distances: tuple[float, ...]
    """Of the seeds whose trials have ended."""

    @property
    def mean(self) -> float:
        """Over the seeds; infinite where one broke down."""
        return statistics.fmean(self.distances)


def values_of(text: str, points: int) -> list[float]:
    """`1e-5..1e-2`: `points` values at equal ratios; `1,2,4`: these. Raises UserError."""
    try:
        if ".." in text:
            low, high = (float(part) for part in text.split("..", 1))
            if not (0 < low < high < math.inf):
                raise ValueError
            ratio = (high / low) ** (1 / (points - 1))
            return [float(f"{low * ratio**index:.3g}") for index in range(points)]
        values = [float(part) for part in text.split(",")]
    except ValueError:
        raise UserError(f"'{text}' is no range: write it as 1e-5..1e-2, both above 0, or as a list, 1e-4,3e-4,1e-3") from None
    if not 2 <= len(set(values)) == len(values) <= MOST_VALUES:
        raise UserError(f"'{text}' must list 2 to {MOST_VALUES} different values")
    return values


def settings_of(base: RunConfig, keys: tuple[str, ...], value: float, seed: int) -> RunConfig:
    """The settings of one trial. Raises UserError where the value does not fit."""
    settings = base
    for key in (*keys, "train.seed"):
        settings = config.override(settings, config.parse_assignment(f"{key}={seed if key == 'train.seed' else f'{value:g}'}"))
    return settings


class Sweep:
    """Runs its trials one after the other: side by side they would only share one device."""

    def __init__(self, folder: Path, base: RunConfig, keys: tuple[str, ...], values: list[float], seeds: int) -> None:
        """Raises UserError where a value does not fit the setting."""
        self.folder, self.keys, self.values = folder, keys, values
        self._base = base
        self.epochs = base.train.epochs
        self.trials = [Trial(value, seed) for seed in range(seeds) for value in values]
        for value in values:
            settings_of(base, keys, value, 0)

    def run(self) -> Iterator[Trial]:
        """Train every trial; the one at work comes out again and again, so that it can be shown.

        Raises UserError where no run can be made. Closed early (ctrl+c), it stops the trainer and waits for it.
        """
        for trial in self.trials:
            name = f"{self.keys[0].replace('_', '-')}-{trial.value:g}-seed-{trial.seed}".replace("+", "")
            run = directory.create(self.folder, settings_of(self._base, self.keys, trial.value, trial.seed), name)
            trial.path = run.path
            yield from self._train(trial, run)
            self._write()

    def _train(self, trial: Trial, run: RunDirectory) -> Iterator[Trial]:
        reader = EventReader(run.events)
        with run.trainer_log.open("ab") as log:
            # A session of its own: ctrl+c is for us to answer.
            process = subprocess.Popen(
                trainer_command(str(run.path.absolute())), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        try:
            running = True
            while running:
                running = process.poll() is None
                for event in reader.read().events:
                    trial.state.apply(event)
                yield trial
                time.sleep(LOOK_SECONDS if running else 0)
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                process.wait()
        if trial.state.outcome is None:
            raise UserError(f"the trial {run.name} ended without a word: see {run.trainer_log}")

    def outcomes(self) -> list[Outcome]:
        """What is known of each value that has an ended trial, in the order of the values."""
        found = {value: tuple(trial.distance for trial in self.trials if trial.done and trial.value == value) for value in self.values}
        return [Outcome(value, distances) for value, distances in found.items() if distances]

    def _write(self) -> None:
        write_atomic(self.folder / "sweep.json", msgspec.json.format(msgspec.json.encode(self.to_json())))

    def to_json(self) -> dict[str, Any]:
        """For scripts: the keys, every trial that has ended, and the recommendation."""
        trials = [
            {
                "value": trial.value,
                "seed": trial.seed,
                "fd": trial.distance if math.isfinite(trial.distance) else None,
                "run": str(trial.path),
            }
            for trial in self.trials
            if trial.done
        ]
        return {"settings": list(self.keys), "trials": trials, "recommendation": recommend(self.outcomes(), self.values)}


def recommend(outcomes: list[Outcome], values: list[float]) -> str:
    """What the trials say, with their evidence, in a sentence or two."""
    sound = [outcome for outcome in outcomes if math.isfinite(outcome.mean)]
    if not sound:
        return "every value broke down: look for lower ones" if outcomes else "no trial has ended"
    best = min(sound, key=lambda outcome: outcome.mean)
    others = [outcome for outcome in sound if outcome is not best]
    text = f"take {best.value:g}: FD {_spread(best)}"
    rivals = [outcome for outcome in others if min(outcome.distances) <= max(best.distances)]
    if others and not rivals:
        second = min(others, key=lambda outcome: outcome.mean)
        text += f"; next is {second.value:g} with {_spread(second)}"
    elif rivals:
        listed = ", ".join(f"{outcome.value:g} ({_spread(outcome)})" for outcome in rivals)
        text += f"; these seeds cannot tell it from {listed}"
    if len(best.distances) == 1:
        text += "; one seed is not much evidence: --seeds 3 gives more"
    if best.value in (min(values), max(values)) and len(outcomes) > 1:
        text += f"; it is the {'lowest' if best.value == min(values) else 'highest'} value tried, so look further that way"
    broken = [f"{outcome.value:g}" for outcome in outcomes if not math.isfinite(outcome.mean)]
    return text + (f"; broke down: {', '.join(broken)}" if broken else "")


def _spread(outcome: Outcome) -> str:
    if len(outcome.distances) == 1:
        return f"{outcome.mean:.3g}"
    return f"{outcome.mean:.3g} ({min(outcome.distances):.3g} to {max(outcome.distances):.3g}, {len(outcome.distances)} seeds)"
