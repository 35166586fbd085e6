"""What a card says of a number on the screen: what it is, what its value means now, what is healthy, and what to do. No Textual."""

import math
from typing import NamedTuple

from gan_tui.dashboard.glossary import PICTURES, SAMPLES, SYSTEM, TIME
from gan_tui.dashboard.messages import Snapshot
from gan_tui.dashboard.nothing_yet import comes_to
from gan_tui.dashboard.verdicts import GOES_ON, advice_of, best_of
from gan_tui.health.rules import AT_FLOOR, RULES
from gan_tui.render.glyphs import Glyphs
from gan_tui.render.text import number
from gan_tui.run.state import RunState
from gan_tui.spec.healthy import healthy
from gan_tui.spec.metrics import EVALUATION, METRICS, SPEED, TRAINING, Metric, ideal_of, named
from gan_tui.spec.metrics import SAMPLES as SAMPLES_MEASURED
from gan_tui.spec.objectives import Objective
from gan_tui.spec.tasks import MEAN_SECONDS

TRAINED, EVALUATED = ({metric.name for metric in metrics} for metrics in (TRAINING, EVALUATION))
JUDGED = (TRAINED | EVALUATED) - {"fd_floor"}
"""What the verdict is made of. The floor is the data's."""
MEANS = f"one that came several times within {MEAN_SECONDS:g} s, as its mean."
NEAR = 0.03
"""Of its ideal, within which a value is called that."""
CARDS = {term: meaning for section in (TIME, SAMPLES, PICTURES, SYSTEM) for terms, meaning in section for term in terms.split(", ")}
"""Of what is no metric: as the help has it."""


class Card(NamedTuple):
    """What is said of one number."""

    title: str
    entries: tuple[tuple[str, str], ...]
    """Terms and words, as the help has them."""


def card_of(topic: str, snapshot: Snapshot, word: str, loss: str | None, glyphs: Glyphs, shown: str = "") -> Card:
    """The card of a metric, or of something else that the screen names; there it stands as `shown`.

    `word` means the run; `loss` is that of its settings.
    """
    metric, state = named(topic), snapshot.state
    if topic not in METRICS and topic not in state.scalars:
        now = "not known now" if shown.strip() in ("", glyphs.dash) else shown.strip()
        return Card(topic, (("what it is", CARDS.get(topic, "") or "a number of this run"), ("its value", f"{now}.")))
    objective, value = state.objective(loss), state.scalars.get(topic)
    own = "a number that this run logs" if snapshot.task.ours else f"a number of another program, as it is {comes_to(snapshot.task)}"
    entries = (
        ("what it is", f"{metric.meaning or own}."),
        ("its value", _now(metric, state, objective, glyphs)),
        ("in this run", _range(metric, state, glyphs) if not metric.meaning else ""),
        ("measured", _measured(topic, state, ours=snapshot.task.ours)),
        ("logged", MEANS if topic in state.scalars and state.means else ""),
        ("healthy", _healthy(metric, state, objective, glyphs)),
        ("what to do", _todo(metric, value, objective, snapshot, word)),
    )
    title = metric.label if metric.label == topic else f"{metric.label}, {topic}"
    return Card(title, tuple((term, words) for term, words in entries if words))


def _shown(value: float, metric: Metric, glyphs: Glyphs) -> str:
    return number(value, 7, glyphs, metric.decimals if value else 0).strip()


def _now(metric: Metric, state: RunState, objective: Objective | None, glyphs: Glyphs) -> str:
    """What the newest value means."""
    value = state.scalars.get(metric.name)
    if value is None:
        return "not known yet"
    if not math.isfinite(value):
        return "not a finite number"
    found = healthy(metric.name, objective)
    parts = []
    if found is not None:
        parts.append("within the healthy range" if found.holds(value) else "below the healthy range" if value < found.low else "above it")
    parts += filter(None, (_against(value, _target(metric, state, objective), metric, glyphs), _course(metric, state, glyphs)))
    return f"{_shown(value, metric, glyphs)}: {', '.join(parts)}." if parts else f"{_shown(value, metric, glyphs)}."


def _range(metric: Metric, state: RunState, glyphs: Glyphs) -> str:
    """From the lowest to the highest value, of a number of which no more is known."""
    buckets = state.history[metric.name].buckets if metric.name in state.history else []
    ends = [end for bucket in buckets for end in (bucket.low, bucket.high) if end is not None]
    return f"{_shown(min(ends), metric, glyphs)} to {_shown(max(ends), metric, glyphs)}." if ends else ""


