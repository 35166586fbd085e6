"""From settings to a data set and two networks."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import Adam
from torch.overrides import TorchFunctionMode

from gan_tui import augmentation, config, own_code
from gan_tui.config import RunConfig
from gan_tui.data import clusters, outlines, registry
from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError
from gan_tui.losses import LOSSES, Penalties
from gan_tui.models import networks
from gan_tui.models.own import OwnGenerator
from gan_tui.style import edges
from gan_tui.training.devices import device_in_use
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.out_of_memory import explain, gigabytes, is_out_of_memory, memory_of
from gan_tui.training.own_check import check
from gan_tui.training.own_loss import pair_of
from gan_tui.training.step import Gan


def load_data(settings: RunConfig, device: torch.device) -> Dataset:
    """The data set, on the device as a whole: MNIST takes 55 MB. Its labels are what the networks are told: classes, groups, outlines or
    nothing.

    Raises UserError where it cannot be had, or does not fit into the memory.
    """
    data: Dataset | None = None
    try:
        data = registry.load(settings.data, labelled=settings.model.conditional and not settings.data.clusters)
        if settings.data.clusters:
            data = clusters.with_clusters(data, settings.data.clusters)
        data = data.to(device)
        if settings.model.outlines:
            return outlines.with_outlines(data, gradients_of(settings))
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error, device):
            raise
        raise SettingsError(_too_large(settings, data, device)) from None
    return data if settings.model.conditional else data.without_labels()


def gradients_of(settings: RunConfig) -> outlines.Gradients:
    """What outlines are made of."""
    return edges.gradients if settings.data.outline == "vgg" else outlines.brightness


def with_classes(settings: RunConfig, data: Dataset) -> RunConfig:
    """`settings` that know the classes, or how many groups, were found: `sample` needs them when the data are gone."""
    found = {"classes": data.class_names} if data.class_names else {"clusters": data.clusters} if data.clusters else {}
    return config.override(settings, {"data": found}) if found else settings


def _too_large(settings: RunConfig, data: Dataset | None, device: torch.device) -> str:
    """A smaller batch would not help here: the images are on the device as a whole."""
    size = sum(value.nbytes for value in vars(data).values() if isinstance(value, Tensor)) if data else 0
    needed = f" need {gigabytes(size)}" if size else " are too many"
    memory = memory_of(device)
    there = f"{gigabytes(memory.free)} of {gigabytes(memory.total)} are free" if memory else "it does not have that much"
    smaller = "take a part of the folder, or a smaller data.image_size, or" if settings.data.folder else "use"
    return f"out of memory: the images of {settings.data.dataset}{needed} on {device}, where {there}: {smaller} another --device"


def steps_per_epoch(settings: RunConfig, data: Dataset) -> int:
    """The last one may have fewer images than the others."""
    return -(-len(data.images) // settings.train.batch_size)


def image_shape(settings: RunConfig) -> tuple[int, int, int]:
    """(channels, height, width) of the images, known without loading any."""
    return registry.spec_of(settings.data).shape


@contextmanager
def evaluating(network: nn.Module) -> Iterator[None]:
    """Let a network be looked at: batch normalisation uses what it has learned, and learns nothing."""
    was_training = network.training
    network.eval()
    try:
        yield
    finally:
        network.train(was_training)


def make_generator(settings: RunConfig) -> nn.Module:
    """G with fresh weights."""
    spec = registry.spec_of(settings.data)
    return networks.make_generator(settings.model, spec.shape, spec.classes)


def make_discriminator(settings: RunConfig) -> nn.Module:
    """D with fresh weights."""
    spec = registry.spec_of(settings.data)
    return networks.make_discriminator(settings.model, spec.shape, spec.classes)


def own_notes(settings: RunConfig) -> list[str]:
    """Which code of a person's own trains, and from where. Raises SettingsError where it is gone."""
    named = [(key, config.get(settings, key)) for key in own_code.OPTIONS]
    return [f"{key} = {name}, of {own_code.file_of(key, name)}" for key, name in named if own_code.is_own(name)]


class _Unvalued(TorchFunctionMode):
    """Weights have a shape and no values: to make random ones without memory, torch imports its compiler, which takes seconds."""

    def __torch_function__(self, function: Any, _types: object, args: Any = (), kwargs: Any = None) -> Any:
        """Carry it out, unless it gives a tensor its first values."""
        kwargs = kwargs or {}
        if function is Tensor.normal_ or getattr(function, "__module__", "") == "torch.nn.init":
            return args[0] if args else kwargs["tensor"]
        return (torch.empty if function is torch.randn else function)(*args, **kwargs)


def count_parameters(settings: RunConfig) -> int:
    """Of both networks, without making them, but for a person's own; spectral normalisation has none, but is an iteration."""
    if settings.model.own:
        return _count_own(settings.model, image_shape(settings), registry.spec_of(settings.data).classes)
    settings = config.override(settings, {"model": {"spectral_norm": False}})
    with torch.device("meta"), _Unvalued():
        pair = make_generator(settings), make_discriminator(settings)
    return sum(parameter.numel() for network in pair for parameter in network.parameters())


