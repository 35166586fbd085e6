"""In what matrix products and convolutions are computed, where `train.precision` leaves it to the machine."""

from pathlib import Path

import torch

from gan_tui import config
from gan_tui.config import RunConfig
from gan_tui.cpuinfo import PLACE, cpuinfo
from gan_tui.training.devices import has_bfloat16
from gan_tui.training.distributed.ranks import Ranks

CPU_FLAGS = {"avx512_bf16", "amx_bf16", "bf16"}
"""By any of which a processor says that it multiplies in bfloat16 (the last one is ARM's); others imitate it, more slowly than float32."""


def resolve(settings: RunConfig, device: torch.device, ranks: Ranks) -> RunConfig:
    """`settings`, and in place of `train.precision = auto` what it means on `device`: on all ranks, which must ask together, the same.

    bfloat16 where the device has it and the settings declare that their quality holds in it, else float32.
    """
    if settings.train.precision != "auto":
        return settings
    fits = settings.train.bfloat16_holds and ranks.agree(multiplies_bfloat16(device))
    return config.override(settings, {"train": {"precision": "bfloat16" if fits else "float32"}})


def explain(settings: RunConfig, device: torch.device, chosen: str) -> str | None:
    """Why `auto` has become what it is, in a line; None where it was not left to the machine."""
    if settings.train.precision != "auto":
        return None
    if chosen == "bfloat16":
        return (
            f"computes in bfloat16, numbers of 16 bits: faster on {device}, and these settings give images as good; "
            "`--set train.precision=float32` computes in 32"
        )
    why = f"{device} is no faster in bfloat16" if settings.train.bfloat16_holds else "whether bfloat16 is as good here is not measured"
    return f"computes in float32: {why}"


def multiplies_bfloat16(device: torch.device, place: Path = PLACE) -> bool:
    """Does the device compute in bfloat16, and not merely imitate it? `place`: of what Linux says of the processor."""
    if device.type == "cuda":
        return has_bfloat16()
    if device.type != "cpu":
        return False
    return not CPU_FLAGS.isdisjoint(cpuinfo("flags", "features", place=place).split())
