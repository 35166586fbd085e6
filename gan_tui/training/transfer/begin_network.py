"""What the training of a style network begins with: photographs and styles."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from gan_tui import config
from gan_tui.config import Data, StyleNetConfig
from gan_tui.data import cifar10, image_folder
from gan_tui.data.dataset import Dataset
from gan_tui.data.image_file import Drawing
from gan_tui.errors import DamagedError, UserError
from gan_tui.run.directory import RunDirectory
from gan_tui.style import features
from gan_tui.style.features import shipped
from gan_tui.style.style_network import StyleNetwork
from gan_tui.training.found import Found
from gan_tui.training.optimisation.begin import Prepared, begin
from gan_tui.training.randomness import Randomness
from gan_tui.training.stop import StopRequest
from gan_tui.training.transfer.begin import rounded
from gan_tui.training.transfer.loop import weights_of
from gan_tui.training.transfer.network_loop import CHECKPOINT_BYTES, NetworkLoop
from gan_tui.training.transfer.pictures import Pictures, read_picture_of

HELD_OUT = 8
"""Pictures by which the network is measured at the end of each epoch: a twentieth of the time, or less."""
ENOUGH = 2_000
"""Photographs that are learned from, an epoch of some hundred steps: the network has come near its end before it has seen more."""


def train_network(run: RunDirectory, stop: StopRequest, found: Found) -> None:
    """Train the style network of `run`, or go on with it. Raises UserError and OSError."""

    def prepare(settings: StyleNetConfig, device: torch.device) -> Prepared:
        photographs = load(settings)
        if run.has_checkpoint and not found.data_changed:
            _refuse_other_photographs(run, photographs)
        styles = [read_picture_of(run, run.style(index), device) for index in range(len(settings.data.styles))]
        work = _make(settings, photographs, styles, device)
        drawn = Pictures(run, work.subject, styles, preserve_color=False, features=features.NAME)
        return Prepared(
            work,
            lambda writer: NetworkLoop(run, settings, writer, stop, work, drawn),
            CHECKPOINT_BYTES,
            {"features": features.NAME, "data": photographs.digest},
            [*photographs.notes, *_fewer(len(photographs.images))],
        )

    begin(run, run.settings_of(StyleNetConfig), stop, found, "style network", prepare, _smaller)


def _fewer(count: int) -> list[str]:
    return [f"style-net learns from {ENOUGH:,} of the {count:,} photographs: an epoch is one pass over these"] if count > ENOUGH else []


def _make(settings: StyleNetConfig, photographs: Dataset, styles: Sequence[Tensor], device: torch.device) -> StyleNetwork:
    data, train = settings.data, settings.train
    return StyleNetwork(
        rounded(shipped(), train.precision, device),
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


def _smaller(settings: StyleNetConfig) -> str:
    size = max(32, settings.data.image_size * 7 // 10 // 4 * 4)
    return f"say --set data.image_size={size}, or a smaller --batch-size"


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


def _refuse_other_photographs(run: RunDirectory, photographs: Dataset) -> None:
    """Raises UserError where they are not those that the run began with."""
    try:
        before = config.read_environment(run.config_file).get("data")
    except DamagedError:
        return
    if before and not photographs.was(before):
        raise UserError(f"the photographs are others than those that {run.name} began with: put them back, or say --data-changed ok")
