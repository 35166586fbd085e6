"""What the screen makes of an evaluation: its best value so far, and why there is none yet."""

from gan_tui.run.history import History
from gan_tui.spec.metrics import Metric


def best_of(history: History, metric: Metric) -> float | None:
    """The best value so far, where better has a direction."""
    if metric.better == "lower":
        return min((bucket.low for bucket in history.buckets if bucket.low is not None), default=None)
    if metric.better == "higher":
        return max((bucket.high for bucket in history.buckets if bucket.high is not None), default=None)
    return None


def without_evaluations(budget: float | None, word: str) -> str:
    """Why there is nothing to show yet; `word` is what a person types to mean the run.

    `budget` is the share of the time that the run's settings give it, None where they say nothing.
    """
    if budget is None:
        return "not evaluated: the external training loop has logged no evaluation"
    if budget == 0:
        return f"evaluations are off (evaluation.budget is 0): `gan-tui evaluate {word}` measures a checkpoint"
    return "no evaluation yet: the first one comes after some training; e asks for one now"
