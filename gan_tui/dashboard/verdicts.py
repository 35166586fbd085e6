"""What the screen makes of a verdict and of an evaluation: its age, its advice, the best value so far, and why there is none yet."""

from typing import NamedTuple

from gan_tui.dashboard import timing
from gan_tui.dashboard.messages import Snapshot, time_of_day
from gan_tui.errors import UserError
from gan_tui.render.text import JUST_NOW, ago
from gan_tui.run import length
from gan_tui.run.directory import RunDirectory
from gan_tui.run.events import Verdict
from gan_tui.run.history import History
from gan_tui.run.places import all_typed, typed
from gan_tui.run.progress import is_stale
from gan_tui.run.state import RunState
from gan_tui.spec.metrics import Metric

STOP = "stop here: "
"""How advice begins that has been followed by then."""
GOES_ON = "to go on: "
"""How advice begins that is a command."""
UNKNOWN = "unknown"
"""The rule that says that it is not known how good the images are now (gan_tui/health/rules.py)."""

EARLY = "ended early"
"""The rule of the verdict on a trial that its search has ended."""
DIVERGED = "diverged"
"""The rule of the verdict on a run that ended because a loss or a weight stayed not finite."""


class Evidence(NamedTuple):
    """When the numbers were taken on which a verdict or a score stands."""

    step: int
    time: float
    """Unix time."""


def verdict_of(state: RunState) -> Verdict | None:
    """The trainer's last one, unless the run diverged after it, or its search ended it: then that is the verdict."""
    if state.ended_early:
        return Verdict(t=state.last_event or 0.0, step=state.step, rule=EARLY, level="info", text=state.ended_early)
    if not state.diverged or state.error is None:
        return state.verdict
    why = state.error.split(";")[0].split(": `")[0]
    return Verdict(t=state.last_event or 0.0, step=state.step, rule=DIVERGED, level="bad", text=f"diverged: {why}", advice="")


def evidence_of(state: RunState) -> Evidence | None:
    """Of the verdict: it is looked at again at every evaluation, so the newer of both."""
    verdict = verdict_of(state)
    if verdict is None:
        return None
    return max(Evidence(event.step, event.t) for event in (verdict, state.evaluation) if event is not None)


def evaluation_of(state: RunState) -> Evidence | None:
    """Of the newest evaluation, on which every score stands."""
    return None if state.evaluation is None else Evidence(state.evaluation.step, state.evaluation.t)


def age_of(found: Evidence, snapshot: Snapshot) -> tuple[str, bool]:
    """`step 21,600, 20 s ago`, with a mark where that is too long ago to speak of the present; and whether it is.

    Within its first seconds a fast run leaves all evidence far behind, and has newer before anybody has read that. Where pictures are
    optimised nothing is measured now and then: what is said of them is looked at with each of their numbers, and holds until it changes.
    """
    when = f"step {found.step:,}, {age(found.time, snapshot)}"
    stale = not snapshot.task.picture and is_stale(found.step, snapshot.state.step) and not when.endswith(JUST_NOW)
    return (f"stale: {when}" if stale else when), stale


def age(moment: float, snapshot: Snapshot) -> str:
    """An age while the run goes on; a time of day, which stands still, where it does not, or the clock was set back since."""
    seconds = timing.age(moment) if snapshot.moving else None
    return f"at {time_of_day(moment)[:5]}" if seconds is None else ago(seconds)


def advice_of(snapshot: Snapshot, word: str) -> str:
    """What to try, as the verdict has it; empty without one. `word` is what a person types to mean the run.

    Who trains no more is not told to go on or to wait, but how; of a trial that its search has ended, nothing is.
    """
    verdict = verdict_of(snapshot.state)
    if verdict is None or verdict.rule == EARLY:
        return ""
    ended = snapshot.state.outcome is not None or (snapshot.name == "interrupted")
    advice = all_typed(verdict.advice.replace(" RUN`", f" {word}`"))
    if not ended:
        return advice
    if verdict.is_patient or verdict.rule in (UNKNOWN, DIVERGED):
        command = continuation(snapshot, word)
        return f"{GOES_ON}`{command}`" if command else ""
    return advice.removeprefix(STOP)


def continuation(snapshot: Snapshot, word: str) -> str:
    """The command that goes on with a run that has ended (run/length.py), as it is typed where the person sits; empty where none does.

    Of a trial that its search has ended, it is nobody's wish to go on.
    """
    if snapshot.obstacle or not snapshot.writable or snapshot.state.ended_early:
        return ""
    command = length.continuation(snapshot.task, snapshot.state, word)
    return typed(command) if command else ""


def best_of(history: History, metric: Metric) -> float | None:
    """The best value so far, where better has a direction."""
    if metric.better == "lower":
        return min((bucket.low for bucket in history.buckets if bucket.low is not None), default=None)
    if metric.better == "higher":
        return max((bucket.high for bucket in history.buckets if bucket.high is not None), default=None)
    return None


def budget_of(run: RunDirectory) -> float | None:
    """The share of the training time that evaluations may take; None for an external training loop."""
    try:
        return run.config().evaluation.budget
    except UserError:
        return None


def without_evaluations(snapshot: Snapshot, budget: float | None, word: str) -> str:
    """Why there is nothing to show yet; `word` is what a person types to mean the run.

    `budget`: as `budget_of` has it.
    """
    if budget is None:
        return f"not evaluated: {snapshot.task.unmeasured}"
    measures = "" if not snapshot.measurable else f": `{typed(f'gan-tui evaluate {word}')}` makes one"
    if budget == 0:
        return f"evaluations are off (evaluation.budget is 0){measures}"
    if not snapshot.alive:
        return f"no evaluation{measures}"
    return f"no evaluation yet: {'' if snapshot.read_only else 'e asks for one; '}the first comes by itself"
