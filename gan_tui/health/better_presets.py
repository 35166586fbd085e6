"""The preset to name to a run that its model holds back: its measured FD is below that of the run's own, and below what was reached."""

from collections.abc import Mapping

from gan_tui.health.statistics import MIN_IMPROVEMENT, Statistics

MEASURED: Mapping[str, float] = {
    "classic": 4.05,
    "conv-small": 0.19,
    "conv-small-groups": 0.26,
    "conv-small-uncond": 0.39,
    "dcgan": 3.08,
    "mlp-r3": 0.81,
    "outline": 0.15,
    "r3": 0.193,
    "r3-small": 1.39,
    "sn-hinge": 6.50,
    "wgan-gp": 15.9,
}
"""FD to MNIST's test set, as each preset's own line has it."""
MEASURED_FLOOR = 0.10
"""What real images get there. A run's FD is of fewer samples and reads higher, as its floor does: their distances from it compare."""
OFFERED = ("mlp-r3", "conv-small")
"""What may be named, the first that is better: its remedy is the objective, that of the second the network."""


def better_preset(v: Statistics) -> str:
    """Its name; empty where none is known to be better.

    What a run on other images has reached says nothing here: its FD is measured in other features. There, presets alone compare.
    """
    limits = [MEASURED[v.preset]] if v.preset in MEASURED else []
    if v.on_mnist and v.distances and v.has("fd_floor"):
        limits.append(min(distance for _, distance in v.distances) - v.quality["fd_floor"] + MEASURED_FLOOR)
    if v.ours and not limits:
        return ""  # a preset and images of a person's own: nothing was measured
    enough = [limit * (1 - MIN_IMPROVEMENT) for limit in limits]
    offered = OFFERED if v.on_mnist else OFFERED[:1]
    return next((name for name in offered if all(MEASURED[name] < limit for limit in enough)), "")


def or_try_it(v: Statistics) -> str:
    """`, or try preset mlp-r3`; nothing where none is known to be better."""
    name = better_preset(v)
    return f", or try preset {name}" if name else ""