def _measured(topic: str, state: RunState, *, ours: bool) -> str:
    """When, and of how much: a number of an evaluation, a mean over steps and a smoothed speed are not as old as each other."""
    if topic not in state.scalars:
        return ""
    if topic == SPEED.name:
        return "over the last few seconds, smoothed." if ours else ""
    if topic in EVALUATED:
        evaluation = state.evaluation
        if evaluation is None or topic not in evaluation.scalars:
            return ""
        count = state.scalars.get(SAMPLES_MEASURED.name)
        of = f", from {count:,.0f} samples" if count else ""
        return f"at the newest evaluation, of step {evaluation.step:,}{of}; the same until the next one."
    steps = [event.step for event in state.recent if topic in event.scalars][-2:]
    if not ours or topic not in TRAINED or not steps:
        return ""
    last = steps[-1] - steps[0]
    return f"at step {steps[-1]:,}, " + (f"as the mean of the last {last:,} steps." if last > 1 else "of this one step.")


def _target(metric: Metric, state: RunState, objective: Objective | None) -> tuple[str, float] | None:
    """What it is held against, and its name: a floor, an equilibrium, an ideal."""
    if metric.name == "fd" and "fd_floor" in state.scalars:
        return "floor", state.scalars["fd_floor"]
    if objective is not None and metric.name in objective.equilibrium:
        return "equilibrium", objective.equilibrium[metric.name]
    ideal = ideal_of(metric, state.evaluation.real_shares if state.evaluation else ())
    return ("ideal", ideal) if ideal is not None else None


def _against(value: float, target: tuple[str, float] | None, metric: Metric, glyphs: Glyphs) -> str:
    if target is None or not math.isfinite(target[1]):
        return ""
    name, wanted = target
    words = f"its {name}, {_shown(wanted, metric, glyphs)}"
    if _is_near(value, wanted):
        return f"at {words}"
    if name == "ideal" and _is_better(value, wanted, metric):
        return f"better than {words}"
    if name == "floor" and wanted > 0:
        return f"{value / wanted:.1f} times {words}"
    return f"{'above' if value > wanted else 'below'} {words}"


def _is_near(value: float, wanted: float) -> bool:
    return abs(value - wanted) <= NEAR * abs(wanted)


def _is_better(value: float, wanted: float, metric: Metric) -> bool:
    return value < wanted if metric.better == "lower" else value > wanted and metric.better == "higher"


def _falls_short(value: float, metric: Metric, state: RunState, objective: Objective | None) -> bool:
    """Of a measure of samples: is it outside its healthy range, or without one, far from what it is held against?"""
    if (found := healthy(metric.name, objective)) is not None:
        return not found.holds(value)
    target = _target(metric, state, objective)
    if metric.name not in EVALUATED or target is None:
        return False
    name, wanted = target
    return value > AT_FLOOR * wanted if name == "floor" else not (_is_near(value, wanted) or _is_better(value, wanted, metric))


def _course(metric: Metric, state: RunState, glyphs: Glyphs) -> str:
    """How it stands beside the best so far."""
    history, value = state.history.get(metric.name), state.scalars[metric.name]
    best = best_of(history, metric) if history else None
    if best is None or history is None or len(history.buckets) < 2:
        return ""
    return "the best so far" if best == value else f"best so far {_shown(best, metric, glyphs)}"


def _healthy(metric: Metric, state: RunState, objective: Objective | None, glyphs: Glyphs) -> str:
    """The range, and what is aimed at."""
    found, target = healthy(metric.name, objective), _target(metric, state, objective)
    parts = []
    if found is not None:
        ends = max(found.low, metric.low), min(found.high, metric.high)
        low, high = (_shown(end, metric, glyphs) if math.isfinite(end) else "" for end in ends)
        parts.append(f"{low} to {high}" if low and high else f"{low} or more" if low else f"{high} or less")
    if target is not None:
        parts.append(f"{target[0]} {_shown(target[1], metric, glyphs)}")
    parts += {"lower": ["lower is better"], "higher": ["higher is better"]}.get(metric.better, [])
    return ", ".join(parts) + "." if parts else ""


def _todo(metric: Metric, value: float | None, objective: Objective | None, snapshot: Snapshot, word: str) -> str:
    """What the rule advises that is about such a value; else what the verdict does, where it is a grave one or the value is not good."""
    if not snapshot.task.ours:
        return ""  # of somebody else's loop our settings say nothing
    found = healthy(metric.name, objective)
    rule = found.rule_at(value) if found is not None and value is not None else ""
    if value is not None and not math.isfinite(value):
        rule = "diverging"
    told = [known for known in RULES if known.name == rule and isinstance(known.advice, str)]
    if told:
        critic = objective is not None and objective.critic and told[0].critic_advice
        return f"{critic or told[0].advice}."
    verdict = snapshot.state.verdict
    if metric.name not in JUDGED or verdict is None or value is None:
        return ""
    if verdict.level not in ("warning", "bad") and not _falls_short(value, metric, snapshot.state, objective):
        return "nothing: it is as it should be." if found is not None else ""
    advice = advice_of(snapshot, word)
    return f"as the verdict says{',' if advice.startswith(GOES_ON) else ':'} {advice}." if advice else ""
