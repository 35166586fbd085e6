"""What several devices must have in common to share a run, and in what such a run is not quite the same."""

import platform

import torch
from torch.nn.modules.batchnorm import _BatchNorm

from gan_tui.errors import SettingsError
from gan_tui.training.distributed.ranks import Ranks
from gan_tui.training.step import Gan


def refuse_unlike(device: torch.device, ranks: Ranks) -> None:
    """All ranks together: raise SettingsError where their devices would draw different batches and latents from the same seed.

    CUDA's random numbers depend on the number of multiprocessors, and each rank draws the whole batch by itself.
    """
    found = ranks.gather(_kind(device))
    if len(set(found)) > 1:
        each = ", ".join(f"rank {rank}: {kind}" for rank, kind in enumerate(found))
        raise SettingsError(f"devices of different kinds cannot share a run, their random numbers differ ({each}): use --devices 1")
    cards = ranks.gather(_card(device))
    for rank, card in enumerate(cards):
        if card and card in cards[:rank]:
            both = f"rank {cards.index(card)} and rank {rank}"
            raise SettingsError(f"{both} have the same GPU, which NCCL refuses: start no more ranks on a machine than it has GPUs")


def _kind(device: torch.device) -> str:
    """All that the random numbers of a device depend on, and its name."""
    if device.type != "cuda":
        return f"{device.type}, torch {torch.__version__}"
    properties = torch.cuda.get_device_properties(device)
    return f"{properties.name} with {properties.multi_processor_count} multiprocessors, torch {torch.__version__}"


def _card(device: torch.device) -> str:
    """Which GPU of which machine it is; nothing where it is unknown."""
    name = getattr(torch.cuda.get_device_properties(device), "uuid", "") if device.type == "cuda" else ""
    return f"{platform.node()} {name}" if name else ""


def notes(gan: Gan, batch_size: int) -> list[str]:
    """What the user should know of batches of `batch_size` shared among several devices; nothing on one."""
    count = gan.ranks.count
    if count == 1:
        return []
    found = []
    if any(isinstance(module, _BatchNorm) for network in (gan.generator, gan.discriminator) for module in network.modules()):
        rows = -(-batch_size // count)
        found.append(f"batch normalisation sees {rows} images on each of {count} devices, not {batch_size}: a run on one device differs")
    return found
