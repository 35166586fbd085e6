"""`train --preset style-net`: from arguments to the training of a network for one style. Used by train.py."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from gan_tui import config
from gan_tui.cli.group import ScreenOptions, mention
from gan_tui.cli.run_options import TRAIN_OPTIONS, Said, SettingOption, as_typed, flag_of, refuse_contradictions, said_settings
from gan_tui.cli.style_files import check_shares, copy_into, read_all, whole_text
from gan_tui.cli.trainer import train_new_run
from gan_tui.config import StyleNetConfig
from gan_tui.errors import UserError
from gan_tui.run import directory, length
from gan_tui.run.directory import RunDirectory
from gan_tui.run.whole_paths import whole_path

CIFAR_EPOCHS = 6
"""3,000 steps: CIFAR-10 has many more images than a folder of photographs, so an epoch has more steps."""
KEYS = {
    "dataset": "data.dataset",
    "data_dir": "data.dir",
    "image_size": "data.image_size",
    "epochs": "train.epochs",
    "batch_size": "train.batch_size",
    "lr": "train.lr",
    "device": "train.device",
    "seed": "train.seed",
    "log_every": "log.print_every",
}
"""The options of `train` that mean something here, and their settings."""
OPTIONS: Mapping[str, SettingOption] = {name: TRAIN_OPTIONS[name]._replace(keys=(key,)) for name, key in KEYS.items()}


def begin(
    styles: Sequence[str], shares: Sequence[float], said: Said, assignments: Sequence[str], name: str | None, runs_dir: Path,
    headless: bool, screen: ScreenOptions,
) -> int:  # fmt: skip
    """Train a style network; the exit status comes back. Raises UserError."""
    if not styles:
        raise UserError("say which style: `gan-tui train --preset style-net --style FILE --dataset folder:PHOTOS`")
    with as_typed(OPTIONS, said, assignments):
        settings = resolve(styles, shares, said, assignments)
    if not settings.data.dataset:
        raise UserError("say what it shall learn to repaint: --dataset folder:PHOTOS (60 photographs at least), or --dataset cifar10")
    larger = round(settings.data.image_size * settings.data.style_scale)
    pictures, notes = read_all([(Path(one), larger) for one in styles])
    for note in notes:
        mention(note)
    run = directory.create(runs_dir, settings, name)
    copies = [run.style(index) for index in range(len(styles))]
    return train_new_run(run, headless, screen, copies, partial(copy_into, copies, pictures))


def resolve(styles: Sequence[str], shares: Sequence[float], said: Said, assignments: Sequence[str]) -> StyleNetConfig:
    """The settings that were asked for. Raises UserError."""
    for option, value in said.items():
        if value is not None and option not in OPTIONS:
            raise UserError(f"{flag_of(option)} is for the training of a GAN, and style-net trains a style network")
    check_shares(styles, shares)
    table: dict[str, Any] = msgspec.to_builtins(StyleNetConfig())
    table["data"] |= {"styles": [whole_text(Path(one)) for one in styles], "shares": list(shares)}
    for key, value in said_settings(OPTIONS, said):
        section, setting = key.split(".")
        table[section][setting] = value
    refuse_contradictions(assignments, OPTIONS, said)
    if table["data"]["dataset"] == "cifar10" and said.get("epochs") is None:
        table["train"]["epochs"] = CIFAR_EPOCHS
    settings = config.change_optimisation(config.settings_from_table(table, StyleNetConfig), assignments, begun=False)
    paths: dict[str, str] = {}
    if settings.folder is not None:
        paths["dataset"] = config.FOLDER + whole_path(settings.folder, "data.dataset", "folder or zip file")
    if settings.data.dir:
        paths["dir"] = whole_path(settings.data.dir, "data.dir")
    return msgspec.structs.replace(settings, data=msgspec.structs.replace(settings.data, **paths))


def resumed(run: RunDirectory, said: Said, assignments: Sequence[str]) -> list[str]:
    """What `resume` shall change, as `section.key=value`. Raises UserError for an option of a GAN's, and where nothing is left to do."""
    for option, value in said.items():
        if value is not None and option not in OPTIONS:
            raise UserError(f"{flag_of(option)} is for the training of a GAN, and {run.name} is {run.task.what}")
    before = run.settings_of(StyleNetConfig)
    asked = {KEYS[option]: str(value) for option, value in said.items() if value is not None}
    if (folder := asked.pop("data.dir", None)) is not None:  # where the photographs are now
        key, kind = ("data.dataset", config.FOLDER) if before.folder is not None else ("data.dir", "")
        asked[key] = kind + whole_path(folder, "data.dir", "folder or zip file")
    changes = [*(f"{key}={value}" for key, value in asked.items()), *assignments]
    settings = config.change_optimisation(before, changes, begun=run.has_checkpoint)
    length.refuse_epochs(run.name, length.behind(run), settings.train.epochs, or_budget=False)
    return changes
