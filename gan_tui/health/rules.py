"""The rules: each sees something in the statistics, or nothing, and knows what to try.

A check says in words what it sees, or None. Its `hysteresis` is 0, or HYSTERESIS where the rule holds already: it lets go later than it
takes hold.
"""

import math
from collections.abc import Callable
from itertools import pairwise
from operator import itemgetter
from typing import NamedTuple

from gan_tui.health import noise, plateau
from gan_tui.health.plain_words import in_plain_words
from gan_tui.health.statistics import (
    DIAGNOSIS_STEPS,
    EARLY_COVERAGE,
    MIN_EVALUATIONS,
    MIN_IMPROVEMENT,
    MIN_STEPS,
    OSCILLATION_WINDOW,
    PLATEAU_SHARE,
    TREND_EVALUATIONS,
    Statistics,
    standstill,
)
from gan_tui.spec.healthy import HEALTHY
from gan_tui.spec.kinds import LevelName
from gan_tui.spec.metrics import LOSSES

FAR_COVERAGE = HEALTHY["coverage"].low
"""Below it samples are far from real images."""
AT_FLOOR = 2.0
"""Times its floor below which FD is near it: samples are nearly as good as real images are."""
MEASURE = "`gan-tui evaluate RUN` measures a checkpoint"
RELAPSE = 1.2
"""Times the lowest FD beyond which the newest is worse by more than FD goes up and down in most runs that improve."""
Check = Callable[[Statistics, float], str | None]
"""(statistics, hysteresis) -> the evidence, or None."""


class Rule(NamedTuple):
    """One line of the table."""

    name: str
    level: LevelName
    check: Check
    advice: str | Callable[[Statistics], str]
    """What to try."""
    critic_advice: str = ""
    """The same under the loss `wasserstein`, where it is something else."""
    other_advice: str = ""
    """The same of a training that is no GAN's."""

    def advice_for(self, v: Statistics) -> str:
        """What to try in this case."""
        if not v.of_a_gan:
            return self.other_advice
        words = self.critic_advice if v.critic and self.critic_advice else self.advice
        advice = words if isinstance(words, str) else words(v)
        return advice if v.ours else in_plain_words(advice)


def _faulty_data(v: Statistics, hysteresis: float) -> str | None:  # noqa: ARG001
    return f"nothing to learn: {v.fault}" if v.fault else None


def _diverging(v: Statistics, hysteresis: float) -> str | None:
    limit = 50 * (1 - hysteresis)  # a D that has won alone gives g_loss 10 to 20
    if v.not_finite:
        return f"diverged: {', '.join(v.not_finite)} {'is' if len(v.not_finite) == 1 else 'are'} not finite since step {v.step:,}"
    losses = {name: v.means[name] for name in LOSSES if name in v.means}
    # Of another program's loss nothing is known but what D(x) says: a critic's may be large.
    if (v.probabilities if v.ours else v.scored) and any(abs(value) > limit for value in losses.values()):
        return f"diverging: {', '.join(f'{name} {value:.3g}' for name, value in losses.items())} over the last {v.over} steps"
    gradient = max(v.means.get("d_grad", 0.0), v.means.get("g_grad", 0.0))
    return f"diverging: gradient norm {gradient:.3g}" if gradient > 1000 * (1 - hysteresis) else None


def _d_won(v: Statistics, hysteresis: float) -> str | None:
    if v.scored and v.means["D(x)"] > 0.98 - 0.1 * hysteresis and v.means["D(G(z))"] < 0.02 * (1 + hysteresis):
        return f"D has won: D(x)={v.means['D(x)']:.2f}, D(G(z))={v.means['D(G(z))']:.2f} over the last {v.over} steps"
    return None


