"""The verdict: what a run's numbers add up to, in plain words, with the evidence and what to try.

A small table of rules, the gravest first. Each looks at the means of the last steps and at the evaluations so far, and says
either nothing or what it sees. A rule that holds already lets go later than it took hold, and another takes its place
only after it was the first to speak several times in a row: so the line does not flicker.
"""

import math
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise, takewhile
from statistics import fmean
from typing import Literal, NamedTuple

from gan_tui.run import evidence
from gan_tui.run.events import AnyEvent, Evaluation, Metrics, Scalar, from_scalar
from gan_tui.training import noise

Level = Literal["good", "info", "warning", "bad"]

WINDOW = 600
"""Steps whose means are looked at: one epoch of MNIST."""
LEAST_MEANS = 300
"""Steps whose means say anything."""
LOOK_STEPS = 100
"""Steps between two looks."""
PATIENCE = 3
"""Looks in a row at which another rule must be the first to speak before it is believed."""
COURSE = 30
"""Looks over which D's success is followed, to see whether it swings."""
PLATEAU_EVALUATIONS = 8
"""Evaluations without progress that make a plateau, once they also span PLATEAU_SHARE of the run."""
PLATEAU_SHARE = 0.2
"""Of the steps so far."""
PROGRESS = 0.05
"""Share by which the distance must fall to count as progress."""
RECENT = 5
"""Evaluations over which it may fall."""
SETTLED = 3
"""Evaluations before which nothing is called a collapse."""
SETTLED_STEPS = 1800
"""Steps before which nothing is: evaluations come quickly in the beginning."""
GAPS = 3
"""Evaluations whose mean `d_gap` counts: with thirty unseen images, a single one is off by 0.05 and more."""
FAIR = 0.55
"""AUC of a discriminator up to which it counts as unable to tell; as far below 0.5 it does so as well."""
MEMORY = 2 * COURSE
"""Metrics after which no older ones count, if they also span MEMORY_STEPS."""
MEMORY_STEPS = COURSE * LOOK_STEPS + 3 * WINDOW
SLACK = 0.15
"""How much further a rule that holds already may be from its threshold, as a share of it."""


class Finding(NamedTuple):
    """What a rule says."""

    rule: str
    level: Level
    text: str
    advice: str


@dataclass
class Vitals:
    """What is known at one look."""

    means: Mapping[str, float]
    """Of each metric, over the last WINDOW steps."""
    course: list[float]
    """D's success at each of the last looks, the oldest first: D(x) - D(G(z)), or its AUC where these mean nothing."""
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
    unlike: int = 0
    """Evaluations in a row, up to the newest, whose samples are like no real image."""
    fault: str = ""
    """Why nothing can be learned from the images."""

    def has(self, *names: str) -> bool:
        """Are these measures of the newest evaluation known, and numbers?"""
        return all(math.isfinite(self.quality.get(name, math.nan)) for name in names)


Sees = Callable[[Vitals, float], str | None]
"""(vitals, slack) -> the evidence, or None. `slack` is 0, or SLACK where the rule holds already."""


class Rule(NamedTuple):
    """One line of the table."""

    name: str
    level: Level
    sees: Sees
    advice: str | Callable[[Vitals], str]
    """What to try."""
    critic_advice: str = ""
    """The same under the loss `wasserstein`, where it is something else."""

    def advice_for(self, v: Vitals) -> str:
        """What to try in this case."""
        if v.critic and self.critic_advice:
            return self.critic_advice
        return self.advice if isinstance(self.advice, str) else self.advice(v)


def _faulty_data(v: Vitals, slack: float) -> str | None:  # noqa: ARG001
    return f"nothing to learn: {v.fault}" if v.fault else None


def _diverging(v: Vitals, slack: float) -> str | None:
    limit = 50 * (1 - slack)  # a D that has won alone gives g_loss 10 to 20
    worst = max(abs(v.means.get("d_loss", 0.0)), abs(v.means.get("g_loss", 0.0)))
    if v.probabilities and worst > limit:
        return f"diverging: d_loss {v.means['d_loss']:.3g}, g_loss {v.means['g_loss']:.3g} over the last {v.over} steps"
    gradient = max(v.means.get("d_grad", 0.0), v.means.get("g_grad", 0.0))
    return f"diverging: the gradients are {gradient:.3g} long" if gradient > 1000 * (1 - slack) else None


