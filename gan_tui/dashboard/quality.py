"""The scalars of an evaluation, described once: for the quality view, the strip on the overview and the help."""

from typing import NamedTuple

from gan_tui.run.events import Evaluation
from gan_tui.run.history import History


class Measure(NamedTuple):
    """One number that tells how good the samples are."""

    name: str
    """In the events."""
    label: str
    """On the screen."""
    decimals: int
    real: str
    """What real images read."""
    brief: str
    """What it is, in at most 42 cells."""
    meaning: str
    """What it is and what is healthy, in a sentence or two."""
    lowest_is_best: bool | None
    """None: neither end is."""


MEASURES = (
    Measure("fd", "FD", 2, "the floor", "distance from real images; see the floor",
            "distance from real images in the features of a small classifier, lower is better; compare it with its floor and "
            "with other FDs of the same network, never with a published FID", True),
    Measure("fd_floor", "floor", 2, "", "FD of real images: no run gets below",
            "what as many real images read: no FD can be expected below it", None),
    Measure("kid", "KID", 4, "0", "the same, asked another way; real is 0",
            "the same question as FD asked another way: 0 for real images, and steady with few samples", True),
    Measure("density", "density", 2, "1", "near real images? real is about 1",
            "are the samples where real images are? about 1 for real ones; near 0 they look like nothing real", None),
    Measure("coverage", "coverage", 2, "0.97", "share of what is real that is reached",
            "the share of what is real that they reach, 0.97 for real images; low: whole kinds of images are missing", False),
    Measure("modes", "modes", 0, "", "kinds of images drawn at all",
            "how many kinds of images (digits) are drawn at all; of a thousand kinds, real images too miss some where they are few", False),
    Measure("classes", "classes", 1, "", "kinds of images drawn; few: collapse",
            "how many kinds of images (digits) are drawn, weighed by how often: 10 for ten equal shares; few: collapse", False),
    Measure("class_kl", "class KL", 3, "0", "mix of kinds against the data; 0: same",
            "how far the mix of kinds is from that of the data, in nats; 0: the same mix", True),
    Measure("legible", "legible", 2, "0.95", "share that can be read; real is 0.95",
            "the share that a classifier reads as surely as real images, 0.95 for those", False),
    Measure("spread", "spread", 2, "1", "variety within a kind; real is 1",
            "variety within a kind, against real images: 1 is as varied, near 0 every 7 is the same 7", None),
    Measure("spread_min", "least spread", 2, "1", "the same, of the kind that varies least",
            "the spread of the kind that varies least", None),
    Measure("copies", "copies", 3, "0.01", "share that repeats a training image",
            "the share that repeats one training image, 0.01 for honest ones; near 1: it learned the data by heart", True),
    Measure("d_gap", "D's gap", 2, "0.5", "D prefers known images; 0.5: it does not",
            "how often D prefers a training image to an unseen one: 0.5 where it knows none by heart, rising where it learns them", None),
    Measure("fresh_auc", "fresh D", 2, "0.5", "a fresh D's AUC; 0.5: it cannot tell",
            "how often a D that was trained afresh ranks a real image above a sample, taken where FD stands still; 0.5: it cannot "
            "tell them apart, which is the equilibrium", None),
    Measure("held_out_auc", "unseen AUC", 2, "0.5", "the run's own D on unseen images",
            "how often the run's own D ranks a real image that it never saw above a sample; 0.5: it cannot tell them apart", None),
    Measure("auc", "D's AUC", 2, "0.5", "the run's own D; 0.5: it cannot tell",
            "how often the run's own D ranks a real image above a sample; 0.5: it cannot tell them apart", None),
    Measure("samples", "samples", 0, "", "how many were measured", "how many samples were measured", None),
)  # fmt: skip
BY_NAME = {measure.name: measure for measure in MEASURES}
STRIP = ("coverage", "classes", "legible", "spread")
"""What the strip on the overview shows behind FD, as far as there is room."""


def measures_of(evaluation: Evaluation) -> list[Measure]:
    """The measures of an evaluation, with what nobody has described by its bare name. How many samples it took is none of them."""
    names = [name for name in evaluation.scalars if name != "samples"]
    known = [measure for measure in MEASURES if measure.name in names]
    return known + [Measure(name, name, 3, "", "", "", None) for name in names if name not in BY_NAME]


def best_of(history: History, measure: Measure) -> float | None:
    """The best value so far, where better has a direction."""
    if measure.lowest_is_best is None:
        return None
    if measure.lowest_is_best:
        return min((bucket.low for bucket in history.buckets if bucket.low is not None), default=None)
    return max((bucket.high for bucket in history.buckets if bucket.high is not None), default=None)


def without_evaluations(budget: float | None) -> str:
    """Why there is nothing to show yet; `budget` is the share of the time that the run's settings give it, None where they say nothing."""
    if budget is None:
        return "not evaluated: this run's own loop has logged no evaluation"
    if budget == 0:
        return (
            "evaluations are off in this run: start one with `--set evaluation.budget=0.05`; `gan-tui evaluate RUN` measures a checkpoint"
        )
    return "no evaluation yet: the first one comes after some training; e asks for one now"
