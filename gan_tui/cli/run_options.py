"""Options that stand for settings, as `train` and `resume` share them."""

import click

from gan_tui import byte_paths, config
from gan_tui.errors import UserError
from gan_tui.run import directory

SHORT_OPTIONS = {
    "dataset": ("data.dataset",),
    "data_dir": ("data.dir",),
    "image_size": ("data.image_size",),
    "conditional": ("model.conditional",),
    "epochs": ("train.epochs",),
    "batch_size": ("train.batch_size",),
    "lr": config.RATES,
    "latent_dim": ("model.latent_dim",),
    "device": ("train.device",),
    "devices": ("train.devices",),
    "engine": ("train.engine",),
    "seed": ("train.seed",),
    "stop": ("train.stop",),
    "log_every": ("log.print_every",),
    "checkpoint_every": ("checkpoints.every_steps",),
}
"""The settings behind the options that have a name of their own."""


def complete_settings(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """For the shell."""
    return [f"{setting.key}=" for setting in config.settings() if setting.key.startswith(incomplete)]


def whole_path(word: str, setting: str) -> str:
    """An absolute path for a setting: a run may be resumed from another folder. Raises UserError where there is no such folder."""
    path = byte_paths.to_path(str(directory.expand(word).absolute()))
    try:
        there = path.is_dir()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"{setting}: the folder {byte_paths.shown(path)} cannot be read: {reason}") from None
    if not there:
        raise UserError(f"{setting}: there is no folder {byte_paths.shown(path)}")
    return byte_paths.to_text(str(path))
