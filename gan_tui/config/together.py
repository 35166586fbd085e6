"""Which runs can be trained as one: what all of them must have in common, and what each may have for itself."""

from collections.abc import Sequence

from gan_tui.config.keys import get, settings
from gan_tui.config.sections import RATES, RunConfig

COMMON = ("data", "model", "loss", "optimizer", "ema", "train")
"""Sections in which runs that are trained together agree, but for what is OWN."""
HALF_LIFE = "ema.half_life"
OWN = {
    *RATES,
    *(f"optimizer.{key}" for key in ("beta1", "beta2", "schedule", "hold", "until", "floor", "warmup_steps")),
    *("loss.r1", "loss.r2", HALF_LIFE, "ema.ramp"),
    *(f"train.{key}" for key in ("seed", "epochs", "begin_from", "stop", "max_rollbacks", "bfloat16_holds")),
}
"""What each of them may have for itself."""


def obstacle(several: Sequence[RunConfig]) -> str:
    """Which runs they are that cannot be trained together, in words; empty where nothing is in the way."""
    if alone := next((found for one in several if (found := lone(one))), None):
        return f"with {alone}"
    different = next((found for one in several if (found := difference(several[0], one))), None)
    if different == HALF_LIFE:
        return f"with and without an EMA ({HALF_LIFE} = 0)"
    return f"that differ in {different}" if different else ""


def difference(one: RunConfig, other: RunConfig) -> str | None:
    """The setting because of which two runs cannot be trained together; None where there is no such thing."""
    for setting in settings():
        if setting.key.partition(".")[0] in COMMON and setting.key not in OWN and get(one, setting.key) != get(other, setting.key):
            return setting.key
    return HALF_LIFE if bool(one.ema.half_life) != bool(other.ema.half_life) else None


def lone(settings: RunConfig) -> str | None:
    """The setting because of which a run has to be trained by itself, whatever the others are; None where there is no such thing."""
    train = settings.train
    if train.devices > 1:
        return "train.devices"
    if train.budget:
        return "train.budget"
    if train.freeze_d:
        return "train.freeze_d"
    if train.augment not in ("auto", "none"):
        return f"train.augment = {train.augment}"
    if train.engine not in ("auto", "graph", "manual-grad"):
        return f"train.engine = {train.engine}"
    return not_written_out(settings)


def not_written_out(settings: RunConfig) -> str | None:
    """The setting for which no gradients are written out (training/engines/manual_grad.py); None where they all are."""
    model, loss = settings.model, settings.loss
    if model.family != "mlp":
        return f"model.family = {model.family}"
    for name in ("spectral_norm", "conditional"):
        if getattr(model, name):
            return f"model.{name}"
    return next((f"loss.{name}" for name in ("gp", "shared_fakes") if getattr(loss, name)), finite_differences(settings))


def convolutions_not_written_out(settings: RunConfig) -> str | None:
    """Likewise of training/engines/manual_conv.py."""
    model, loss = settings.model, settings.loss
    if model.family != "conv":
        return f"model.family = {model.family}"
    if model.spectral_norm:
        return "model.spectral_norm"
    if loss.gp:
        return "loss.gp"
    exact = (loss.r1 or loss.r2) and not finite_differences(settings)
    return f"loss.penalty = {loss.penalty}" if exact else None


def finite_differences(settings: RunConfig) -> str | None:
    """The setting that makes penalties finite differences; None where there are none such."""
    loss = settings.loss
    return "loss.penalty = fd" if loss.penalty == "fd" and (loss.r1 or loss.r2) else None
