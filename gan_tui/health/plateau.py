"""The rules of a run whose FD stands still: an equilibrium, a D that no longer teaches, or a plateau."""

from gan_tui.health.better_presets import or_try_it
from gan_tui.health.statistics import CHANCE_AUC_MAX, MIN_IMPROVEMENT, Statistics, plateau_steps, steps_without_progress


def _flat(v: Statistics, hysteresis: float) -> str | None:
    """FD has stopped falling: for how long, and where."""
    since = steps_without_progress(v.distances)
    if since is None or since < (1 - hysteresis) * plateau_steps(v.step, v.coverages) or not v.has("fd", "fd_floor"):
        return None
    best, now, floor = min(distance for _, distance in v.distances), v.quality["fd"], v.quality["fd_floor"]
    behind = f"{best:.3g} at best, " if f"{best:.3g}" != f"{now:.3g}" else ""
    return f"FD {now:.3g} ({behind}real images {floor:.2g}), not {MIN_IMPROVEMENT:.0%} lower in {since:,} steps"


def equilibrium(v: Statistics, hysteresis: float) -> str | None:
    """FD stands still, and no discriminator does better than chance."""
    flat = _flat(v, hysteresis)
    if not flat or not v.has("c2st_auc", "held_out_auc"):
        return None
    new, own = v.quality["c2st_auc"], v.quality["held_out_auc"]
    # Who ranks two of three pairs wrongly can tell, too: it would have to be asked the other way round.
    if max(new, 1 - new, own, 1 - own) <= CHANCE_AUC_MAX * (1 + hysteresis / 5):
        return f"equilibrium: neither a newly trained D (AUC {new:.2f}) nor the run's ({own:.2f}) tells samples from real images; {flat}"
    return None


def saturated(v: Statistics, hysteresis: float) -> str | None:
    """The trained D is beaten, a newly trained one is not: it is D that no longer teaches."""
    flat = _flat(v, hysteresis)
    if not flat or not v.has("c2st_auc", "held_out_auc"):
        return None
    new, own = v.quality["c2st_auc"], v.quality["held_out_auc"]
    # What a critic learns is a difference of means, so that it ranks many pairs wrongly is no fault; that it ranks like a coin is.
    if v.critic and v.means.get("d_pair_accuracy", 1.0) > CHANCE_AUC_MAX * (1 + hysteresis / 5):
        return None
    # A D that tells its pairs apart teaches, even where the samples are an averaged G's, which it never meets.
    if new - max(own, v.means.get("d_pair_accuracy", 0.0)) > 0.2 * (1 - hysteresis):
        return f"D is saturated: its AUC on held-out images is {own:.2f}, that of a newly trained D {new:.2f}; {flat}"
    return None


def check(v: Statistics, hysteresis: float) -> str | None:
    """FD stands still."""
    flat = _flat(v, hysteresis)
    if not flat:
        return None
    told = f"; a newly trained D has an AUC of {v.quality['c2st_auc']:.2f}" if v.has("c2st_auc") else ""
    return f"plateau: {flat}{told}"


def advice(v: Statistics) -> str:
    """What a plateau calls for. Its cause is known only where a newly trained D was asked; while the rates are to fall, nobody needs to."""
    if v.rates_ahead:
        return f"wait: {v.rates_ahead}"
    cause = "the model is the limit" if v.has("c2st_auc") else "cause not tested"
    return f"{cause}: lower the rates{or_try_it(v)}"