def _d_wins(v: Statistics, hysteresis: float) -> str | None:
    if v.scored:
        if v.means["D(x)"] > 0.93 - 0.1 * hysteresis and v.means["D(G(z))"] < 0.08 * (1 + hysteresis):
            return f"D is winning: D(x)={v.means['D(x)']:.2f}, D(G(z))={v.means['D(G(z))']:.2f} over the last {v.over} steps"
        return None
    if not v.critic and v.means.get("d_pair_accuracy", 0.5) > 0.985 - 0.05 * hysteresis:  # a critic is to be far ahead
        return f"D is winning: pairwise accuracy {v.means['d_pair_accuracy']:.1%} over the last {v.over} steps"
    return None


def _g_wins(v: Statistics, hysteresis: float) -> str | None:
    if v.means.get("d_pair_accuracy", 0.5) < 0.42 * (1 + hysteresis / 2):
        accuracy = f"{v.means['d_pair_accuracy']:.0%} over the last {v.over} steps"
        return f"G is winning: D pairwise accuracy {accuracy}, worse than chance: G learns nothing from D"
    return None


def _oscillating(v: Statistics, hysteresis: float) -> str | None:
    history = v.separation_history
    if len(history) < OSCILLATION_WINDOW // 2:
        return None
    low, high = min(history), max(history)
    turns = sum((a - (low + high) / 2) * (b - (low + high) / 2) < 0 for a, b in pairwise(history))
    if high - low > 0.7 * (1 - hysteresis) and turns >= 3:
        what = "D(x) - D(G(z))" if v.probabilities else "D pairwise accuracy"
        return f"oscillating: {what} swung {turns} times between {low:.2f} and {high:.2f} in {len(history) * DIAGNOSIS_STEPS:,} steps"
    return None


def _balance(v: Statistics) -> str:
    if v.scored:
        return f", D(x)={v.means['D(x)']:.2f} D(G(z))={v.means['D(G(z))']:.2f} over {v.over} steps"
    return f", D pairwise accuracy {v.means['d_pair_accuracy']:.0%} over {v.over} steps" if "d_pair_accuracy" in v.means else ""


def _collapsed(v: Statistics, hysteresis: float) -> str | None:
    if not v.has("coverage", "fd", "fd_floor") or v.quality["fd"] < 20 * v.quality["fd_floor"]:
        return None
    if len(v.distances) < MIN_EVALUATIONS or v.step < MIN_STEPS:  # the first images of many a healthy run are alike
        return None
    few = v.has("classes") and v.quality["classes"] < 0.4 * v.classes * (1 + hysteresis)
    alike = v.has("diversity") and v.quality["diversity"] < 0.3 * (1 + hysteresis)
    if not (few or alike):
        return None
    classes = f"{v.quality['classes']:.1f} of {v.classes} classes, " if v.has("classes") else ""
    alike_only = "" if few else ", the images of a class are nearly alike"
    return f"mode collapse: {classes}coverage {v.quality['coverage']:.2f}{alike_only}"


def _collapsed_within(v: Statistics, hysteresis: float) -> str | None:
    if v.has("diversity_min", "confident") and v.quality["confident"] > 0.3 and v.quality["diversity_min"] < 0.35 * (1 + hysteresis):
        return f"collapse within a class: its diversity is {v.quality['diversity_min']:.0%} of that of real images"
    return None


def _memorising(v: Statistics, hysteresis: float) -> str | None:
    if v.has("copies") and v.quality["copies"] > 0.1 * (1 - hysteresis):
        return f"memorising: {v.quality['copies']:.0%} of the samples are copies of training images (1 % is normal)"
    if v.has("d_overfitting") and v.quality["d_overfitting"] > 0.65 * (1 - hysteresis / 2):
        return f"D overfits: it prefers training images to held-out ones {v.quality['d_overfitting']:.0%} of the time (50 % is fair)"
    return None


