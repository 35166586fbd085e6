"""Options that stand for settings: declared once, and what was typed behind them and behind `--set`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

import click

from gan_tui import byte_paths, config
from gan_tui.cli import complete
from gan_tui.cli.typed import as_in, words_of
from gan_tui.errors import RefusedError, UserError
from gan_tui.spec import aliases

Command = Callable[..., int]
Said = Mapping[str, str | bool | None]
"""What was typed behind each option; None: it was left out."""


class SettingOption(NamedTuple):
    """An option that has a name of its own."""

    help: str
    metavar: str | None
    """None: it takes no value."""
    keys: tuple[str, ...]
    """The settings behind it."""

    @property
    def from_now_on(self) -> "SettingOption":
        """The same, of a run that has begun."""
        return self._replace(help=f"{self.help.removesuffix('.')} from now on.")


DEVICE = SettingOption("auto, cpu, mps, cuda or cuda:N.", "DEVICE", ("train.device",))
TRAIN_OPTIONS = {
    "dataset": SettingOption("Data set, or folder:PATH (a zip file too).  [default: mnist]", "NAME", ("data.dataset",)),
    "data_dir": SettingOption("Where the data set's files are.  [default: they are downloaded]", "DIR", ("data.dir",)),
    "image_size": SettingOption("28 to 128, for the images of a folder.", "PIXELS", ("data.image_size",)),
    "fit": SettingOption("crop, pad or stretch: how images of a folder become square.", "HOW", ("data.fit",)),
    "conditional": SettingOption("Tell the networks the class of each image; sub-folders are classes.", None, ("model.conditional",)),
    "labels": SettingOption("CSV of file name and class, for the images of a folder; with --conditional.", "FILE", ("data.labels",)),
    "clusters": SettingOption("With --conditional, for images without classes: N groups of alike ones.", "N", ("data.clusters",)),
    "outline": SettingOption("canny or vgg, with --preset outline: which lines of an image are told.", "HOW", ("data.outline",)),
    "augment": SettingOption("auto, none, diffaugment or ada: for few images.  [default: auto]", "HOW", ("train.augment",)),
    "from": SettingOption("Begin with another run's weights.", "RUN", ("train.begin_from",)),
    "freeze_d": SettingOption("With --from: so many layers of D, from the image on, stay as they are.", "N", ("train.freeze_d",)),
    "model": SettingOption("mlp, conv, dcgan, r3, or networks of your own: package.module:factory.", "NAME", ("model.family",)),
    "loss": SettingOption("non-saturating, hinge, ..., or a loss of your own: package.module:function.", "NAME", ("loss.name",)),
    "epochs": SettingOption("Passes over the data.", "N", ("train.epochs",)),
    "budget": SettingOption("Training time, in place of epochs: 90s, 5m or 1h30m.", "TIME", ("train.budget",)),
    "batch_size": SettingOption("Images a step.", "N", ("train.batch_size",)),
    "lr": SettingOption("Learning rate of both networks.", "RATE", config.RATES),
    "latent_dim": SettingOption("Length of the noise vector z.", "N", ("model.latent_dim",)),
    "device": DEVICE,
    "devices": SettingOption("Share each batch among N GPUs (or N processes on the CPU).", "N", ("train.devices",)),
    "engine": SettingOption("auto, eager, manual-grad, compiled or graph: how steps are carried out.", "ENGINE", ("train.engine",)),
    "seed": SettingOption("Same seed, same run.", "N", ("train.seed",)),
    "stop": SettingOption("never, plateau or equilibrium: end before the last epoch where quality stands still.", "WHEN", ("train.stop",)),
    "log_every": SettingOption("Steps between printed lines.", "STEPS", ("log.print_every",)),
    "tensorboard": SettingOption("Write TensorBoard's event files too, into the run's folder.", None, ("log.tensorboard",)),
    "checkpoint_every": SettingOption("Steps between checkpoints, besides one every 30 seconds.", "STEPS", ("checkpoints.every_steps",)),
}
RESUME_OPTIONS = {
    "epochs": TRAIN_OPTIONS["epochs"]._replace(help="Train to this many epochs in all.  [default: as the run says]"),
    "budget": TRAIN_OPTIONS["budget"]._replace(help="Train for this time in all, in place of epochs: 90s, 5m or 1h30m."),
    "lr": TRAIN_OPTIONS["lr"].from_now_on,
    "device": DEVICE.from_now_on,
    "data_dir": TRAIN_OPTIONS["data_dir"]._replace(help="Where the data set's files are now."),
    "devices": TRAIN_OPTIONS["devices"].from_now_on,
    "engine": TRAIN_OPTIONS["engine"].from_now_on,
}


def setting_options(options: Mapping[str, SettingOption]) -> Callable[[Command], Command]:
    """Give a command these options; what is typed comes as text, True of a flag, and None of what is left out."""

    def decorated(command: Command) -> Command:
        for name, option in reversed(list(options.items())):
            command = click.option(
                flag_of(name),
                is_flag=option.metavar is None,
                default=None,
                metavar=option.metavar,
                shell_complete=complete.setting(option.keys[0]),
                help=option.help,
            )(command)
        return command

    return decorated


def flag_of(name: str) -> str:
    """An option as it is typed."""
    return f"--{name.replace('_', '-')}"


def set_option(what: str) -> Callable[[Command], Command]:
    """`--set`; `what`: which settings it is for."""
    return click.option(
        "--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, shell_complete=complete.assignment,
        help=f"Any other setting{what}. May be repeated.",
    )  # fmt: skip


def said_settings(options: Mapping[str, SettingOption], said: Said) -> Iterator[tuple[str, str | bool]]:
    """The settings that were chosen by options of their own, and their values."""
    for name, option in options.items():
        if (value := said[name]) is not None:
            for key in option.keys:
                yield key, byte_paths.to_text(value) if isinstance(value, str) else value


def refuse_contradictions(assignments: Sequence[str], options: Mapping[str, SettingOption], said: Said) -> None:
    """Raises UserError where a `--set` says another value than the option of the same setting, and for two lengths of a run."""
    if said.get("epochs") is not None and said.get("budget") is not None:
        raise UserError("--epochs and --budget both say how long the run is: leave one of them out")
    for assignment in assignments:
        key, _, value = (word.strip() for word in assignment.partition("="))
        for name, option in options.items():
            typed = said[name]
            if key in option.keys and typed is not None and not _same(str(typed), value):
                raise UserError(f"{words_of(flag_of(name), typed)} and --set {assignment} contradict each other: leave one of them out")


@contextmanager
def as_typed(options: Mapping[str, SettingOption], said: Said, assignments: Sequence[str] = ()) -> Iterator[None]:
    """What is refused in here begins with what was typed for the setting, where it was. Raises UserError."""
    try:
        yield
    except RefusedError as error:
        if (found := _typed_for(error, options, said, assignments)) is None:
            raise
        raise UserError(found) from None


def _typed_for(error: RefusedError, options: Mapping[str, SettingOption], said: Said, assignments: Sequence[str]) -> str | None:
    """The line; None where the setting was not typed. Of several `--set` of one key the last one counts."""
    for text in reversed(assignments):
        key = text.partition("=")[0].strip()
        if aliases.SETTINGS.get(key, key) == error.key:
            example = error.example if "=" in error.example or not error.example else f"{key}={error.example}"
            return f"{words_of('--set', text)}: {error.why}{as_in('--set', example)}"
    for name, option in options.items():
        if error.key in option.keys and (value := said.get(name)) is not None:
            return f"{words_of(flag_of(name), value)}: {error.why}{as_in(flag_of(name), error.example)}"
    return None


def _same(one: str, other: str) -> bool:
    one, other = (word.strip("\"'").casefold() for word in (one, other))
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other
