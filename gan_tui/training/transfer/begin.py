"""From a run's folder to its loop: the settings, the device, the pictures, the checkpoint."""

import platform
from collections.abc import Sequence

import torch

from gan_tui import config
from gan_tui.config import StyleConfig
from gan_tui.errors import SettingsError, UserError
from gan_tui.output import say
from gan_tui.run.cut import cut_to_step
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Note, Phase
from gan_tui.run.log import EventWriter
from gan_tui.style.colour import luminance, matched
from gan_tui.style.feature_files import features_of
from gan_tui.style.lbfgs import PAIRS
from gan_tui.style.style_network import StyleNetwork
from gan_tui.style.transfer import Transfer
from gan_tui.training.devices import Chosen, device_name, find_device
from gan_tui.training.found import Found
from gan_tui.training.optimisation import saved
from gan_tui.training.out_of_memory import is_out_of_memory, memory_of
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.loop import TransferLoop, weights_of
from gan_tui.training.transfer.pictures import Pictures, read_sources

BYTES_A_PIXEL = 3_300
"""That a step takes: feature maps and their gradients; measured (docs/style.md)."""


def transfer(run: RunDirectory, stop: StopRequest, found: Found) -> None:
    """Do the style transfer of `run`, or go on with it. Raises UserError and OSError."""
    settings = config.change_optimisation(run.style_config(), found.assignments, begun=run.has_checkpoint)
    stop.take_settings(settings.signals)
    if settings.transfer.threads:
        torch.set_num_threads(settings.transfer.threads)
    chosen = find_device(settings.transfer.device)
    refuse_too_large(settings, chosen.device)
    try:
        _transfer(run, settings, chosen, stop, found)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error, chosen.device):
            raise
        raise UserError(f"out of memory: {_smaller(settings)}") from None


def _transfer(run: RunDirectory, settings: StyleConfig, chosen: Chosen, stop: StopRequest, found: Found) -> None:
    pictures, how = settings.pictures, settings.transfer
    network = features_of(how.features)
    content, styles = read_sources(run, len(pictures.styles), chosen.device)
    loaded = saved.load_newest(run, settings, _largest_checkpoint(settings), chosen.device)
    work = Transfer(
        network.to(chosen.device),
        luminance(content) if pictures.preserve_color else content,
        [matched(luminance(style), luminance(content)) for style in styles] if pictures.preserve_color else styles,
        weights_of(settings),
        steps=how.steps,
        scales=how.scales,
        shares=pictures.shares,
        strength=pictures.strength,
        start=how.init,
        seed=how.seed,
    )
    notes = [text for text in (found.note, found.lost) if text]
    elapsed = 0.0
    if loaded is not None:
        notes += loaded.notes
        if loaded.state:
            elapsed = loaded.elapsed
            take_up(work, loaded, run)
    cut_to_step(run.events, work.step)
    with EventWriter(run.events) as writer:
        writer.write(Phase(step=work.step, name="loading"))
        if found.headless:
            say(f"style transfer {run.path}")
        tell(writer, work.step, [*(fault.text for fault in chosen.faults), *notes])
        write_settings(run, settings, environment_of(chosen) | {"features": network.name})
        drawn = Pictures(run, content, styles, preserve_color=pictures.preserve_color)
        loop = TransferLoop(run, settings, writer, stop, work, drawn)
        loop.elapsed = elapsed
        loop.go(str(chosen.device), device_name(chosen))


def _largest_checkpoint(settings: StyleConfig) -> int:
    """Bytes: the picture and what L-BFGS remembers of its steps."""
    return (1 << 20) + settings.pictures.height * settings.pictures.width * 12 * (2 * PAIRS + 4)


def take_up(work: Transfer | StyleNetwork, loaded: saved.Loaded, run: RunDirectory) -> None:
    """Go on from a checkpoint. Raises UserError where it does not fit."""
    try:
        work.load_state_dict(loaded.state)
    except (KeyError, TypeError, ValueError, RuntimeError, IndexError, ZeroDivisionError):
        raise UserError(f"the checkpoint of step {loaded.step} in {run.checkpoints} is of another run: move it away") from None


def tell(writer: EventWriter, step: int, texts: Sequence[str]) -> None:
    """In the log, and on standard error."""
    for text in texts:
        writer.write(Note(step=step, text=text))
        say(text)


def refuse_too_large(settings: StyleConfig, device: torch.device) -> None:
    """Raises SettingsError where there is not enough memory for a picture of that size: before it is spent."""
    memory = memory_of(device)
    needed = settings.pictures.height * settings.pictures.width * BYTES_A_PIXEL
    if memory is not None and needed > memory.free:
        raise SettingsError(
            f"{settings.pictures.width} x {settings.pictures.height} pixels need about {needed / 1e9:.1f} GB of memory, "
            f"and {memory.free / 1e9:.1f} GB are free: {_smaller(settings, memory.free)}"
        )


def _smaller(settings: StyleConfig, free: int | None = None) -> str:
    longer = max(settings.pictures.height, settings.pictures.width)
    share = (0.8 * free / (settings.pictures.height * settings.pictures.width * BYTES_A_PIXEL)) ** 0.5 if free else 0.7
    return f"say --size {max(64, int(longer * share) // 16 * 16)}"


def environment_of(chosen: Chosen) -> dict[str, object]:
    """What a run finds itself in."""
    return {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": str(chosen.device),
        "device_name": device_name(chosen),
    }
