"""The scalars of an evaluation, described once: for the quality view, the strip on the overview and the help."""

from typing import NamedTuple

from gan_tui.run.history import History


class Measure(NamedTuple):
    """One number that tells how good the samples are."""

    name: str
    """In the events."""
    label: str
    """On the screen."""
    decimals: int
    better: str
    """`lower`, `higher` or a value that real images have, in words."""
    meaning: str
    """What it is and what is healthy, in one line."""
    lowest_is_best: bool | None
    """None: neither end is."""


MEASURES = (
    Measure("fd", "FD", 1, "lower", "distance from real images in a classifier's features; compare with its floor only", True),
    Measure("fd_floor", "floor", 1, "", "what as many real images read: FD cannot be expected below it", None),
    Measure("kid", "KID", 4, "lower", "the same question asked another way: 0 for real images, steady with few samples", True),
    Measure("density", "density", 2, "about 1", "are samples where real images are? near 0: they look like nothing real", None),
    Measure("coverage", "coverage", 2, "0.97 is real", "how much of what is real do they reach? low: many kinds are missing", False),
    Measure("classes", "classes", 1, "10 of 10", "kinds of digits that are drawn, weighed by how often; few: collapse", False),
    Measure("class_kl", "class KL", 3, "lower", "how far the mix of digits is from the data's; 0: the same mix", True),
    Measure("legible", "legible", 2, "0.95 is real", "share that a classifier reads as surely as real images", False),
    Measure("spread", "spread", 2, "about 1", "variety within a digit, against real: 0 draws every 7 alike", None),
    Measure("spread_min", "least spread", 2, "about 1", "the same for the digit that varies least", None),
    Measure("copies", "copies", 3, "0.01 is real", "share that repeats one training image; near 1: it memorised them", True),
    Measure("samples", "samples", 0, "", "how many samples were measured", None),
)
BY_NAME = {measure.name: measure for measure in MEASURES}
STRIP = ("coverage", "classes", "legible", "spread")
"""What the strip on the overview shows behind FD, as far as there is room."""


def best_of(history: History, measure: Measure) -> float | None:
    """The best value so far, where better has a direction."""
    if measure.lowest_is_best is None:
        return None
    if measure.lowest_is_best:
        return min((bucket.low for bucket in history.buckets if bucket.low is not None), default=None)
    return max((bucket.high for bucket in history.buckets if bucket.high is not None), default=None)


def without_evaluations(every_epochs: int | None) -> str:
    """Why there is nothing to show yet; `every_epochs` is what the run's settings say, None where they say nothing."""
    if every_epochs is None:
        return "this run has not been evaluated"
    if every_epochs == 0:
        return "evaluations are off in this run: `--set evaluation.every_epochs=1` turns them on when a run begins; E asks for one now"
    plural = "every epoch" if every_epochs == 1 else f"every {every_epochs} epochs"
    return f"the first evaluation has not come yet: there is one {plural}"
