"""What a style transfer begins with: the pictures that it is made from, and the memory that it needs."""

from collections.abc import Sequence

import torch
from torch import Tensor

from gan_tui.config import StyleConfig
from gan_tui.errors import SettingsError
from gan_tui.run.directory import RunDirectory
from gan_tui.spec.transfer import RANDOM_NAME
from gan_tui.style.feature_files import features_of
from gan_tui.style.features import FeatureNetwork
from gan_tui.style.lbfgs import PAIRS
from gan_tui.style.transfer import Transfer, Weights, luminance, matched
from gan_tui.training.found import Found
from gan_tui.training.optimisation.begin import Prepared, begin
from gan_tui.training.out_of_memory import memory_of
from gan_tui.training.precision import multiplies_bfloat16
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.loop import TransferLoop, weights_of
from gan_tui.training.transfer.pictures import Pictures, read_sources

BYTES_A_PIXEL = 2_600
"""That a step takes in float32, feature maps and their gradients: 2,400 were measured, and 1,400 in bfloat16 (docs/style.md)."""

UNTRAINED = "features random: a network that has learned nothing; its distances are not to be compared with those of others"


def transfer(run: RunDirectory, stop: StopRequest, found: Found) -> None:
    """Do the style transfer of `run`, or go on with it. Raises UserError and OSError."""

    def prepare(settings: StyleConfig, device: torch.device) -> Prepared:
        refuse_too_large(settings, device)
        work, drawn = _load(run, settings, device)
        return Prepared(
            work,
            lambda writer: TransferLoop(run, settings, writer, stop, work, drawn),
            _largest_checkpoint(settings),
            {"features": work.network.name},
            notes_of(work.network),
        )

    begin(run, run.settings_of(StyleConfig), stop, found, "style transfer", prepare, smaller)


def _load(run: RunDirectory, settings: StyleConfig, device: torch.device) -> tuple[Transfer, Pictures]:
    pictures, how = settings.pictures, settings.transfer
    network = rounded(features_of(how.features), how.precision, device)
    content, styles = read_sources(run, len(pictures.styles), device)
    work = transfer_of(settings, network, content, styles, weights_of(settings), how.steps)
    return work, Pictures(run, content, styles, preserve_color=pictures.preserve_color, features=network.name)


def transfer_of(
    settings: StyleConfig, network: FeatureNetwork, content: Tensor, styles: Sequence[Tensor], weights: Weights, steps: int
) -> Transfer:
    """One transfer as the settings have it, with `steps` at each scale."""
    pictures, how = settings.pictures, settings.transfer
    return Transfer(
        network,
        luminance(content) if pictures.preserve_color else content,
        [matched(luminance(style), luminance(content)) for style in styles] if pictures.preserve_color else styles,
        weights,
        steps=steps,
        scales=how.scales,
        shares=pictures.shares,
        strength=pictures.strength,
        start=how.init,
        seed=how.seed,
    )


def notes_of(network: FeatureNetwork) -> Sequence[str]:
    """What is to be said of the features."""
    return [UNTRAINED] if network.name == RANDOM_NAME else []


def rounded(network: FeatureNetwork, precision: str, device: torch.device) -> FeatureNetwork:
    """It on `device`, computing in `precision`; `auto`: in bfloat16 where it is a processor that multiplies in it."""
    half = precision == "bfloat16" or (precision == "auto" and device.type == "cpu" and multiplies_bfloat16(device))
    return (network.in_bfloat16() if half else network).to(device)


def _largest_checkpoint(settings: StyleConfig) -> int:
    """Bytes: the picture and what L-BFGS remembers of its steps."""
    return (1 << 20) + settings.pictures.height * settings.pictures.width * 12 * (2 * PAIRS + 4)


def refuse_too_large(settings: StyleConfig, device: torch.device) -> None:
    """Raises SettingsError where there is not enough memory for a picture of that size: before it is spent."""
    memory = memory_of(device)
    needed = settings.pictures.height * settings.pictures.width * BYTES_A_PIXEL
    if memory is not None and needed > memory.free:
        raise SettingsError(
            f"{settings.pictures.width} x {settings.pictures.height} pixels need about {needed / 1e9:.1f} GB of memory, "
            f"and {memory.free / 1e9:.1f} GB are free: {smaller(settings, memory.free)}"
        )


def smaller(settings: StyleConfig, free: int | None = None) -> str:
    """What to say where memory is short."""
    longer = max(settings.pictures.height, settings.pictures.width)
    share = (0.8 * free / (settings.pictures.height * settings.pictures.width * BYTES_A_PIXEL)) ** 0.5 if free else 0.7
    return f"say --size {max(64, int(longer * share) // 16 * 16)}"
