"""How far a run has come, how long it will go on, and how far what was measured of it is behind."""

import math
from collections import deque

import msgspec

from gan_tui.counted import counted
from gan_tui.run import events
from gan_tui.spec.states import Outcome

ETA_SECONDS = 3.0
"""Seconds of training before anybody guesses when it will end."""
KNOWN_SECONDS = 30.0
"""Of training after a resume, in which the pace before it counts too, less and less."""
LEAST_STEPS = 200
"""Steps within which nothing counts as long ago."""
SHARE = 0.5
"""Of the steps that a run had behind it when it was measured: with half as many again it may be quite another."""
FARTHEST = 10**6
"""Epochs that anybody believes in."""


class RunProgress(msgspec.Struct, eq=False):
    """The part of a run's state that says so."""

    started: events.Started | None = None
    outcome: Outcome | None = None
    step: int = 0
    elapsed: float = 0.0
    """Seconds of training, pauses left out."""
    epochs_logged: int = 0
    """The last epoch that has ended, as the log says."""
    counts_epochs: bool = False
    """Has the log said an epoch, or that its first is not done?"""
    rate_before: float | None = None
    """Steps a second when the run was resumed: the best guess until there is a newer one."""
    elapsed_before: float = 0.0
    """Seconds of training then."""
    recent: deque[events.Metrics] = msgspec.field(default_factory=deque)

    @property
    def trained(self) -> float | None:
        """Seconds of training; None where steps took none: what another program has written may say no times."""
        return self.elapsed if self.elapsed > 0 or not self.step else None

    @property
    def total_steps(self) -> int | None:
        """Steps of the whole run, 0 where that is not known; None before the trainer has said."""
        return (self.epochs * self.started.steps_per_epoch or self.started.total_steps) if self.started else None

    @property
    def epochs(self) -> int:
        """Of the whole run; 0 before the trainer has said. Under a budget of time: of what it is enough for at the mean speed so far."""
        if self.started is None or not self.started.budget:
            return self.started.epochs if self.started else 0
        behind = self.step / max(1, self.started.steps_per_epoch)
        whole = behind * self.started.budget / self.elapsed if self.elapsed > 0 and self.outcome != "completed" else behind
        return min(FARTHEST, max(1, math.ceil(max(whole, behind))))

    @property
    def planned_epochs(self) -> int:
        """Those after which the run ends; 0 where that is not known, or where a budget of time ends it: then nobody plans epochs."""
        return 0 if self.has_budget else self.epochs

    @property
    def has_budget(self) -> bool:
        """Is it a time that ends the run?"""
        return self.started is not None and self.started.budget > 0

    @property
    def share_done(self) -> float:
        """Of the whole run, 0 to 1: in steps, or under a budget in time."""
        if self.started is not None and self.started.budget:
            return 1.0 if self.outcome == "completed" else min(1.0, self.elapsed / self.started.budget)
        if self.total_steps:
            return min(1.0, self.step / self.total_steps)
        return self.epochs_logged / self.epochs if self.epochs else 0.0

    @property
    def epochs_done(self) -> int:
        """Whole epochs behind the run, never more than it has; where it is not known how long one is, those that have ended by the log."""
        each = self.started.steps_per_epoch if self.started else 0
        done = self.step // each if each else self.epochs_logged
        return min(done, self.planned_epochs or done)

    def epochs_in_words(self, unit: str) -> str:
        """How many are done: `1/18 epochs`, `54 epochs` where a time ends the run; empty of one without epochs, or in its first."""
        if self.planned_epochs:
            return f"{self.epochs_done:,}/{counted(self.planned_epochs, unit)}"
        return counted(self.epochs_done, unit) if self.epochs_done else ""

    def epoch_at(self, step: int) -> int:
        """The epoch in which that step was done, counted from 1: the last step of one is its own; 0 where `epoch` is."""
        each = self.started.steps_per_epoch if self.started else 0
        return min(max(1, -(-step // each)), self.epochs or FARTHEST) if each else self.epoch

    @property
    def epoch(self) -> int:
        """The one in progress now, counted from 1; the last one when all are done; 0 before the start.

        Of a run of which nobody knows how many epochs it has, 0 as well while it is not known that it has any.
        """
        if self.started is None:
            return 0
        each = self.started.steps_per_epoch
        done = self.step // each if each else self.epochs_logged
        now = min(done + 1, self.epochs or done + 1) if done or each or self.epochs or self.counts_epochs else 0
        return now - self._all_done

    @property
    def _all_done(self) -> bool:
        """Has a run ended, or taken all its steps, at the end of an epoch, of which nobody knew that it was the last?"""
        each = self.started.steps_per_epoch if self.started else 0
        return bool(
            (self.outcome or 0 < (self.total_steps or 0) <= self.step)
            and not self.epochs
            and self.epochs_done
            and not (each and self.step % each)
        )

    @property
    def step_in_epoch(self) -> int:
        """Steps done in the epoch in progress, or in the last one."""
        each = self.started.steps_per_epoch if self.started else 0
        return min(self.step - (self.epoch - 1) * each, each)

    @property
    def remaining(self) -> float | None:
        """Seconds of training still to come at the rate of the last half minute or so; None while that cannot be told.

        Over a longer time than `rate`, so that it does not jump; only after some seconds, because the first steps are slow.
        """
        if self.total_steps is None:
            return None
        if self.recent and not isinstance(said := self.recent[-1].remaining, msgspec.UnsetType):
            return said if said >= 0 else None
        left = max(0, self.total_steps - self.step)
        steps: float = self.recent[-1].step - self.recent[0].step if self.recent else 0
        seconds = self.recent[-1].elapsed - self.recent[0].elapsed if self.recent else 0.0
        full = len(self.recent) == self.recent.maxlen and self.elapsed >= ETA_SECONDS  # of a script that logs each of its quick steps
        if steps > 0 and (seconds >= ETA_SECONDS or (full and seconds > 0)):
            if self.rate_before:  # the first steps are slow, the more so on a machine that is busy
                known = max(0.0, KNOWN_SECONDS - max(seconds, self.elapsed - self.elapsed_before))
                seconds, steps = seconds + known, steps + known * self.rate_before
            return left * seconds / steps
        return left / self.rate_before if self.rate_before else None


def fresh_until(step: int) -> int:
    """The last step of which a score or a verdict of `step` still speaks.

    In steps and not in seconds: a paused or finished run is what it was, and a fast one is another after a second.
    """
    return step + max(LEAST_STEPS, round(SHARE * step))


def is_stale(measured: int, now: int) -> bool:
    """Is what was measured at step `measured` too old at step `now`?"""
    return now > fresh_until(measured)
