"""How a search in latents goes, and what its numbers mean, with those of the run that is on the screen."""

from collections.abc import Iterator, Sequence

from gan_tui.dashboard.glossary import SYSTEM
from gan_tui.dashboard.messages import Snapshot
from gan_tui.spec.inversion import METRICS

Section = tuple[str, Sequence[tuple[str, str]]]

HOW = (
    (
        "search",
        "G is not changed. What is looked for is the noise z from which it draws a picture that agrees with yours where yours can be seen. "
        "Thousands of samples are drawn; those nearest to it, by what is seen, are the starts, and Adam moves each: down the gradient of "
        "the squared difference, and not too far from the usual length of z. Of a conditional G every class has a start.",
    ),
    (
        "candidates",
        "where the starts have come to. Several that fit about as well (search.blend) are averaged: a hole can be filled in several "
        "ways and their mean is nearer to the truth than most of them; what is uncertain is blurred. With --blend 0 the best alone counts.",
    ),
    ("repaired", "what G draws in the hole, and around it your own pixels."),
    (
        "nearest",
        "the training image that is nearest to yours by what is seen. G should be nearer to the truth than that: copying is no skill.",
    ),
)
KNOBS = (
    ("knobs", "k changes the learning rate, the weight of the prior and how much is blended, while it goes on."),
    ("group, step", "pictures are looked for some at a time, search.group of them; each group has as many steps."),
    ("verdict", "whether the error still falls; at the end, whether G was nearer than all that can be done without it."),
)


def inversion_sections(snapshot: Snapshot) -> Iterator[Section]:
    """How it is done, what is measured, and what came out."""
    scalars = snapshot.state.scalars
    numbers = [
        (metric.label, f"{metric.meaning}.{f' Now: {scalars[metric.name]:.{metric.decimals}f}.' if metric.name in scalars else ''}")
        for metric in METRICS
    ]
    yield "how the search goes", HOW
    yield "what is measured, with this run's numbers", numbers
    yield "time and knobs", KNOBS
    yield "system", SYSTEM
