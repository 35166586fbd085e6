"""The verdict: what a run's numbers add up to, in plain words, with the evidence and what to try.

The gravest rule that holds is the verdict. A rule that holds already lets go later than it took hold, and another takes its place only
after it was the first to speak several times in a row: so the line does not flicker.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from statistics import fmean
from typing import NamedTuple

from gan_tui.counted import counted
from gan_tui.health import noise, plateau
from gan_tui.health.rules import RULES, as_good_as_real
from gan_tui.health.statistics import (
    CHANCE_AUC_MAX,
    DIAGNOSIS_STEPS,
    GAP_EVALUATIONS,
    HYSTERESIS,
    MIN_IMPROVEMENT,
    MIN_MEAN_STEPS,
    OSCILLATION_WINDOW,
    PLATEAU_EVALUATIONS,
    RULE_DEBOUNCE,
    WINDOW,
    Rates,
    Statistics,
    plateau_steps,
    standstill,
    steps_without_progress,
)
from gan_tui.run.events import AnyEvent, Evaluation, Metrics, Scalar, from_scalar
from gan_tui.run.progress import is_stale
from gan_tui.spec.kinds import LevelName
from gan_tui.spec.metrics import LOSSES
from gan_tui.spec.own_names import is_loss


class Diagnosis(NamedTuple):
    """What a rule says."""

    rule: str
    level: LevelName
    text: str
    advice: str


@dataclass
class _Means:
    step: int
    steps: int
    means: Mapping[str, float]


@dataclass
class Health:
    """Takes in a run's metrics and evaluations, and keeps the verdict."""

    probabilities: bool = True
    classes: int = 10
    critic: bool = False
    """Is D's loss `wasserstein`?"""
    evaluates: bool = True
    """Are there evaluations in this run?"""
    fault: str = ""
    """Why nothing can be learned from the images, as the data set says it."""
    ours: bool = True
    """The run is gan-tui's own: advice names its settings."""
    preset: str = ""
    on_mnist: bool = False
    """Are its images MNIST's, as those are by which the presets were measured?"""
    rates: Callable[[], Rates] = Rates
    """Where the learning rates stand now."""
    diagnosis: Diagnosis | None = None
    """The present verdict."""
    distances: list[tuple[int, float]] = field(default_factory=list)
    _window: deque[_Means] = field(default_factory=deque)
    _separations: deque[float] = field(default_factory=lambda: deque(maxlen=OSCILLATION_WINDOW))
    _quality: dict[str, float] = field(default_factory=dict)
    _coverages: list[float] = field(default_factory=list)
    """Of each evaluation."""
    _gaps: deque[float] = field(default_factory=lambda: deque(maxlen=GAP_EVALUATIONS))
    _diagnosed_at: int = 0
    _evaluated_at: int = -1
    _said_at: int = 0
    _noise_seen: list[bool] = field(default_factory=list)
    """Of each evaluation: were its samples like no real image?"""
    _not_finite: tuple[str, ...] = ()
    _candidate: str = ""
    _repeats: int = 0

    def take_data(self) -> Diagnosis | None:
        """Before the first step: the verdict on the images themselves, where it is not the present one already."""
        known = self.diagnosis is not None and self.diagnosis.rule == "data"
        return self._diagnose(0, sure=True) if self.fault and not known else None

    def take_metrics(self, step: int, steps: int, means: Mapping[str, float]) -> Diagnosis | None:
        """Add the means of the last `steps` steps; the verdict comes back where it is another than before.

        None have been since the last ones where a validation's numbers come alone: they count as those of one.
        What is not finite is no part of any mean; of a loss it is a verdict.
        """
        before = self._not_finite
        losses = LOSSES if self.ours else (*before, *(name for name in means if (name in LOSSES or is_loss(name)) and name not in before))
        self._not_finite = tuple(name for name in losses if not math.isfinite(means.get(name, math.nan if name in before else 0.0)))
        news = bool(self._not_finite) != bool(before)
        means = {name: value for name, value in means.items() if math.isfinite(value)}
        self._window.append(_Means(step, max(1, steps), means))
        while self._window and self._window[0].step <= step - WINDOW:
            self._window.popleft()
        if news:
            return self._diagnose(step, sure=True)
        if step - self._diagnosed_at < DIAGNOSIS_STEPS or step < WINDOW:
            return None
        recent = [sample for sample in self._window if sample.step > self._diagnosed_at]
        if step > 2 * WINDOW:  # the first steps of any run swing
            self._separations.append(self._separation(recent))
        self._diagnosed_at = step
        return self._diagnose(step)

    def take_evaluation(self, step: int, scalars: Mapping[str, float]) -> Diagnosis | None:
        """Add an evaluation; the verdict comes back where it is another than before."""
        if step == self._evaluated_at:  # the same weights once more (key e, a resume): no further evidence
            self._gaps.pop()
            self._noise_seen.pop()
        self.distances, self._coverages = self._with(step, scalars)
        self._evaluated_at = step
        self._gaps.append(scalars.get("d_overfitting", math.nan))
        gap = fmean(self._gaps) if len(self._gaps) == GAP_EVALUATIONS else math.nan
        self._quality = {**scalars, "d_overfitting": gap}
        self._noise_seen.append(noise.is_noise(scalars))
        return self._diagnose(step, sure=True) if self._window else None

    def flattens(self, step: int, scalars: Mapping[str, float]) -> bool:
        """Would this evaluation, were it taken in, make a plateau?"""
        distances, coverages = self._with(step, scalars)
        since = steps_without_progress(distances)
        return since is not None and since >= plateau_steps(step, coverages)

    def _with(self, step: int, scalars: Mapping[str, float]) -> tuple[list[tuple[int, float]], list[float]]:
        """The distances and coverages with those of this evaluation, which takes the place of an earlier one of the same step."""
        again, distance = step == self._evaluated_at, scalars.get("fd", math.nan)
        distances = [known for known in self.distances if not again or known[0] != step]
        coverages = self._coverages[:-1] if again else self._coverages
        return [*distances, *([(step, distance)] if math.isfinite(distance) else [])], [*coverages, scalars.get("coverage", math.nan)]

    def reason_to_stop(self, wanted: str) -> str | None:
        """What `train.stop` = `wanted` waits for, once it is the case, whatever graver thing the verdict has to say.

        A collapsed run may come out of it, as `classic` does in its first twenty epochs: its plateaus do not count. Nor do those before
        the rates fall, for FD mostly falls with them.
        """
        if wanted == "never" or not self.distances or (self.diagnosis is not None and self.diagnosis.rule == "collapsed"):
            return None
        statistics = self._statistics(self.distances[-1][0])
        if wanted == "equilibrium":
            return plateau.equilibrium(statistics, 0.0)
        flat = None if statistics.rates_ahead else plateau.check(statistics, 0.0)
        return flat or as_good_as_real(statistics, 0.0)

    def outlook(self) -> str:
        """How far the run is from an equilibrium, in words: first FD must stand still, then neither D may tell."""
        if not self.distances:
            return ""
        evaluations, steps = standstill(self.distances)
        newest = self.distances[-1][0]
        wanted = math.ceil(plateau_steps(newest, self._coverages))
        if not evaluations:
            return "no plateau: FD is at its lowest"
        if evaluations < PLATEAU_EVALUATIONS:
            fallen = f"FD has not fallen by {MIN_IMPROVEMENT:.0%} for {counted(evaluations, 'evaluation')}"
            return f"no plateau yet: {fallen}, of {PLATEAU_EVALUATIONS} that make one"
        if steps < wanted:
            return f"FD has not improved since step {newest - steps:,} (plateau after {wanted:,} steps, {steps:,} so far)"
        new, own = (self._quality.get(name, math.nan) for name in ("c2st_auc", "held_out_auc"))
        if math.isnan(new):
            return "FD has stopped improving; no two-sample test: training a new D would exceed evaluation.budget"
        wanted_auc = f"{1 - CHANCE_AUC_MAX:.2f} to {CHANCE_AUC_MAX:.2f}"
        return f"equilibrium test: AUC of a newly trained D {new:.2f}, of the run's own {own:.2f}; both must be {wanted_auc}"

    def _diagnose(self, step: int, *, sure: bool = False) -> Diagnosis | None:
        """The gravest rule that holds; `sure` where an evaluation, which does not flicker, has just come."""
        statistics = self._statistics(step)
        if not (statistics.of_a_gan or statistics.not_finite or self.diagnosis):
            return None  # nothing else is known of numbers that anybody may log
        for rule in RULES:
            holds = self.diagnosis is not None and self.diagnosis.rule == rule.name
            text = rule.check(statistics, HYSTERESIS if holds else 0.0)
            if text:
                return self._adopt(Diagnosis(rule.name, rule.level, text, rule.advice_for(statistics)), step, sure)
        return None

    def _adopt(self, found: Diagnosis, step: int, sure: bool) -> Diagnosis | None:
        if self.diagnosis is not None and found.rule == self.diagnosis.rule:
            self._repeats = 0
            # Its numbers are to be those of the present; and that it still holds is said before it counts as stale.
            if not is_stale(self._said_at, step) and (not sure or found == self.diagnosis):
                return None
            self.diagnosis, self._said_at = found, step
            return found
        self._repeats = self._repeats + 1 if found.rule == self._candidate else 1
        self._candidate = found.rule
        if self.diagnosis is not None and not sure and self._repeats < RULE_DEBOUNCE:
            return None
        self.diagnosis, self._repeats, self._said_at = found, 0, step
        return found

    def _statistics(self, step: int) -> Statistics:
        over = sum(sample.steps for sample in self._window)
        names = {name for sample in self._window for name in sample.means} if over >= MIN_MEAN_STEPS else ()
        means = {name: self._mean(name, self._window) for name in names}
        stale = self._evaluated_at >= 0 and is_stale(self._evaluated_at, step)
        return Statistics(
            means,
            list(self._separations),
            {} if stale else self._quality,
            self.distances,
            step,
            self.probabilities,
            self.classes,
            self.critic,
            over,
            stale,
            self.evaluates,
            0 if stale else sum(1 for _ in takewhile(bool, reversed(self._noise_seen))),
            self.fault,
            self.ours,
            self._coverages,
            self._not_finite,
            self.preset,
            self.on_mnist,
            self.rates(),
        )

    def _separation(self, samples: "list[_Means]") -> float:
        if self.probabilities and all("D(x)" in sample.means and "D(G(z))" in sample.means for sample in samples):
            return self._mean("D(x)", samples) - self._mean("D(G(z))", samples)
        return self._mean("d_pair_accuracy", samples) if all("d_pair_accuracy" in sample.means for sample in samples) else 0.0

    @staticmethod
    def _mean(name: str, samples: "deque[_Means] | list[_Means]") -> float:
        known = [(sample.means[name], sample.steps) for sample in samples if name in sample.means]
        return sum(value * steps for value, steps in known) / sum(steps for _, steps in known)


def replay(health: Health, logged: Iterable[AnyEvent]) -> None:
    """Take in what an earlier trainer of the run logged."""
    last = 0
    for event in logged:
        if isinstance(event, Metrics):
            health.take_metrics(event.step, event.step - last, _numbers(event.scalars))
            last = event.step
        elif isinstance(event, Evaluation):
            health.take_evaluation(event.step, _numbers(event.scalars))


def _numbers(scalars: Mapping[str, Scalar]) -> dict[str, float]:
    return {name: from_scalar(value) for name, value in scalars.items()}
