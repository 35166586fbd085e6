"""A run that begins with another one's weights: layer by layer, where they fit."""

from collections.abc import Mapping

from torch import Tensor, nn

from gan_tui.byte_paths import shown, to_path
from gan_tui.config import RunConfig
from gan_tui.errors import SettingsError
from gan_tui.models.conditional import is_told, renamed
from gan_tui.models.layers import layers_of
from gan_tui.run.directory import RunDirectory
from gan_tui.training import checkpoint, restore
from gan_tui.training.step import Gan

NAMED = 3
"""Layers that are named where some are new."""


def begin(settings: RunConfig, gan: Gan) -> list[str]:
    """Put the newest weights of `train.begin_from` into fresh networks, and keep `train.freeze_d` layers of D from learning.

    The averaged generator begins as the other run's does, or as its generator where it has none. Optimisers stay fresh. A line comes back
    that says what fitted; none where the run begins from nothing. Raises SettingsError where nothing fits, and UserError.
    """
    return [*([_take_over(settings, gan)] if settings.train.begin_from else []), *go_on(settings, gan)]


def go_on(settings: RunConfig, gan: Gan) -> list[str]:
    """The part of it that holds throughout the run."""
    return [_freeze(gan.discriminator, settings.train.freeze_d)] if settings.train.freeze_d else []


def _take_over(settings: RunConfig, gan: Gan) -> str:
    run = RunDirectory(to_path(settings.train.begin_from))
    where = f"train.begin_from = {shown(run.path)}"
    if not run.path.is_dir():
        raise SettingsError(f"{where}: there is no such run any more; begin without --from, or put it back")
    loaded, _ = checkpoint.load_newest(run)
    if loaded is None:
        raise SettingsError(f"{where}: it has no checkpoint yet")
    try:
        generator, discriminator = loaded.state["generator"], loaded.state["discriminator"]
        ema = restore.ema_of(loaded.state) or generator
        found = [_fit(gan.generator, generator, "G"), _fit(gan.discriminator, discriminator, "D")]
        if gan.g_ema is not None:
            _fit(gan.g_ema, ema, "G")
    except checkpoint.BROKEN as error:
        raise SettingsError(f"{where}: {loaded.path.name} cannot be read: {shown(str(error))}") from None
    if not any(count for count, _ in found):
        its = run.config()
        instead = f"take over [model] of {shown(run.config_file)}"
        if its.preset != settings.preset:
            instead = f"--preset {shown(its.preset)} makes such as it has"
        raise SettingsError(f"{where} (--from): no layer of it fits these networks ({'; '.join(words for _, words in found)}); {instead}")
    left_out = is_told(generator) and not is_told(gan.generator.state_dict())
    words = [*(words for _, words in found), *(["its class vectors are left out, for there are no classes here"] if left_out else [])]
    return f"begins with the weights of {shown(run.name)}, step {loaded.step:,}: {'; '.join(words)}"


def _fit(network: nn.Module, weights: Mapping[str, Tensor], name: str) -> tuple[int, str]:
    """Put in what has the same name and shape, whole layers only; how many, and in words."""
    own = network.state_dict()
    weights = renamed(weights, own)
    layers: dict[str, list[str]] = {}
    for key in own:
        layers.setdefault(key.rpartition(".")[0], []).append(key)
    fitting = [layer for layer, keys in layers.items() if all(_fits(own[key], weights.get(key)) for key in keys)]
    taken = {key: weights[key] for layer in fitting for key in layers[layer]}
    network.load_state_dict(own | taken)
    new = [layer for layer in layers if layer not in fitting]
    words = f"{len(fitting)} of {len(layers)} layers of {name} fit"
    if new:
        words += f", new are {', '.join(new[:NAMED])}{', ...' if len(new) > NAMED else ''}"
    return len(fitting), words


def _fits(own: Tensor, other: object) -> bool:
    return isinstance(other, Tensor) and other.shape == own.shape and other.dtype == own.dtype and bool(other.isfinite().all())


def _freeze(discriminator: nn.Module, count: int) -> str:
    """Freeze-D: the layers nearest to the image keep what they know (Mo et al. 2020, arXiv:2002.10964). Raises SettingsError."""
    layers = layers_of(discriminator)
    if count >= len(layers):
        raise SettingsError(f"train.freeze_d = {count} is not allowed: D has {len(layers)} layers, and one at least must learn")
    for layer in layers[:count]:
        layer.requires_grad_(False)
    return f"the first {count} of {len(layers)} layers of D stay as they are"
