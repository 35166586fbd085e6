"""A checkpoint into networks, optimisers and a run: does it fit the settings and the data?"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError, UserError, first_line
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.aliases import modern
from gan_tui.training.build import begin_state
from gan_tui.training.checkpoint import BROKEN, Loaded, Progress
from gan_tui.training.step import Gan


def restore(loaded: Loaded, settings: RunConfig, gan: Gan) -> tuple[Progress, Tensor]:
    """Put a checkpoint's state into the networks and optimisers; its progress and fixed latents come back.

    Raises UserError where it belongs to other networks, another loss or other data, naming the difference.
    """
    state = loaded.state
    try:
        _refuse_other_settings(loaded, settings)
        _restore_network(gan.generator, state["generator"])
        _restore_network(gan.discriminator, state["discriminator"])
        # An older version saved no state of an optimiser before its first step: D's is the run's first, G's comes after `d_steps` of them.
        d_steps = int(state["settings"]["train"].get("d_steps", 1))
        _restore_optimizer(gan.g_optimizer, state["g_optimizer"]["state"], may_lack=loaded.step < d_steps)
        _restore_optimizer(gan.d_optimizer, state["d_optimizer"]["state"], may_lack=loaded.step == 0)
        if gan.g_ema:
            _restore_network(gan.g_ema, ema_of(state))
        if gan.augment and state.get("augment") is not None:
            _restore_augmentation(gan.augment.state, state["augment"])
        elapsed, rollbacks, latents = float(state["elapsed"]), int(state["rollbacks"]), state["fixed_latents"]
        evaluating, best = float(state.get("evaluating", 0.0)), float(state.get("best", math.inf))
        images, digest = int(state.get("images", 0)), str(state.get("data", ""))
        products = str(state.get("products", "torch"))  # older versions knew no other
        threads = int(state.get("threads", 0))
        counters = math.isfinite(elapsed) and math.isfinite(evaluating) and min(elapsed, evaluating) >= 0 and 0 <= rollbacks <= _MANY
        _expect(counters and best >= 0 and 0 <= threads <= _MANY, "its counters are out of range")
        if settings.model.conditional and latents.shape[1] == settings.model.latent_dim + 1:
            latents = latents[:, :-1]  # an older version kept the class of each image behind its latents
        _expect_floats(latents, "fixed_latents", (settings.samples.count, settings.model.latent_dim))
    except BROKEN as error:
        raise _misfit(loaded, error) from None
    return Progress(loaded.step, elapsed, rollbacks, evaluating, best, images, digest, products, threads), latents


def ema_of(state: dict[str, Any]) -> Any:
    """The averaged weights; None where the run keeps none. Older versions called them `average`."""
    return state.get("g_ema", state.get("average"))


def restore_generator(loaded: Loaded, settings: RunConfig, generator: nn.Module) -> None:
    """Put a checkpoint's generator, the averaged one where there is one, into `generator`. Raises UserError where it does not fit."""
    try:
        _refuse_other_settings(loaded, settings)
        _restore_network(generator, ema_of(loaded.state) or loaded.state["generator"])
    except BROKEN as error:
        raise _misfit(loaded, error) from None


def restore_weights(name: str, weights: dict[str, Tensor], network: nn.Module) -> None:
    """Put the plain weights of the file `name` into `network`. Raises UserError where they do not fit."""
    try:
        _restore_network(network, weights)
    except BROKEN as error:
        raise UserError(f"{name} does not fit this run: {first_line(error, LONGEST_REASON)}") from None


_MANY = 1_000_000
LONGEST_VALUE, LONGEST_REASON = 80, 300
"""Characters of what a file says that are repeated in an error."""


def _misfit(loaded: Loaded, error: Exception) -> UserError:
    """In one line: torch names the layers that are missing, or of another shape, in further ones."""
    return UserError(
        f"checkpoint {loaded.path.name} does not fit this run: {' '.join(str(error).split())[:LONGEST_REASON] or 'it is damaged'}"
    )


def _refuse_other_settings(loaded: Loaded, settings: RunConfig) -> None:
    unsaid, saved = RunConfig(), modern(loaded.state["settings"])
    for setting in config.settings():
        section, key = setting.key.split(".")
        # A checkpoint of an older version lacks the settings that came later, and was trained as their defaults say.
        before = saved.get(section, {}).get(key, config.get(unsaid, setting.key))
        value = config.get(settings, setting.key)
        if not config.may_become(setting.key, before, value):
            said = repr(before)[:LONGEST_VALUE]
            raise UserError(f"{loaded.path.name} was trained with {setting.key} = {said}, the run now says {value!r}; put it back")


