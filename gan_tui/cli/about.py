"""What can be chosen, and what this machine offers."""

import json

import click
from click.shell_completion import get_completion_class

from gan_tui import config
from gan_tui.cli.echo import echo
from gan_tui.cli.group import cli
from gan_tui.errors import FAILED, UserError

COMPLETION_VARIABLE = "_GAN_TUI_COMPLETE"


@cli.command()
def presets() -> None:
    """List the presets, your own included, and say what is wrong with one that cannot be read.

    Your own lie in ~/.config/gan-tui/presets, one TOML file each. `--preset` takes a path as well: --preset ./my.toml.
    """
    found, broken = config.list_presets()
    for preset in found:
        echo(preset.name)
        if preset.description:
            echo(f"  {preset.description}")
        echo(f"  file: {preset.path}" if preset.path else f"  source: {preset.source}")
        echo(f"  measured: {preset.measured or 'not yet'}")
    for one in broken:
        echo(f"{one.name}\n  broken: {one.reason}")


@cli.command()
def themes() -> None:
    """List the themes of the screen, your own included, and say what is wrong with one that cannot be read."""
    from gan_tui.dashboard.themes import find_theme, theme_names

    for name in theme_names():
        try:
            find_theme(name)
            echo(name)
        except UserError as error:
            echo(f"{name}  broken: {error}")


@cli.command()
def settings() -> None:
    """List every setting with its default and meaning, for --set and --config."""
    for setting in config.settings():
        echo(f"{f'{setting.key} = {json.dumps(setting.default)}':<36}  {setting.meaning}")


@cli.command()
@click.option("--check", "checking", is_flag=True, help="Let every engine of every device train beside its plain twin: a minute.")
def doctor(checking: bool) -> int:
    """Show what this machine offers: devices, engines, data, runs."""
    from gan_tui.training.main import import_torch

    import_torch()
    from gan_tui.training.doctor import examine

    for what, finding in examine():
        echo(f"{what:<16}  {finding}")
    return _check() if checking else 0


def _check() -> int:
    """A line for each trial; the exit status comes back."""
    from gan_tui.training.check import check
    from gan_tui.training.doctor import devices

    failed = 0
    for line in check(devices()):
        failed += not line.ok
        echo(f"check {'ok ' if line.ok else 'BAD'}  {line.what}: {line.finding}")
    if failed:
        echo(f"gan-tui: {failed} checks failed: other engines or devices may train (--engine, --device); please report the lines", err=True)
    return FAILED if failed else 0


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="bash|zsh|fish")
def completion(shell: str) -> None:
    """Print the shell's completion script.

    bash, zsh: eval "$(gan-tui completion bash)" in ~/.bashrc or ~/.zshrc; fish: gan-tui completion fish | source
    """
    kind = get_completion_class(shell)
    assert kind is not None
    echo(kind(cli, {}, "gan-tui", COMPLETION_VARIABLE).source())
