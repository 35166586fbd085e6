"""From settings to a device, a data set and two networks."""

import copy
import os
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor, nn
from torch.optim import Adam

from gan_tui.config import RunConfig
from gan_tui.data import registry
from gan_tui.data.dataset import Dataset
from gan_tui.errors import SettingsError
from gan_tui.losses import LOSSES, Penalties
from gan_tui.models import networks
from gan_tui.training.ranks import Ranks, place_on_machine
from gan_tui.training.step import Gan


def choose_device(settings: RunConfig, ranks: Ranks) -> torch.device:
    """The device of this process, and as many CPU threads as are its share.

    `auto` takes cuda, else mps, else cpu; on a machine with several ranks each takes the GPU of its own number.
    Raises SettingsError where the wanted one is not there.
    """
    local_rank, local_count = place_on_machine() if ranks.count > 1 else (0, 1)
    if settings.train.threads or local_count > 1:
        torch.set_num_threads(settings.train.threads or max(1, torch.get_num_threads() // local_count))
    wanted = settings.train.device
    if ranks.count > 1 and wanted.startswith("cuda:"):
        raise SettingsError(f"{ranks.count} devices cannot all be '{wanted}': use --device cuda")
    if local_count > 1 and wanted in ("auto", "cuda") and torch.cuda.is_available():
        wanted = f"cuda:{local_rank}"
    device = _find_device(wanted)
    if device.type == "mps" and ranks.count > 1:
        raise SettingsError("an Apple GPU cannot share a batch with another: use --devices 1, or --device cpu")
    if device.type == "cuda":
        torch.cuda.set_device(device)
    return device


def _find_device(wanted: str) -> torch.device:
    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    kind, _, index = wanted.partition(":")
    count = torch.cuda.device_count() if cuda else 0
    if kind == "auto":
        return torch.device("cuda" if cuda else "mps" if mps else "cpu")
    if (kind == "cuda" and int(index or 0) >= count) or (kind == "mps" and not mps):
        seen = f"{count} CUDA device{'s' * (count != 1)}" if kind == "cuda" else "no Apple GPU"
        raise SettingsError(f"device '{wanted}' is not there: torch {torch.__version__} sees {seen}; try --device cpu or --device auto")
    return torch.device(wanted)


def device_name(device: torch.device, count: int = 1) -> str:
    """What a person calls it: "NVIDIA H200", "2 x NVIDIA H200", "cpu, 2 threads"."""
    times = f"{count} x " if count > 1 else ""
    if device.type == "cuda":
        return times + torch.cuda.get_device_name(device)
    threads = torch.get_num_threads()
    return f"{times}{device.type}, {threads} thread{'s' * (threads != 1)}"


def load_data(settings: RunConfig, device: torch.device) -> Dataset:
    """The data set, on the device as a whole: MNIST takes 55 MB. Its labels are left out where nobody shall learn them.

    Raises UserError where it cannot be had.
    """
    data = registry.load(settings.data).to(device)
    return data if settings.model.conditional else data.without_labels()


def image_shape(settings: RunConfig) -> tuple[int, int, int]:
    """(channels, height, width) of the images, known without loading any."""
    return registry.kind_of(settings.data).shape


def to_unit_range(images: Tensor) -> Tensor:
    """uint8 images, 0..255, to float32 in [-1, 1]: ToTensor and Normalize(0.5, 0.5) of the tutorial."""
    return images.float().div_(127.5).sub_(1)


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
    kind = registry.kind_of(settings.data)
    return networks.make_generator(settings.model, kind.shape, kind.classes)


def make_discriminator(settings: RunConfig) -> nn.Module:
    """D with fresh weights."""
    kind = registry.kind_of(settings.data)
    return networks.make_discriminator(settings.model, kind.shape, kind.classes)


def _refuse_the_impossible(settings: RunConfig, device: torch.device) -> None:
    """Before minutes of allocating: weights, gradients and Adam's two moments need sixteen bytes a weight."""
    with torch.device("meta"):
        pair = make_generator(settings), make_discriminator(settings)
    needed = 16 * sum(parameter.numel() for network in pair for parameter in network.parameters())
    there = torch.cuda.mem_get_info(device)[1] if device.type == "cuda" else os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > there:
        sizes = f"{needed / 1e9:.0f} GB for their weights and Adam, and {device} has {there / 1e9:.0f}"
        raise SettingsError(f"the networks need {sizes}: lower {width_setting(settings)}")


def width_setting(settings: RunConfig) -> str:
    """What makes the networks smaller, in words."""
    model = settings.model
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
    """Both networks with fresh weights, drawn on the CPU from the run's seed, and their optimisers."""
    optimizer, loss = settings.optimizer, settings.loss
    _refuse_the_impossible(settings, device)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.train.seed)
        discriminator = make_discriminator(settings).to(device)
        generator = make_generator(settings).to(device)
    average = copy.deepcopy(generator).requires_grad_(False) if settings.ema.half_life else None

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
        LOSSES[loss.name],
        ranks or Ranks(),
        Penalties(loss.r1, loss.r2, loss.gp, loss.penalty_share),
        average,
        torch.ones((), device=device),
    )