def _collapsed(v: Vitals, slack: float) -> str | None:
    if not v.has("coverage", "fd", "fd_floor") or v.quality["fd"] < 20 * v.quality["fd_floor"]:
        return None
    if len(v.distances) < SETTLED or v.step < SETTLED_STEPS:  # the first images of many a healthy run are alike
        return None
    few = v.has("classes") and v.quality["classes"] < 0.4 * v.classes * (1 + slack)
    alike = v.has("spread") and v.quality["spread"] < 0.3 * (1 + slack)
    if not (few or alike):
        return None
    kinds = f"{v.quality['classes']:.1f} of {v.classes} classes, " if v.has("classes") else ""
    what = "G makes few kinds of images" if few else "the images of a class are nearly alike"
    return f"collapsed: {kinds}coverage {v.quality['coverage']:.2f}: {what}"


def _collapsed_within(v: Vitals, slack: float) -> str | None:
    if v.has("spread_min", "legible") and v.quality["legible"] > 0.3 and v.quality["spread_min"] < 0.35 * (1 + slack):
        return f"collapse within a class: its images have {v.quality['spread_min']:.0%} of the variety of real ones"
    return None


def _memorising(v: Vitals, slack: float) -> str | None:
    if v.has("copies") and v.quality["copies"] > 0.1 * (1 - slack):
        return f"memorising: {v.quality['copies']:.0%} of the samples are copies of training images (1 % is normal)"
    if v.has("d_gap") and v.quality["d_gap"] > 0.65 * (1 - slack / 2):
        return f"D learns its training images by heart: it prefers them to unseen ones {v.quality['d_gap']:.0%} of the time (50 % is fair)"
    return None


def _d_won(v: Vitals, slack: float) -> str | None:
    if v.probabilities and "D(x)" in v.means and v.means["D(x)"] > 0.98 - 0.1 * slack and v.means["D(G(z))"] < 0.02 * (1 + slack):
        return f"D has won: D(x)={v.means['D(x)']:.2f}, D(G(z))={v.means['D(G(z))']:.2f} over the last {v.over} steps"
    return None


def _d_wins(v: Vitals, slack: float) -> str | None:
    if v.probabilities and "D(x)" in v.means:
        if v.means["D(x)"] > 0.93 - 0.1 * slack and v.means["D(G(z))"] < 0.08 * (1 + slack):
            return f"D is winning: D(x)={v.means['D(x)']:.2f}, D(G(z))={v.means['D(G(z))']:.2f} over the last {v.over} steps"
        return None
    if not v.critic and v.means.get("auc", 0.5) > 0.985 - 0.05 * slack:  # a critic is to be far ahead
        return f"D is winning: it tells {v.means['auc']:.1%} of the pairs apart over the last {v.over} steps"
    return None


def _g_wins(v: Vitals, slack: float) -> str | None:
    if v.means.get("auc", 0.5) < 0.42 * (1 + slack / 2):
        return f"G is winning: D ranks only {v.means['auc']:.0%} of the pairs rightly, and cannot teach what it does not see"
    return None


def _oscillating(v: Vitals, slack: float) -> str | None:
    course = v.course
    if len(course) < COURSE // 2:
        return None
    low, high = min(course), max(course)
    turns = sum((a - (low + high) / 2) * (b - (low + high) / 2) < 0 for a, b in pairwise(course))
    if high - low > 0.7 * (1 - slack) and turns >= 3:
        what = "D(x) - D(G(z))" if v.probabilities else "D's AUC"
        return f"oscillating: {what} swung {turns} times between {low:.2f} and {high:.2f} in {len(course) * LOOK_STEPS:,} steps"
    return None


def _flat(v: Vitals, slack: float) -> str | None:
    """FD has stopped falling: for how long, and where."""
    since = steps_without_progress(v.distances)
    if since is None or since < PLATEAU_SHARE * (1 - slack) * v.step or not v.has("fd", "fd_floor"):
        return None
    best, now, floor = min(distance for _, distance in v.distances), v.quality["fd"], v.quality["fd_floor"]
    return f"FD has not fallen by {PROGRESS:.0%} for {since:,} steps: {best:.3g} at best, {now:.3g} now (real images: {floor:.2g})"


def _equilibrium(v: Vitals, slack: float) -> str | None:
    flat = _flat(v, slack)
    if not flat or not v.has("fresh_auc", "held_out_auc"):
        return None
    fresh, own = v.quality["fresh_auc"], v.quality["held_out_auc"]
    # Who ranks two of three pairs wrongly can tell, too: it would have to be asked the other way round.
    if max(fresh, 1 - fresh, own, 1 - own) <= FAIR * (1 + slack / 5):
        return (
            f"equilibrium: neither a fresh D (AUC {fresh:.2f}) nor the run's own ({own:.2f}) can tell samples from real images, and {flat}"
        )
    return None


