"""`train`: from arguments to a new run."""

from pathlib import Path
from typing import Any

import click

from gan_tui import byte_paths, config
from gan_tui.cli.group import (
    ScreenOptions,
    check_theme,
    cli,
    headless_option,
    runs_dir_option,
    screen_options,
)
from gan_tui.cli.run_options import SHORT_OPTIONS, complete_settings, whole_path
from gan_tui.cli.trainer import is_worker, run_worker_here, train_run
from gan_tui.config import RunConfig
from gan_tui.errors import MISTAKEN, UserError
from gan_tui.run import directory
from gan_tui.run.delete import Skeleton


def _complete_presets(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    return [name for name in config.preset_names() if name.startswith(incomplete)]


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
    "--set", "assignments", metavar="SECTION.KEY=VALUE", multiple=True, shell_complete=complete_settings,
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
    if is_worker():
        return run_worker_here()
    run = directory.create(runs_dir, settings, name)
    made = Skeleton(run)
    status = 0
    try:
        status = train_run(run, headless, screen, made=made)
        return status
    finally:
        made.discard(mistaken=status == MISTAKEN)  # two typos are not two runs


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
        data["dataset"] = config.FOLDER + whole_path(settings.data.folder, "data.dataset")
    if settings.data.dir:
        data["dir"] = whole_path(settings.data.dir, "data.dir")
    return config.override(settings, {"data": data})
