"""Trains the trials of a sweep, one after the other, and writes down what they come to."""

import shlex
import time
from collections.abc import Generator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from gan_tui.config import RATES, RunConfig
from gan_tui.errors import UserError, reason_of
from gan_tui.files import write_atomic
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory
from gan_tui.run.state import RunState
from gan_tui.run.summary import look_at
from gan_tui.sweep.comparable import refuse_fixed
from gan_tui.sweep.plan import settings_of
from gan_tui.sweep.report import FILE, CouldNotRun, Ended, Report, format_value, read
from gan_tui.sweep.slots import USUAL, AtOnce, Slot
from gan_tui.sweep.trial_process import TrialProcess, has_result, result_of
from gan_tui.sweep.worker import Worker

LOOK_SECONDS = 0.25


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
        """Has it a result?"""
        return has_result(self.state)

    @property
    def distance(self) -> float | None:
        """The last Frechet distance; None where the trial diverged, or has none yet."""
        return result_of(self.state, "fd")


class Sweep(Worker):
    """Runs its trials, as many at once as there are slots."""

    def __init__(
        self, folder: Path, base: RunConfig, keys: tuple[str, ...], values: Sequence[float], seeds: int, before: Sequence[Ended] = (),
        at_once: AtOnce = USUAL,
    ) -> None:  # fmt: skip
        """`before`: what an earlier process found. Raises UserError where a value does not fit, or a setting cannot be swept."""
        super().__init__(base, at_once)
        self.folder = folder
        self._keys, self._values, self._seeds = keys, values, seeds
        self._at_work: list[tuple[Trial, Slot, TrialProcess]] = []
        self._in_vain = 0
        """Trials in a row that did not get to their first step."""
        self._before = {(ended.value, ended.seed): ended for ended in before}
        self.trials = [Trial(value, seed) for seed in range(seeds) for value in values]
        refuse_fixed(keys)
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

        ended = [one for one in report.trials if one.fd is not None or has_result(look_at(run_of(one.value, one.seed)))]
        for value, seed in ((value, seed) for seed in range(report.seeds) for value in report.values):
            with suppress(UserError):
                plan = cls(folder, run_of(value, seed).config(), report.settings, report.values, report.seeds, ended, report.at_once)
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
    def examples(self) -> list[RunConfig]:
        return [settings_of(self.base, self._keys, value, 0) for value in dict.fromkeys(trial.value for trial in self.left)]

    @property
    def processes(self) -> list[TrialProcess]:
        return [process for _, _, process in self._at_work]

    @property
    def at_work(self) -> list[Trial]:
        """Those that are being trained."""
        return [trial for trial, _, _ in self._at_work]

    def run(self, slots: Sequence[Slot] = (Slot("", None),)) -> Generator[Trial]:
        """Train every trial that is left; those at work come out again and again, so that they can be shown.

        Raises UserError where no run can be made. Closed early, it stops the trainers and waits for them.
        """
        waiting, free = self.left[::-1], list(slots)
        try:
            while (waiting and not self._interrupted) or self._at_work:
                while waiting and free and not self._interrupted:
                    slot = free.pop()._replace()  # its own: that tells which trials share it
                    for trial in self._begin([waiting.pop() for _ in range(min(slot.room, len(waiting)))], slot):
                        yield trial  # it ended after the sweep had
                        self._write()
                    if all(other is not slot for _, other, _ in self._at_work):
                        free.append(slot)
                for one in list(self._at_work):
                    trial, slot, process = one
                    running = process.running()
                    trial.state = process.state
                    yield trial
                    if not running:
                        self._at_work.remove(one)
                        if all(other is not slot for _, other, _ in self._at_work):
                            free.append(slot)
                        yield from self._ended(trial, process)
                    elif self._interrupted:
                        process.stop()
                time.sleep(LOOK_SECONDS if self._at_work else 0)
        finally:
            self.close()
            for trial, _, process in self._at_work:
                trial.state = process.state
            self._at_work.clear()
            self._write()

    def _begin(self, trials: Sequence[Trial], slot: Slot) -> list[Trial]:
        """Start their trainer; those come back that have their result. Raises UserError."""
        processes: list[TrialProcess] = []
        for trial in trials:
            run = self._run_of(trial)
            process = TrialProcess(run, slot.environment)
            trial.path, trial.state, trial.trouble = run.path, process.state, ""
            if not trial.done:
                processes.append(process)
                self._at_work.append((trial, slot, process))
        if processes:
            processes[0].start(*processes[1:])
        return [trial for trial in trials if trial.done]

    def _ended(self, trial: Trial, process: TrialProcess) -> Generator[Trial]:
        """Write down what it came to. Raises UserError where it seems that no trial can run."""
        try:
            if trial.done or trial.state.outcome == "stopped":
                self._in_vain = 0
                return
            if process.killed_before_answering:
                return
            trial.trouble = process.trouble
            yield trial
            self._in_vain = 0 if trial.state.step else self._in_vain + 1
            if self._in_vain >= min(2, len(self.left)):  # nothing that was swept: the next one would fail as well
                raise UserError(f"the trial {process.run.name} could not begin: {trial.trouble}")
        finally:
            self._write()

    def _run_of(self, trial: Trial) -> RunDirectory:
        name = _name(self._keys, trial.value, trial.seed)
        found = RunDirectory(self.folder / name)
        if not directory.is_run(found.path):
            return directory.create(self.folder, settings_of(self.base, self._keys, trial.value, trial.seed), name)
        if found.alive:
            stop = f"gan-tui control {shlex.quote(str(found.path))} stop"
            raise UserError(f"the trial {found.path} is being trained by another process: wait for its end, or stop it: `{stop}`")
        return found

    def _write(self) -> None:
        """Raises UserError."""
        try:
            write_atomic(self.folder / FILE, msgspec.json.format(msgspec.json.encode(self.report().to_json())))
        except OSError as error:
            advice = f"mend that, then `gan-tui sweep --resume {shlex.quote(str(self.folder))}`"
            raise UserError(f"cannot write {self.folder / FILE}: {reason_of(error)}; {advice}") from None

    def report(self) -> Report:
        """What the trials that have ended say."""
        ended = [self._before.get((trial.value, trial.seed)) or _ended(trial) for trial in self.trials]
        found = tuple(one for one in ended if one is not None)
        troubles = tuple(CouldNotRun(trial.value, trial.seed, trial.trouble) for trial in self.trials if trial.trouble)
        epochs, samples = self.base.train.epochs, self.base.evaluation.samples
        return Report(self._keys, tuple(self._values), epochs, samples, found, self._seeds, troubles, self.at_once)


def _name(keys: Sequence[str], value: float, seed: int) -> str:
    """Of a trial's run: `lr-0.001-seed-0`, `r1-0.5-seed-0`."""
    what = "lr" if tuple(keys) == RATES else keys[0].partition(".")[2].replace("_", "-")
    return f"{what}-{format_value(value)}-seed-{seed}".replace("+", "")


def _ended(trial: Trial) -> Ended | None:
    return Ended(trial.value, trial.seed, trial.distance, str(trial.path)) if trial.done else None