def _blunt(v: Vitals, slack: float) -> str | None:
    """The trained D is beaten, a fresh one is not: it is D that no longer teaches."""
    flat = _flat(v, slack)
    if not flat or not v.has("fresh_auc", "held_out_auc"):
        return None
    fresh, own = v.quality["fresh_auc"], v.quality["held_out_auc"]
    # What a critic learns is a difference of means, so that it ranks many pairs wrongly is no fault; that it ranks like a coin is.
    if v.critic and v.means.get("auc", 1.0) > FAIR * (1 + slack / 5):
        return None
    # A D that tells its pairs apart teaches, even where the samples are an averaged G's, which it never meets.
    if fresh - max(own, v.means.get("auc", 0.0)) > 0.2 * (1 - slack):
        return f"D has gone blunt: it ranks {own:.0%} of unseen images above samples, a fresh D {fresh:.0%}; {flat}"
    return None


def _plateau(v: Vitals, slack: float) -> str | None:
    flat = _flat(v, slack)
    if not flat:
        return None
    told = f"; a fresh D tells {v.quality['fresh_auc']:.0%} of the pairs apart" if v.has("fresh_auc") else ""
    return f"plateau: {flat}{told}"


def _as_good_as_real(v: Vitals, slack: float) -> str | None:
    # The floor of a small folder is an estimate: FD may fall below it, and on.
    if len(v.distances) < RECENT or _improving(v, 0.0):
        return None
    if v.has("fd", "fd_floor") and v.quality["fd"] < 2 * v.quality["fd_floor"] * (1 + slack):
        return f"as good as it gets: FD {v.quality['fd']:.3g}, and real images read {v.quality['fd_floor']:.2g}"
    return None


def _noise(v: Vitals, slack: float) -> str | None:
    del slack
    if v.unlike < noise.EVALUATIONS or v.step < noise.STEPS or not v.has("fd"):
        return None
    return noise.evidence_of(v.step, v.quality)


def _causes_of_noise(v: Vitals) -> str:
    moved = abs(v.distances[-1][1] / v.distances[0][1] - 1) if v.distances and v.distances[0][1] else math.nan
    since = v.distances[-1][0] - v.distances[0][0] if v.distances else 0
    return noise.causes(v.means, moved, since, v.course, critic=v.critic)


def _unknown(v: Vitals, slack: float) -> str | None:
    del slack
    if not v.stale or not v.distances:
        return None
    step, distance = v.distances[-1]
    return (
        f"not known how good the images are now: the last evaluation is of step {step:,} (FD {distance:.3g}), {v.step - step:,} steps ago"
    )


def _too_early(v: Vitals, slack: float) -> str | None:
    if not v.quality:
        why = "no evaluation yet" if v.evaluates else "evaluation.budget is 0"
        return f"{why}: the losses alone do not say how good the images are"
    if v.has("coverage") and v.quality["coverage"] < 0.05 * (1 + slack):
        return f"early: FD {v.quality['fd']:.3g}, coverage {v.quality['coverage']:.2f}: the images are not like real ones yet"
    return None


def _improving(v: Vitals, slack: float) -> str | None:
    """FD falls, and is lower than it ever was: what only comes back from an outlier does not improve."""
    # Where it holds already it may be a little above: no two evaluations read quite the same.
    best = min((distance for _, distance in v.distances), default=math.inf)
    if v.stale or not v.distances or v.distances[-1][1] > best * (1 + PROGRESS * slack / SLACK):
        return None
    recent = [distance for _, distance in v.distances[-RECENT:]]
    if len(recent) >= 2 and recent[-1] < recent[0] * (1 - PROGRESS * (1 - slack)):
        beside = f" ({best:.3g} at best)" if recent[-1] > best else ""
        return f"improving: FD {recent[0]:.3g} → {recent[-1]:.3g} in {len(recent)} evaluations{beside}{_balance(v)}"
    return None


def _balanced(v: Vitals, slack: float) -> str | None:  # noqa: ARG001
    if not v.has("fd"):
        return "balanced" + _balance(v)
    step, best = min(v.distances, key=lambda known: known[1], default=(0, math.inf))
    behind = f" ({best:.3g} at best, at step {step:,})" if v.quality["fd"] > best * (1 + PROGRESS) else ""
    return f"balanced: FD {v.quality['fd']:.3g}{behind}{_balance(v)}"


