"""Samples that are like no real image at all, after long: what says so, and what may be the cause."""

import math
from collections.abc import Mapping, Sequence

from gan_tui.health.statistics import Statistics

EVALUATIONS = 3
"""In a row, with such samples, before the user is told."""
STEPS = 3000
"""Steps before which the user is not: many a healthy run begins with them, wgan-gp's for two thousand."""
FAR = 20
"""Times the floor from which on FD is far."""
COVERAGE, DENSITY = 0.005, 0.05
"""Below these no sample is near real images: even one digit, drawn again and again, has a density of 0.1 and more."""
STILL = 0.05
"""Share of FD; a G that moved it by less has hardly moved."""
BLIND, AHEAD = 0.55, 0.985
"""AUC up to which D teaches nothing, and beyond which a D that gives no distance teaches little."""
STEEP, SWING = 100.0, 0.7
"""Length of G's gradient, and swing of D's success, beyond which the rates are too high."""


def is_noise(scalars: Mapping[str, float]) -> bool:
    """Is the whole cloud of samples far from real images, and not even one of them near? NaN and what was not measured say no."""
    fd, floor, coverage, density = (scalars.get(name, math.nan) for name in ("fd", "fd_floor", "coverage", "density"))
    return fd > FAR * floor and coverage < COVERAGE and density < DENSITY


def check(v: Statistics, hysteresis: float) -> str | None:
    """The rule: so many evaluations in a row saw nothing else."""
    del hysteresis
    if v.noise_evaluations < EVALUATIONS or v.step < STEPS or not v.has("fd"):
        return None
    return evidence_of(v.step, v.quality)


def advice(v: Statistics) -> str:
    """What may be the cause, and what would help."""
    moved = abs(v.distances[-1][1] / v.distances[0][1] - 1) if v.distances and v.distances[0][1] else math.nan
    since = v.distances[-1][0] - v.distances[0][0] if v.distances else 0
    return causes(v.means, moved, since, v.separation_history, critic=v.critic)


def evidence_of(step: int, scalars: Mapping[str, float]) -> str:
    """The verdict in words."""
    how = f"FD {scalars['fd']:.3g}, coverage {scalars['coverage']:.2f}, density {scalars['density']:.2f}"
    return f"nothing but noise or grey after {step:,} steps: the samples are like no real image ({how})"


def causes(means: Mapping[str, float], moved: float, since: int, separations: Sequence[float], *, critic: bool) -> str:
    """What may be the cause and what would help, the likeliest first, each with what was found; then what was checked and is none.

    `means` of the last steps; `moved`: the share by which FD has changed within `since` steps; `separations`: how well D separated real
    from generated images at the last diagnoses.
    """
    accuracy, gradient = means.get("d_pair_accuracy", math.nan), means.get("g_grad", math.nan)
    swing = max(separations) - min(separations) if separations else 0.0
    suspected: list[str] = []
    excluded: list[str] = []

    def check(guilty: bool, what: str, remedy: str, otherwise: str) -> None:
        if guilty:
            suspected.append(f"{what}: {remedy}")
        else:
            excluded.append(otherwise)

    if math.isfinite(accuracy):
        shown = f"pairwise accuracy {accuracy:.2f}"
        more = "raise train.d_steps (5 is usual) or optimizer.d_lr" if critic else "raise optimizer.d_lr or train.d_steps, or lower loss.r1"
        check(
            accuracy <= BLIND,
            f"D teaches nothing ({shown})",
            more,
            f"D sees a difference ({shown})",
        )
        if not critic and accuracy > AHEAD:  # a critic should be
            suspected.append(f"D is too far ahead (pairwise accuracy {accuracy:.3f}): lower optimizer.d_lr, or add loss.r1")
            excluded.clear()
    if math.isfinite(moved):
        check(
            moved < STILL,
            f"G hardly moves (FD by {moved:.1%} in {since:,} steps)",
            "raise optimizer.g_lr",
            f"G moves (FD by {moved:.0%} in {since:,} steps)",
        )
    if math.isfinite(gradient):
        check(
            gradient > STEEP or swing > SWING,
            f"the rates are too high (g_grad {gradient:.3g}, D's success swings by {swing:.2f})",
            "lower both, --lr",
            f"the rates are not too high (g_grad {gradient:.3g}, a swing of {swing:.2f})",
        )
    suspected.append("the data: look at the training images (keys 2 and r)")
    likely = "; ".join(f"{number}. {words}" for number, words in enumerate(suspected, 1))
    return f"{likely}; checked, and not the cause: {', '.join(excluded)}" if excluded else likely
