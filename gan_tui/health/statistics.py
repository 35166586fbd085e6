"""What the rules are given: means of the last steps, and the evaluations so far."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from gan_tui.spec.metrics import LOSSES, PROBABILITIES, RANKING

WINDOW = 600
"""Steps whose means count: one epoch of MNIST."""
MIN_MEAN_STEPS = 300
"""Steps whose means say anything."""
DIAGNOSIS_STEPS = 100
"""Steps between two diagnoses."""
RULE_DEBOUNCE = 3
"""Diagnoses in a row in which another rule must be the first to hold before it is believed."""
OSCILLATION_WINDOW = 30
"""Diagnoses whose separation of real from generated images is kept, to see whether it swings."""
PLATEAU_EVALUATIONS = 8
"""Evaluations without progress that make a plateau, once they also span PLATEAU_SHARE of the run."""
PLATEAU_SHARE = 0.2
"""Of the steps so far."""
EARLY_COVERAGE = 0.05
"""Below it samples are not like real images yet. What ends a run takes the median of TREND_EVALUATIONS: one is off by 0.01."""
EARLY_PLATEAU_SHARE = 0.5
"""In place of PLATEAU_SHARE while they are not: `classic` stands still for a third of its first seventeen epochs, and then learns."""
MIN_IMPROVEMENT = 0.05
"""Share by which the distance must fall to count as progress."""
TREND_EVALUATIONS = 5
"""Evaluations over which it may fall."""
MIN_EVALUATIONS = 3
"""Evaluations before which nothing is called a collapse."""
MIN_STEPS = 1800
"""Steps before which nothing is: evaluations come quickly in the beginning."""
GAP_EVALUATIONS = 3
"""Evaluations whose mean `d_overfitting` counts: with thirty held-out images, a single one is off by 0.05 and more."""
CHANCE_AUC_MAX = 0.55
"""AUC of a discriminator up to which it counts as unable to tell; as far below 0.5 it does so as well."""
METRICS_KEPT = 2 * OSCILLATION_WINDOW
"""Metrics after which no older ones count, if they also span STEPS_KEPT."""
STEPS_KEPT = OSCILLATION_WINDOW * DIAGNOSIS_STEPS + 3 * WINDOW
OF_A_GAN = frozenset((*LOSSES, *PROBABILITIES, *RANKING, "d_grad", "g_grad", "penalty"))
"""Names of what only a GAN has."""
UNFALLEN = 0.95
"""Share of the rates from which on they count as not fallen yet."""
FALL_DONE = 0.1
"""Share of their fall that may be left where it counts as over."""
HYSTERESIS = 0.15
"""How much further a rule that holds already may be from its threshold, as a share of it."""


class Rates(NamedTuple):
    """Where the learning rates stand, as shares of what the settings say."""

    now: float = 1.0
    end: float = 1.0
    """Where their schedule leaves them."""


UNSCHEDULED = Rates()


@dataclass
class Statistics:
    """What is known at one diagnosis."""

    means: Mapping[str, float]
    """Of each metric, over the last WINDOW steps."""
    separation_history: list[float]
    """How well D separated real from generated images at the last diagnoses, the oldest first: D(x) - D(G(z)), or its AUC where these mean
    nothing."""
    quality: Mapping[str, float]
    """The newest evaluation; empty before the first."""
    distances: list[tuple[int, float]]
    """(step, Frechet distance) of every evaluation."""
    step: int = 0
    probabilities: bool = True
    classes: int = 10
    critic: bool = False
    """D's loss is `wasserstein`: it estimates a distance, and far ahead of G is where it should be (Gulrajani et al. 2017)."""
    over: int = WINDOW
    """Steps whose means these are."""
    stale: bool = False
    """The newest evaluation is too long ago to speak of the present; `quality` is empty then."""
    evaluates: bool = True
    """Are there evaluations in this run?"""
    noise_evaluations: int = 0
    """Evaluations in a row, up to the newest, whose samples are like no real image."""
    fault: str = ""
    """Why nothing can be learned from the images."""

    ours: bool = True
    """The run is gan-tui's own, whose settings have names."""
    coverages: Sequence[float] = ()
    """Of every evaluation."""
    not_finite: tuple[str, ...] = ()
    """Losses that are NaN or infinite now."""
    preset: str = ""
    """The shipped one that the run started from; empty where that is not known, and where the run's networks are others."""
    on_mnist: bool = False
    """Are its distances those of which the presets' own are?"""
    rates: Rates = UNSCHEDULED

    @property
    def of_a_gan(self) -> bool:
        """Does anything that is logged speak of a GAN? Another program may train whatever it likes."""
        return self.ours or bool(self.quality or self.distances) or not OF_A_GAN.isdisjoint((*self.means, *self.not_finite))

    @property
    def scored(self) -> bool:
        """Does D say of real and of generated images how likely they are real?"""
        return self.probabilities and "D(x)" in self.means and "D(G(z))" in self.means

    @property
    def rates_ahead(self) -> str:
        """Which fall of the rates still lies before the run, in words; empty without one. It lowers FD, mostly where it stood still."""
        now, end = self.rates
        if now <= end + FALL_DONE * (1 - end):
            return ""
        return f"the rates are at {now:.0%} and fall to {end:.0%}" if now < UNFALLEN else "the rates have not fallen yet"

    def has(self, *names: str) -> bool:
        """Are these measures of the newest evaluation known, and numbers?"""
        return all(math.isfinite(self.quality.get(name, math.nan)) for name in names)


class Standstill(NamedTuple):
    """How long it is since the lowest distance fell by MIN_IMPROVEMENT the last time."""

    evaluations: int
    steps: int


def standstill(distances: list[tuple[int, float]]) -> Standstill:
    """Of (step, distance) in their order."""
    best, at, after = math.inf, 0, 0
    for step, distance in distances:
        if distance < best * (1 - MIN_IMPROVEMENT):
            best, at, after = distance, step, 0
        else:
            after += 1
    return Standstill(after, distances[-1][0] - at if distances else 0)


def plateau_steps(step: int, coverages: Sequence[float]) -> float:
    """Steps without progress that make a plateau at `step`; `coverages`: of every evaluation, NaN where it is not known."""
    known = [coverage for coverage in coverages[-TREND_EVALUATIONS:] if math.isfinite(coverage)]
    return step * (EARLY_PLATEAU_SHARE if known and median(known) < EARLY_COVERAGE else PLATEAU_SHARE)


def steps_without_progress(distances: list[tuple[int, float]]) -> int | None:
    """Steps since the lowest distance fell by MIN_IMPROVEMENT the last time; None before PLATEAU_EVALUATIONS have passed since."""
    evaluations, steps = standstill(distances)
    return steps if evaluations >= PLATEAU_EVALUATIONS else None