def _balance(v: Vitals) -> str:
    if v.probabilities and "D(x)" in v.means:
        return f", D(x)={v.means['D(x)']:.2f} D(G(z))={v.means['D(G(z))']:.2f}"
    return f", D ranks {v.means['auc']:.0%} of the pairs rightly" if "auc" in v.means else ""


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
    Rule("noise", "bad", _noise, _causes_of_noise),
    Rule(
        "collapsed",
        "bad",
        _collapsed,
        "give it time if it is early; else try preset mlp-r3, or a lower optimizer.g_lr",
        "give it time if it is early; else set loss.gp to 10 and train.d_steps to 5, or lower optimizer.g_lr",
    ),
    Rule("memorising", "warning", _memorising, "stop at best.pt, train on more images, or raise loss.r1"),
    Rule("collapsed-within", "warning", _collapsed_within, "loss.name = relativistic with loss.r1 and loss.r2 keeps the variety"),
    Rule("d-wins", "warning", _d_wins, "lower optimizer.d_lr, or add R1: loss.r1"),
    Rule("equilibrium", "good", _equilibrium, "stop here: neither network can improve"),
    Rule("as-good-as-real", "good", _as_good_as_real, "stop here: more epochs cannot show"),
    Rule(
        "d-blunt",
        "warning",
        _blunt,
        "not the epochs, D is the limit: raise optimizer.d_lr or train.d_steps, or lower loss.r1",
        "not the epochs, the critic is the limit: raise train.d_steps (5 is usual), and keep loss.gp at 10",
    ),
    Rule("plateau", "info", _plateau, "not the epochs, the model is the limit: lower the rates, or train a better one: preset mlp-r3"),
    Rule("unknown", "info", _unknown, "wait for the next evaluation, or ask for one: key e"),
    Rule("early", "info", _too_early, lambda v: "wait" if v.evaluates else "`gan-tui evaluate RUN` measures a checkpoint"),
    Rule("improving", "good", _improving, "go on"),
    Rule("balanced", "good", _balanced, "go on"),
)
"""The gravest first; the last one always speaks."""


class Standstill(NamedTuple):
    """How long it is since the lowest distance fell by PROGRESS the last time."""

    evaluations: int
    steps: int


def standstill(distances: list[tuple[int, float]]) -> Standstill:
    """Of (step, distance) in their order."""
    best, at, after = math.inf, 0, 0
    for step, distance in distances:
        if distance < best * (1 - PROGRESS):
            best, at, after = distance, step, 0
        else:
            after += 1
    return Standstill(after, distances[-1][0] - at if distances else 0)


def steps_without_progress(distances: list[tuple[int, float]]) -> int | None:
    """Steps since the lowest distance fell by PROGRESS the last time; None before PLATEAU_EVALUATIONS have passed since."""
    evaluations, steps = standstill(distances)
    return steps if evaluations >= PLATEAU_EVALUATIONS else None