@lru_cache(maxsize=4)
def _count_own(model: config.Model, shape: tuple[int, int, int], classes: int) -> int:
    with torch.random.fork_rng(devices=[]):
        pair = networks.make_pair(model, shape, classes)
    return sum(value.numel() for network in pair for value in network.state_dict().values() if isinstance(value, Tensor))


def checkpoint_bytes(settings: RunConfig) -> int:
    """What a checkpoint of a run has at most: weights, their average and Adam's two moments, and a little of everything else."""
    return 24 * count_parameters(settings) + (64 << 20)


def refuse_the_impossible(settings: RunConfig, device: torch.device) -> None:
    """Before minutes of allocating: weights, gradients and Adam's two moments need sixteen bytes a weight.

    Raises SettingsError.
    """
    needed, memory = 16 * count_parameters(settings), memory_of(device)
    # A CPU's memory is what others can be pushed out of; of a GPU's only what is free can be had.
    there = None if memory is None else memory.free if device.type == "cuda" else memory.total
    if there is not None and needed > there:
        free = " free" if device.type == "cuda" else ""
        raise SettingsError(_too_wide(settings, f"{device} has {gigabytes(there)}{free}"))


def _too_wide(settings: RunConfig, there: str) -> str:
    needed = gigabytes(16 * count_parameters(settings))
    return f"the networks need {needed} for their weights and Adam, and {there}: lower {width_setting(settings)}"


def width_setting(settings: RunConfig) -> str:
    """What makes the networks smaller, in words."""
    model = settings.model
    if model.own:
        return f"the size of {model.family}'s networks"
    return f"model.hidden (now {model.hidden})" if model.family == "mlp" else f"model.channels (now {model.channels})"


def begin_state(optimizer: Adam) -> None:
    """Give a fused Adam the state that it would make itself in its first step: no steps, and moments of zero.

    With `train.d_steps` above 1 G waits for its first step, and until then a checkpoint, or a CUDA graph, would find it without any.
    """
    for group in optimizer.param_groups:
        for parameter in group["params"]:
            optimizer.state[parameter] = {
                "step": torch.zeros((), device=parameter.device),
                "exp_avg": torch.zeros_like(parameter, memory_format=torch.preserve_format),
                "exp_avg_sq": torch.zeros_like(parameter, memory_format=torch.preserve_format),
            }


def make_gan(settings: RunConfig, device: torch.device, ranks: Ranks | None = None) -> Gan:
    """Both networks with fresh weights, drawn on the CPU from the run's seed, and their optimisers.

    Raises SettingsError where they do not fit into the device's memory.
    """
    refuse_the_impossible(settings, device)
    try:
        return _make_gan(settings, device, ranks or Ranks())
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error, device):
            raise
        memory = memory_of(device)
        there = (
            f"{gigabytes(memory.free)} of {gigabytes(memory.total)} are free on {device}" if memory else f"{device} does not have that much"
        )
        raise SettingsError(f"out of memory: {_too_wide(settings, there)}, or choose another --device") from None


def _make_gan(settings: RunConfig, device: torch.device, ranks: Ranks) -> Gan:
    optimizer, loss = settings.optimizer, settings.loss
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(settings.train.seed)  # the CPU's alone
        spec = registry.spec_of(settings.data)
        generator, discriminator = networks.make_pair(settings.model, spec.shape, spec.classes)
        generator, discriminator = generator.to(device), discriminator.to(device)
        if isinstance(generator, OwnGenerator):
            check(settings, generator, discriminator, spec.shape, spec.classes)
    g_ema = copy.deepcopy(generator).requires_grad_(False) if settings.ema.half_life else None

    def adam(network: nn.Module, lr: float) -> Adam:
        # The fused kernel is the same arithmetic in one pass over the weights, and it can skip a bad step.
        made = Adam(network.parameters(), lr=lr, betas=(optimizer.beta1, optimizer.beta2), eps=optimizer.eps, fused=True)
        begin_state(made)
        return made

    g_optimizer, d_optimizer = adam(generator, optimizer.g_lr), adam(discriminator, optimizer.d_lr)
    return Gan(
        generator,
        discriminator,
        g_optimizer,
        d_optimizer,
        pair_of(loss.name) if loss.own else LOSSES[loss.name],
        ranks,
        Penalties(loss.r1, loss.r2, loss.gp, loss.penalty_share, loss.sigma if loss.penalty == "fd" else 0.0),
        loss.shared_fakes,
        loss.class_pairs,
        g_ema,
        torch.ones((), device=device),
        augmentation.make(settings.train.augment, image_shape(settings), device),
        torch.tensor(loss.l1, device=device) if settings.model.outlines else None,
    )


def explain_memory(error: Exception, settings: RunConfig, ranks: Ranks) -> str | None:
    """How much memory there was and was wanted on this rank, and what would fit; None where the error is of another spec."""
    device = device_in_use(settings)
    if not is_out_of_memory(error, device):
        return None
    parameters, width = count_parameters(settings), width_setting(settings)
    return explain(error, settings, device, parameters=parameters, width=width, count=ranks.count)