def as_good_as_real(v: Statistics, hysteresis: float) -> str | None:
    """FD is near its floor, and falls no more; once that was said, what counts as falling is narrower."""
    # The floor of a small folder is an estimate: FD may fall below it, and on.
    if len(v.distances) < TREND_EVALUATIONS or _falls(v) or _improving(v, -hysteresis):
        return None
    if v.has("fd", "fd_floor") and v.quality["fd"] < AT_FLOOR * (1 + hysteresis) * v.quality["fd_floor"]:
        return f"near the FD floor: FD {v.quality['fd']:.3g}, real images {v.quality['fd_floor']:.2g}"
    return None


def _unknown(v: Statistics, hysteresis: float) -> str | None:
    del hysteresis
    if not v.stale or not v.distances:
        return None
    step, distance = v.distances[-1]
    return (
        f"not known how good the images are now: the last evaluation is of step {step:,} (FD {distance:.3g}), {v.step - step:,} steps ago"
    )


def _too_early(v: Statistics, hysteresis: float) -> str | None:
    if not v.of_a_gan:
        return "every loss is finite again"
    if not v.quality:
        why = "no evaluation yet" if v.evaluates else "evaluation.budget is 0" if v.ours else "not measured"
        return f"{why}: the losses alone do not say how good the images are"
    if v.has("coverage") and v.quality["coverage"] < EARLY_COVERAGE * (1 + hysteresis):
        return f"early: FD {v.quality['fd']:.3g}, coverage {v.quality['coverage']:.2f}: the images are not like real ones yet"
    return None


def _falls(v: Statistics) -> bool:
    """Is FD the lowest so far, and clearly lower than some evaluations ago?"""
    recent = [distance for _, distance in v.distances[-TREND_EVALUATIONS:]]
    return len(recent) > 1 and recent[-1] <= _best(v)[1] and recent[-1] < recent[0] * (1 - MIN_IMPROVEMENT)


def _improving(v: Statistics, hysteresis: float) -> str | None:
    """FD falls, up and down on its way: some evaluations that are no better end nothing while it fell within PLATEAU_SHARE of the run.

    What only comes back from an outlier, or was far lower before, does not improve.
    """
    if v.stale or not v.distances:
        return None
    if _falls(v):
        recent = v.distances[-TREND_EVALUATIONS:]
        return f"improving: FD {recent[0][1]:.3g} → {recent[-1][1]:.3g} in {len(recent)} evaluations{_balance(v)}"
    (newest, now), (best_at, best), still = v.distances[-1], _best(v), standstill(v.distances)
    fell_never = newest - still.steps == v.distances[0][0]
    stands = still.evaluations >= MIN_EVALUATIONS and still.steps >= PLATEAU_SHARE * (1 + hysteresis) * newest
    relapsed = now > best * RELAPSE * (1 + hysteresis / 2)
    if fell_never or relapsed or stands:
        return None
    ago = f", {newest - best_at:,} steps ago" if now > best * (1 + MIN_IMPROVEMENT) else ""
    beside = f" ({best:.3g} at best{ago})" if now > best else ", the lowest so far"
    return f"improving: FD {now:.3g}{beside}{_balance(v)}"


def _worse(v: Statistics, hysteresis: float) -> str | None:  # noqa: ARG001
    """FD has risen by more than its usual ups and downs."""
    if v.stale or not v.distances:
        return None
    (newest, now), (best_at, best) = v.distances[-1], _best(v)
    if now <= best * RELAPSE:
        return None
    return f"worse than before: FD {now:.3g} ({best:.3g} at best, {newest - best_at:,} steps ago){_balance(v)}"


def _go_on(v: Statistics) -> str:
    return f"go on: still far from real images (FD {v.quality['fd_floor']:.2g})" if _far(v, 0.0) else "go on"


def _near(v: Statistics) -> str:
    return f"wait: {v.rates_ahead}" if v.rates_ahead else "stop here where that is good enough"


def _far(v: Statistics, hysteresis: float) -> str | None:
    """Nothing is wrong, but most real images have no sample near them, and FD does not fall (`_improving` speaks first)."""
    if not v.has("fd", "fd_floor", "coverage") or v.quality["fd"] < AT_FLOOR * (1 - hysteresis) * v.quality["fd_floor"]:
        return None
    if v.quality["coverage"] < FAR_COVERAGE * (1 + hysteresis):
        floor = f"real images {v.quality['fd_floor']:.2g}"
        return f"far from real: {_distance(v, floor)}{_balance(v)}"
    return None