@dataclass
class _Sample:
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
    finding: Finding | None = None
    """The present verdict."""
    distances: list[tuple[int, float]] = field(default_factory=list)
    _window: deque[_Sample] = field(default_factory=deque)
    _course: deque[float] = field(default_factory=lambda: deque(maxlen=COURSE))
    _quality: dict[str, float] = field(default_factory=dict)
    _gaps: deque[float] = field(default_factory=lambda: deque(maxlen=GAPS))
    _looked_at: int = 0
    _evaluated_at: int = -1
    _said_at: int = 0
    _unlike: list[bool] = field(default_factory=list)
    """Of each evaluation: were its samples like no real image?"""
    _newcomer: str = ""
    _times: int = 0

    def take_data(self) -> Finding | None:
        """Before the first step: the verdict on the images themselves, where it is not the present one already."""
        known = self.finding is not None and self.finding.rule == "data"
        return self._look(0, sure=True) if self.fault and not known else None

    def take_metrics(self, step: int, steps: int, means: Mapping[str, float]) -> Finding | None:
        """Add the means of the last `steps` steps; the verdict comes back where it is another than before."""
        self._window.append(_Sample(step, steps, means))
        while self._window and self._window[0].step <= step - WINDOW:
            self._window.popleft()
        if step - self._looked_at < LOOK_STEPS or step < WINDOW:
            return None
        recent = [sample for sample in self._window if sample.step > self._looked_at]
        if step > 2 * WINDOW:  # the first steps of any run swing
            self._course.append(self._success(recent))
        self._looked_at = step
        return self._look(step)

    def take_evaluation(self, step: int, scalars: Mapping[str, float]) -> Finding | None:
        """Add an evaluation; the verdict comes back where it is another than before."""
        if step == self._evaluated_at:  # the same weights once more (key e, a resume): no further evidence
            self._gaps.pop()
            self._unlike.pop()
            self.distances = [known for known in self.distances if known[0] != step]
        self._evaluated_at = step
        self._gaps.append(scalars.get("d_gap", math.nan))
        gap = fmean(self._gaps) if len(self._gaps) == GAPS else math.nan
        self._quality = {**scalars, "d_gap": gap}
        self._unlike.append(noise.is_noise(scalars))
        if math.isfinite(scalars.get("fd", math.nan)):
            self.distances.append((step, scalars["fd"]))
        return self._look(step, sure=True) if self._window else None

    def flattens(self, step: int, distance: float) -> bool:
        """Would this distance, measured now, make a plateau?"""
        since = steps_without_progress([*self.distances, (step, distance)])
        return since is not None and since >= PLATEAU_SHARE * step

    def reason_to_stop(self, wanted: str) -> str | None:
        """What `train.stop` = `wanted` waits for, once it is the case, whatever graver thing the verdict has to say.

        A collapsed run may come out of it, as `classic` does in its first twenty epochs: its plateaus do not count.
        """
        if wanted == "never" or not self.distances or (self.finding is not None and self.finding.rule == "collapsed"):
            return None
        vitals = self._vitals(self.distances[-1][0])
        return _equilibrium(vitals, 0.0) if wanted == "equilibrium" else _plateau(vitals, 0.0) or _as_good_as_real(vitals, 0.0)

    def outlook(self) -> str:
        """How far the run is from an equilibrium, in words: first FD must stand still, then neither D may tell."""
        if not self.distances:
            return ""
        evaluations, steps = standstill(self.distances)
        newest = self.distances[-1][0]
        wanted = math.ceil(PLATEAU_SHARE * newest)
        if evaluations < PLATEAU_EVALUATIONS:
            idle = f"{evaluations} of {PLATEAU_EVALUATIONS} evaluations without a fall by {100 * PROGRESS:.0f} %"
            return f"no equilibrium while FD falls: {idle}"
        if steps < wanted:
            return f"no equilibrium yet: FD stands still since step {newest - steps:,}, {steps:,} of {wanted:,} steps"
        fresh, own = (self._quality.get(name, math.nan) for name in ("fresh_auc", "held_out_auc"))
        if math.isnan(fresh):
            return "FD stands still; asking a fresh D would take longer than the budget allows"
        return f"to the equilibrium: AUC of a fresh D {fresh:.2f}, of the run's own {own:.2f}; both must be {1 - FAIR:.2f} to {FAIR:.2f}"

    def _look(self, step: int, *, sure: bool = False) -> Finding | None:
        """The gravest rule that sees something; `sure` where an evaluation, which does not flicker, has just come."""
        vitals = self._vitals(step)
        for rule in RULES:
            holds = self.finding is not None and self.finding.rule == rule.name
            text = rule.sees(vitals, SLACK if holds else 0.0)
            if text:
                return self._speak(Finding(rule.name, rule.level, text, rule.advice_for(vitals)), step, sure)
        return None

    def _speak(self, found: Finding, step: int, sure: bool) -> Finding | None:
        if self.finding is not None and found.rule == self.finding.rule:
            self._times = 0
            # Its numbers are to be those of the present; and that it still holds is said before it counts as stale.
            if not evidence.is_stale(self._said_at, step) and (not sure or found == self.finding):
                return None
            self.finding, self._said_at = found, step
            return found
        self._times = self._times + 1 if found.rule == self._newcomer else 1
        self._newcomer = found.rule
        if self.finding is not None and not sure and self._times < PATIENCE:
            return None
        self.finding, self._times, self._said_at = found, 0, step
        return found

    def _vitals(self, step: int) -> Vitals:
        over = sum(sample.steps for sample in self._window)
        names = {name for sample in self._window for name in sample.means} if over >= LEAST_MEANS else ()
        means = {name: self._mean(name, self._window) for name in names}
        stale = self._evaluated_at >= 0 and evidence.is_stale(self._evaluated_at, step)
        return Vitals(
            means,
            list(self._course),
            {} if stale else self._quality,
            self.distances,
            step,
            self.probabilities,
            self.classes,
            self.critic,
            over,
            stale,
            self.evaluates,
            0 if stale else sum(1 for _ in takewhile(bool, reversed(self._unlike))),
            self.fault,
        )

    def _success(self, samples: "list[_Sample]") -> float:
        if self.probabilities and all("D(x)" in sample.means for sample in samples):
            return self._mean("D(x)", samples) - self._mean("D(G(z))", samples)
        return self._mean("auc", samples) if all("auc" in sample.means for sample in samples) else 0.0

    @staticmethod
    def _mean(name: str, samples: "deque[_Sample] | list[_Sample]") -> float:
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