def _restore_network(network: nn.Module, weights: dict[str, Tensor]) -> None:
    for name, tensor in network.state_dict().items():
        if name in weights and tensor.is_floating_point():
            _expect_floats(weights[name], name)
        elif name in weights:  # batch normalisation counts its batches
            _expect(weights[name].dtype == tensor.dtype, f"{name} is of another kind")
    network.load_state_dict(weights)  # which refuses other layers, and other shapes


def _restore_optimizer(optimizer: Adam, state: dict[int, dict[str, Tensor]], *, may_lack: bool) -> None:
    """The rates are the run's settings; a checkpoint brings only what Adam has gathered: nothing before its first step (`may_lack`)."""
    if may_lack and not state:
        begin_state(optimizer)
        return
    parameters = list(optimizer.param_groups[0]["params"])
    _expect(set(state) == set(range(len(parameters))), "its optimiser has other parameters")
    for index, entry in state.items():
        _expect(entry.keys() == {"step", "exp_avg", "exp_avg_sq"}, "its optimiser is not Adam")
        shape = tuple(parameters[index].shape)  # which torch does not look at here
        _expect_floats(entry["step"], "Adam's step", ())
        _expect_floats(entry["exp_avg"], "Adam's mean", shape)
        _expect_floats(entry["exp_avg_sq"], "Adam's square", shape)
        for moment in ("exp_avg", "exp_avg_sq"):  # laid out as the weights are: a fused Adam goes through both as they lie in memory
            entry[moment] = torch.empty_like(parameters[index], requires_grad=False).copy_(entry[moment])
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})


def _restore_augmentation(state: Tensor, saved: Tensor) -> None:
    """An older version was steered by signs of D(x), and kept their sum and number behind the probability: these mean nothing now."""
    _expect_floats(saved, "the augmentation")
    _expect(saved.shape in ((2,), (3,)), f"the augmentation has the shape {tuple(saved.shape)}, not (2,)")
    known = 1 if len(saved) > len(state) else len(state)
    state[:known] = saved[:known]


def _expect_floats(tensor: Tensor, name: str, shape: tuple[int, ...] | None = None) -> None:
    _expect(shape is None or tuple(tensor.shape) == shape, f"{name} has the shape {tuple(tensor.shape)}, not {shape}")
    _expect(tensor.dtype == torch.float32 and bool(tensor.isfinite().all()), f"{name} is not made of finite float32 numbers")


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise ValueError(otherwise)


def refuse_other_data(run: RunDirectory, settings: RunConfig, loaded: Loaded | None, data: Dataset, *, changed_ok: bool) -> list[str]:
    """Lines on what has changed since the checkpoint; none where nothing has.

    Raises SettingsError where something has, unless the user has said that this is well. Of a checkpoint older than digests, only the
    number of images is known.
    """
    if loaded is None or not loaded.step:
        return []
    difference = _data_difference(loaded, data)
    if not difference:
        return []
    if settings.data.clusters:  # whose numbers would be those of other groups
        raise SettingsError(
            f"{difference}: groups of alike images (data.clusters) are found by all of them; put them back, or start a new run"
        )
    if not changed_ok:
        epochs = settings.train.epochs
        more = f" --epochs {epochs}" if epochs != run.config().train.epochs else ""
        again = f"`gan-tui resume {run.cli_name}{more} --data-changed ok`"
        raise SettingsError(f"{difference}: put them back, go on with what is there now, {again}, or start a new run")
    return [f"{difference}; going on with these, as --data-changed ok says: scores before step {loaded.step:,} are of the old ones"]


def _data_difference(loaded: Loaded, data: Dataset) -> str:
    images, digest, now = loaded.state.get("images", 0), loaded.state.get("data", ""), len(data.images)
    if images not in (0, now):
        held_back = f" ({now + len(data.test)} with those held back)" if data.digest.startswith(config.FOLDER) else ""
        return f"the run was trained on {images} images, and {data.name} has {now} now{held_back}"
    if not data.was(digest):
        return f"the images of {data.name} are not those that the run was trained on (their names, sizes or contents are others)"
    return ""
