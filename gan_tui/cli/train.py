"""`train` and `resume`: from arguments to a run that is trained here or behind a dashboard."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from gan_tui import byte_paths, config, output
from gan_tui.cli.group import (
    ScreenOptions,
    check_theme,
    cli,
    has_terminal,
    headless_option,
    open_dashboard,
    run_argument,
    runs_dir_option,
    screen_options,
)
from gan_tui.config import RunConfig
from gan_tui.errors import MISTAKEN, DamagedError, UserError
from gan_tui.run import directory
from gan_tui.run.delete import Skeleton
from gan_tui.run.directory import RunDirectory
from gan_tui.run.launch import DATA_CHANGED, Mode, trainer_command
from gan_tui.run.summary import look_at, summarise


def _complete_presets(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in config.preset_names() if name.startswith(incomplete)]


def _complete_settings(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [f"{setting.key}=" for setting in config.settings() if setting.key.startswith(incomplete)]


def _complete_datasets(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in (*config.DATASETS, config.FOLDER) if name.startswith(incomplete)]


@cli.command()
@click.option(
    "--preset",
    metavar="NAME",
    shell_complete=_complete_presets,
    help="Where the settings start from: a name, or ./my.toml.  [default: classic]",
)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="A TOML file of settings, such as a run.toml or a copy of a preset."
)
@click.option("--dataset", metavar="NAME", shell_complete=_complete_datasets, help="Data set, or folder:PATH.  [default: mnist]")
@click.option("--data-dir", metavar="DIR", help="Where the data set's files are.  [default: they are downloaded]")
@click.option("--image-size", metavar="PIXELS", help="32 or 64, for the images of a folder.")
@click.option("--conditional", is_flag=True, default=None, help="Tell the networks the class of each image.")
@click.option("--epochs", metavar="N", help="Passes over the data.")
@click.option("--batch-size", metavar="N", help="Images a step.")
@click.option("--lr", metavar="RATE", help="Learning rate of both networks.")
@click.option("--latent-dim", metavar="N", help="Length of the noise vector z.")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N.")
@click.option("--devices", metavar="N", help="Share each batch among N GPUs (or N processes on the CPU).")
@click.option("--engine", metavar="ENGINE", help="auto, eager, manual-grad, compiled or graph: how steps are carried out.")
@click.option("--seed", metavar="N", help="Same seed, same run.")
@click.option("--stop", metavar="WHEN", help="never, plateau or equilibrium: end before the last epoch where quality stands still.")
@click.option("--log-every", metavar="STEPS", help="Steps between printed lines.")
@click.option("--checkpoint-every", metavar="STEPS", help="Steps between checkpoints, besides one every 30 seconds.")
@click.option(
    "--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, shell_complete=_complete_settings,
    help="Any other setting; `gan-tui settings` lists them. May be repeated.",
)  # fmt: skip
@click.option("--name", help="Name of the run.  [default: time, data set and preset]")
@runs_dir_option
@headless_option
@screen_options
def train(
    preset: str | None,
    config_file: Path | None,
    assignments: tuple[str, ...],
    name: str | None,
    runs_dir: Path,
    headless: bool,
    screen: ScreenOptions,
    **options: str | bool | None,
) -> int:
    """Start a new run (the default command).

    Settings come from the preset, then --config, then the options, then --set; the later one wins.
    """
    check_theme(screen.theme)
    settings = _resolve(preset, config_file, options, assignments)
    if _is_worker():
        return _run_worker()
    run = directory.create(runs_dir, settings, name)
    made = Skeleton(run)
    status = 0
    try:
        status = _train(run, headless, screen, made=made)
        return status
    finally:
        made.discard(mistaken=status == MISTAKEN)  # two typos are not two runs


@cli.command()
@run_argument
@click.option("--epochs", metavar="N", help="Train to this many epochs in all.  [default: as the run says]")
@click.option("--data-changed", type=click.Choice(["ok"]), help="ok: go on though the data is other than before.")
@click.option("--lr", metavar="RATE", help="Learning rate of both networks from now on.")
@click.option("--device", metavar="DEVICE", help="auto, cpu, mps, cuda or cuda:N, from now on.")
@click.option("--data-dir", metavar="DIR", help="Where the data set's files are now.")
@click.option("--devices", metavar="N", help="Share each batch among N GPUs (or N processes on the CPU) from now on.")
@click.option("--engine", metavar="ENGINE", help="auto, eager, manual-grad, compiled or graph, from now on.")
@click.option(
    "--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, shell_complete=_complete_settings,
    help="Any other setting that may change; networks, loss, data and the size of a batch may not. May be repeated.",
)  # fmt: skip
@runs_dir_option
@headless_option
@screen_options
def resume(
    run: str,
    assignments: tuple[str, ...],
    data_changed: str | None,
    runs_dir: Path,
    headless: bool,
    screen: ScreenOptions,
    **options: str | None,
) -> int:
    """Go on with a run from its newest checkpoint."""
    check_theme(screen.theme)
    if _is_worker():
        return _run_worker()
    found = directory.find(runs_dir, run)
    if found.alive:
        raise UserError(f"{found.name} is being trained already: `gan-tui attach {found.cli_name}` shows it")
    changes = _assignments(options, assignments)
    try:
        before = found.config()
        if before.data.folder is not None:  # where the images are now
            changes = [
                text.replace("data.dir=", f"data.dataset={config.FOLDER}", 1) if text.startswith("data.dir=") else text for text in changes
            ]
        settings = config.change(before, changes, begun=found.has_checkpoint)
    except DamagedError:  # the trainer rebuilds it
        for text in changes:
            config.change(RunConfig(), [text], begun=False)
        return _train(found, headless, screen, changes, data_changed=data_changed is not None)
    summary = summarise(found)
    done = summary.epoch
    # A trainer that was killed after its last step has weights to leave behind yet.
    if done > settings.train.epochs or (done == settings.train.epochs and summary.state == "completed"):
        raise UserError(f"{found.name} has done {done} of {settings.train.epochs} epochs: say how many it shall be with --epochs")
    return _train(found, headless, screen, changes, data_changed=data_changed is not None)


def _assignments(options: Mapping[str, str | None], assignments: Sequence[str]) -> list[str]:
    """What `resume` shall change, as `section.key=value`. Raises UserError for what is said in two ways."""
    if options["data_dir"]:
        options = {**options, "data_dir": _whole_path(options["data_dir"], "data.dir")}
    found = [f"{key}={value}" for option, value in options.items() if value is not None for key in SHORT_OPTIONS[option]]
    for text in assignments:
        config.parse_assignment(text)
        key = text.partition("=")[0].strip()
        if any(other.startswith(f"{key}=") for other in found):
            raise UserError(f"{key} is said twice: once is enough")
        found.append(f"{key}={text.partition('=')[2].strip()}")
    return found


def _say_how_it_ended(run: RunDirectory) -> None:
    """The last line of a run that completed; one that was stopped or failed has said so itself."""
    state = look_at(run)
    if state.outcome == "completed":
        quality = f", FD {state.scalars['fd']:.3g}" if "fd" in state.scalars else ""
        epochs = f"{state.epochs_done} epoch{'s' * (state.epochs_done != 1)}"
        output.say(f"completed {epochs}, {state.step:,} steps{quality}: {run.path}")


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


def _resolve(
    preset: str | None, config_file: Path | None, options: dict[str, str | bool | None], assignments: tuple[str, ...]
) -> RunConfig:
    tables: list[dict[str, Any]] = []
    start: str | config.Preset = preset or config.DEFAULT_PRESET
    if config_file and preset:
        tables.append(config.read_file(config_file))
    elif config_file:
        start = config.preset_of_file(config_file)
    for option, keys in SHORT_OPTIONS.items():
        value = options[option]
        if isinstance(value, str):
            value = byte_paths.to_text(value)
        for key in keys if value is not None else ():
            section, name = key.split(".")
            tables.append({section: {name: value}})
    for text in assignments:
        _refuse_contradiction(text, options)
        tables.append(config.parse_assignment(text))
    return _with_whole_paths(config.resolve(start, tables))


def _refuse_contradiction(assignment: str, options: dict[str, str | bool | None]) -> None:
    """Raises UserError where `--set` says another value than the option of the same setting."""
    key, _, value = (word.strip() for word in assignment.partition("="))
    for option, keys in SHORT_OPTIONS.items():
        said = options[option]
        if key in keys and said is not None and not _same(str(said), value):
            name = f"--{option.replace('_', '-')}"
            word = name if isinstance(said, bool) else f"{name} {said}"
            raise UserError(f"{word} and --set {assignment} contradict each other: leave one of them out")


def _same(one: str, other: str) -> bool:
    one, other = (word.strip("\"'").casefold() for word in (one, other))
    try:
        return float(one) == float(other)
    except ValueError:
        return one == other


def _with_whole_paths(settings: RunConfig) -> RunConfig:
    """A run may be resumed from another folder than the one it was started in. Raises UserError where a folder is not there."""
    data: dict[str, str] = {}
    if settings.data.folder is not None:
        data["dataset"] = config.FOLDER + _whole_path(settings.data.folder, "data.dataset")
    if settings.data.dir:
        data["dir"] = _whole_path(settings.data.dir, "data.dir")
    return config.override(settings, {"data": data})


def _whole_path(word: str, setting: str) -> str:
    path = byte_paths.to_path(str(directory.expand(word).absolute()))
    try:
        there = path.is_dir()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UserError(f"{setting}: the folder {byte_paths.shown(path)} cannot be read: {reason}") from None
    if not there:
        raise UserError(f"{setting}: there is no folder {byte_paths.shown(path)}")
    return byte_paths.to_text(str(path))


def _is_worker() -> bool:
    """Under torchrun every process gets this command line, and only the first may make or change a run."""
    return os.environ.get("RANK", "0") != "0" and "TORCHELASTIC_RUN_ID" in os.environ


def _run_worker() -> int:
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training.worker import run_worker

    return run_worker()


def _train(
    run: RunDirectory,
    headless: bool,
    screen: ScreenOptions,
    assignments: Sequence[str] = (),
    *,
    data_changed: bool = False,
    made: Skeleton | None = None,
) -> int:
    """Train here or behind a dashboard; `assignments` replace the run's own settings once the run goes on."""
    if headless or not has_terminal():
        from gan_tui.training.main import train as train_here

        output.unblock()
        output.say(f"training {run.path}")
        status = train_here(run, assignments, data_changed=data_changed)
        if status == 0:  # a refused resume leaves a completed run completed
            _say_how_it_ended(run)
        return status
    words = [*assignments, *([DATA_CHANGED] if data_changed else [])]
    return open_dashboard(run, Mode.TRAIN, screen, trainer_command(str(run.path.absolute()), *words), made)