def _balanced(v: Statistics, hysteresis: float) -> str | None:  # noqa: ARG001
    return f"balanced: {_distance(v)}{_balance(v)}" if v.has("fd") else "balanced" + _balance(v)


def _best(v: Statistics) -> tuple[int, float]:
    """(step, distance) of the lowest FD so far."""
    return min(v.distances, key=itemgetter(1), default=(0, math.inf))


def _distance(v: Statistics, aim: str = "") -> str:
    """FD now, and where it was clearly lower, how low; `aim`: what else there is to say of it."""
    best = _best(v)[1]
    behind = f"{best:.3g} at best" if v.quality["fd"] > best * (1 + MIN_IMPROVEMENT) else ""
    beside = ", ".join(filter(None, (behind, aim)))
    return f"FD {v.quality['fd']:.3g}" + (f" ({beside})" if beside else "")


RULES = (
    Rule(
        "data",
        "bad",
        _faulty_data,
        "stop; look at real_images.png and at the notes on the data in the log, and start anew with other images",
    ),
    Rule(
        "diverging",
        "bad",
        _diverging,
        "lower both learning rates, --lr, or add R1: loss.r1",
        "lower both learning rates, --lr, and set loss.gp to 10",
        "lower the learning rate",
    ),
    Rule("d-won", "bad", _d_won, "begin again with a lower optimizer.d_lr or with R1 (loss.r1): this G learns nothing more"),
    Rule(
        "g-wins",
        "warning",
        _g_wins,
        "raise optimizer.d_lr, or train.d_steps",
        "a critic must be ahead: raise train.d_steps or optimizer.d_lr",
    ),
    Rule(
        "oscillating",
        "warning",
        _oscillating,
        "bring the two rates closer together, lower both, or add R1: loss.r1",
        "lower both learning rates, --lr, and set loss.gp to 10",
    ),
    Rule("noise", "bad", noise.check, noise.advice),
    Rule(
        "collapsed",
        "bad",
        _collapsed,
        "give it time if it is early; else lower optimizer.g_lr, or add R1: loss.r1",
        "give it time if it is early; else set loss.gp to 10 and train.d_steps to 5, or lower optimizer.g_lr",
    ),
    Rule("memorising", "warning", _memorising, "stop at best.pt, train on more images, or raise loss.r1"),
    Rule("collapsed-within", "warning", _collapsed_within, "loss.name = relativistic with loss.r1 and loss.r2 keeps the diversity"),
    Rule("d-wins", "warning", _d_wins, "lower optimizer.d_lr, or add R1: loss.r1"),
    Rule("equilibrium", "good", plateau.equilibrium, "stop here: neither network can improve"),
    Rule("as-good-as-real", "good", as_good_as_real, _near),
    Rule(
        "d-saturated",
        "warning",
        plateau.saturated,
        "D is the limit: raise optimizer.d_lr or train.d_steps, or lower loss.r1",
        "the critic is the limit: raise train.d_steps (5 is usual), and keep loss.gp at 10",
    ),
    Rule("plateau", "info", plateau.check, plateau.advice),
    Rule("unknown", "info", _unknown, "wait for the next evaluation, or ask for one: key e"),
    Rule("early", "info", _too_early, lambda v: "wait" if v.evaluates else MEASURE if v.ours else ""),
    Rule("improving", "good", _improving, _go_on),
    Rule("worse", "info", _worse, lambda v: f"go on: {v.rates_ahead or 'where it stays so, lower both learning rates, --lr'}"),
    Rule("far", "info", _far, "go on"),
    Rule("balanced", "good", _balanced, "go on"),
)
"""The gravest first; the last one always speaks."""
