"""`train`: from arguments to a new run."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gan_tui import config
from gan_tui.cli import complete
from gan_tui.cli.group import (
    ScreenOptions,
    check_theme,
    cli,
    echo,
    headless_option,
    name_option,
    runs_dir_option,
    screen_options,
)
from gan_tui.cli.own_code import allow_named
from gan_tui.cli.run_options import TRAIN_OPTIONS, Said, as_typed, refuse_contradictions, said_settings, set_option, setting_options
from gan_tui.cli.trainer import is_worker, run_worker_here, train_new_run
from gan_tui.cli.typed import typed
from gan_tui.config import RunConfig
from gan_tui.errors import UserError
from gan_tui.exporting.numbers import refuse_without_tensorboard
from gan_tui.printable import printable
from gan_tui.run import directory
from gan_tui.run.whole_paths import with_whole_paths


@cli.command()
@click.option(
    "--preset",
    metavar="NAME",
    shell_complete=complete.all_presets,
    help="Where the settings start from: a name, or ./my.toml.  [default: classic]",
)
@click.option(
    "--config", "config_file", type=click.Path(path_type=Path), help="A TOML file of settings, such as a run.toml or a copy of a preset."
)
@setting_options(TRAIN_OPTIONS)
@click.option(
    "--style",
    "styles",
    multiple=True,
    metavar="FILE",
    shell_complete=complete.place("file"),
    help="With --preset style-net: the picture whose style is learned.",
)
@click.option("--share", "shares", multiple=True, type=click.FloatRange(0), metavar="N", help="What each --style counts.  [default: equal]")
@set_option("; `gan-tui settings` lists them")
@click.option("--dry-run", is_flag=True, help="Say what the run would have, take and leave, by a few steps of it; make none.")
@name_option("Name of the run.  [default: time, data set and preset]")
@runs_dir_option
@headless_option
@screen_options
def train(
    preset: str | None,
    config_file: Path | None,
    styles: tuple[str, ...],
    shares: tuple[float, ...],
    assignments: tuple[str, ...],
    dry_run: bool,
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
    if preset == config.STYLE_NET:
        from gan_tui.cli.style_net import begin

        if config_file or dry_run:
            raise UserError(f"--{'config' if config_file else 'dry-run'} is for the training of a GAN: `--preset style-net` takes --set")
        return begin(styles, shares, options, assignments, name, runs_dir, headless, screen)
    if styles or shares:
        raise UserError("--style is for --preset style-net, which trains a network that repaints photographs in it")
    with as_typed(TRAIN_OPTIONS, options, assignments):
        settings = with_whole_paths(_resolve(preset, config_file, options, assignments), runs_dir)
    if is_worker():
        return run_worker_here()
    if settings.log.tensorboard:
        refuse_without_tensorboard()
    if dry_run:
        return _dry_run(settings, runs_dir)
    run = directory.create(runs_dir, settings, name)
    return train_new_run(run, headless, screen)


def _resolve(preset: str | None, config_file: Path | None, said: Said, assignments: Sequence[str]) -> RunConfig:
    tables: list[dict[str, Any]] = []
    with typed("--preset", preset):
        start = (
            config.preset_of_file(config_file)
            if config_file and not preset
            else config.load_preset(preset or config.DEFAULT_PRESET, config.all_preset_names)
        )
    if config_file and preset:
        tables.append(config.read_file(config_file))
    for key, value in said_settings(TRAIN_OPTIONS, said):
        section, name = key.split(".")
        tables.append({section: {name: value}})
    refuse_contradictions(assignments, TRAIN_OPTIONS, said)
    tables += map(config.parse_assignment, assignments)
    settings = config.resolve(start, tables)
    keys = (key for key, _ in said_settings(TRAIN_OPTIONS, said))
    allow_named(settings, [*keys, *(text.partition("=")[0].strip() for text in assignments)])
    return settings


def _dry_run(settings: RunConfig, runs_dir: Path) -> int:
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training import dry_run

    for row in dry_run.rows(settings, runs_dir):
        echo(f"{row.what:<10} {printable(row.found)}")
    return 0
