"""From the folder of a style network's run to its loop: the settings, the device, the photographs, the checkpoint."""

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui import config
from gan_tui.config import Data, StyleNetConfig
from gan_tui.data import cifar10, image_folder
from gan_tui.data.dataset import Dataset
from gan_tui.data.image_file import Drawing
from gan_tui.errors import DamagedError, UserError
from gan_tui.output import say
from gan_tui.run.cut import cut_to_step
from gan_tui.run.directory import RunDirectory, write_settings
from gan_tui.run.events import Phase
from gan_tui.run.log import EventWriter
from gan_tui.style import features
from gan_tui.style.features import shipped
from gan_tui.style.style_network import StyleNetwork
from gan_tui.training.devices import Chosen, device_name, find_device
from gan_tui.training.found import Found
from gan_tui.training.optimisation import saved
from gan_tui.training.out_of_memory import is_out_of_memory
from gan_tui.training.randomness import Randomness
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.begin import environment_of, take_up, tell
from gan_tui.training.transfer.loop import weights_of
from gan_tui.training.transfer.network_loop import CHECKPOINT_BYTES, NetworkLoop
from gan_tui.training.transfer.pictures import Pictures, read_picture_of

HELD_OUT = 8
"""Pictures by which the network is measured at the end of each epoch: a twentieth of the time, or less."""
ENOUGH = 20_000
"""Photographs that are kept in memory; more teach nothing more in the time that such a network takes."""


def train_network(run: RunDirectory, stop: StopRequest, found: Found) -> None:
    """Train the style network of `run`, or go on with it. Raises UserError and OSError."""
    settings = config.change_optimisation(run.style_net_config(), found.assignments, begun=run.has_checkpoint)
    stop.take_settings(settings.signals)
    if settings.train.threads:
        torch.set_num_threads(settings.train.threads)
    chosen = find_device(settings.train.device)
    try:
        _train(run, settings, chosen, stop, found)
    except (RuntimeError, MemoryError) as error:
        if not is_out_of_memory(error, chosen.device):
            raise
        smaller = max(32, settings.data.image_size * 7 // 10 // 4 * 4)
        raise UserError(f"out of memory: say --set data.image_size={smaller}, or a smaller --batch-size") from None


def _train(run: RunDirectory, settings: StyleNetConfig, chosen: Chosen, stop: StopRequest, found: Found) -> None:
    data, train = settings.data, settings.train
    with EventWriter(run.events) as writer:
        writer.write(Phase(name="loading"))
    photographs = load(settings)
    styles = [read_picture_of(run, run.style(index), chosen.device) for index in range(len(data.styles))]
    loaded = saved.load_newest(run, settings, CHECKPOINT_BYTES, chosen.device)
    work = StyleNetwork(
        shipped().to(chosen.device),
        _sized(photographs.images[:ENOUGH], data.image_size),
        _sized(photographs.test[:HELD_OUT], data.image_size),
        styles,
        weights_of(settings),
        epochs=train.epochs,
        batch_size=min(train.batch_size, len(photographs.images)),
        rate=train.lr,
        shares=data.shares,
        scratch=train.start == "scratch",
        random=Randomness(train.seed, torch.device("cpu")).at,
    )
    notes = [text for text in (found.note, found.lost, *photographs.notes) if text]
    elapsed = 0.0
    if loaded is not None:
        notes += loaded.notes
        if loaded.state:
            elapsed = loaded.elapsed
            _refuse_other_photographs(run, photographs, data_changed=found.data_changed)
            take_up(work, loaded, run)
    cut_to_step(run.events, work.step)
    with EventWriter(run.events) as writer:
        writer.write(Phase(step=work.step, name="loading"))
        if found.headless:
            say(f"style network {run.path}")
        tell(writer, work.step, [*(fault.text for fault in chosen.faults), *notes])
        write_settings(run, settings, environment_of(chosen) | {"features": features.NAME, "data": photographs.digest})
        drawn = Pictures(run, work.subject, styles, preserve_color=False)
        loop = NetworkLoop(run, settings, writer, stop, work, drawn)
        loop.elapsed = elapsed
        loop.go(str(chosen.device), device_name(chosen))


def load(settings: StyleNetConfig) -> Dataset:
    """The photographs, in colour; the test set is held out. Raises SettingsError."""
    if settings.folder is None:
        return cifar10.load(Data(dataset="cifar10", dir=settings.data.dir))
    return image_folder.load(Data(dataset=settings.data.dataset), Drawing(settings.data.image_size, 3))


def _sized(images: Tensor, size: int) -> Tensor:
    """uint8 (N, 3, size, size)."""
    if images.shape[-1] == size:
        return images
    parts = [functional.interpolate(part.float(), (size, size), mode="bicubic", antialias=True) for part in images.split(256)]
    return torch.cat([part.round().clamp(0, 255).to(torch.uint8) for part in parts])


def _refuse_other_photographs(run: RunDirectory, photographs: Dataset, *, data_changed: bool) -> None:
    """Raises UserError where they are not those that the run began with."""
    try:
        before = config.read_environment(run.config_file).get("data")
    except DamagedError:
        return
    if before and photographs.digest and before != photographs.digest and not data_changed:
        raise UserError(f"the photographs are others than those that {run.name} began with: put them back, or say --data-changed ok")
