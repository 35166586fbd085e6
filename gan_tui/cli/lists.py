"""`presets`, `themes`, `settings` and `completion`: what can be chosen."""

import json
import sys

import click
from click.shell_completion import get_completion_class

from gan_tui import config
from gan_tui.cli.bash_words import BashWords
from gan_tui.cli.group import cli, echo
from gan_tui.cli.wrapping import wrapped
from gan_tui.errors import UserError

STYLE_NET_LINES = (
    "no GAN: a network that repaints photographs in the style of a picture (--style FILE --dataset folder:PHOTOS)",
    "source: Johnson et al. 2016, arXiv:1603.08155",
)
COMPLETION_VARIABLE = "_GAN_TUI_COMPLETE"


@cli.command()
def presets() -> None:
    """List the presets, your own included.

    Your own lie in ~/.config/gan-tui/presets, one TOML file each. One that is broken is listed with what is wrong. `--preset` takes
    a path as well: --preset ./my.toml.
    """
    found, broken = config.list_presets()
    for preset in found:
        echo(preset.name)
        if preset.description:
            _say("  ", preset.description)
        _say("  ", f"file: {preset.path}" if preset.path else f"source: {preset.source}")
        _say("  ", f"measured: {preset.measured or 'not yet'}")
    echo(config.STYLE_NET)
    for line in STYLE_NET_LINES:
        _say("  ", line)
    for one in broken:
        echo(one.name)
        _say("  ", f"broken: {one.reason}")


def _say(lead: str, text: str) -> None:
    for line in wrapped(text, sys.stdout, lead):
        echo(line)


@cli.command()
def themes() -> None:
    """List the themes of the screen, your own included."""
    from gan_tui.dashboard.themes import find_theme, theme_names

    for name in theme_names():
        try:
            find_theme(name)
            echo(name)
        except UserError as error:
            echo(f"{name}  broken: {error}")


@cli.command(short_help="List every setting with its default and meaning.")
def settings() -> None:
    """List every setting with its default and meaning, for --set and --config."""
    for setting in config.settings():
        _say(f"{f'{setting.key} = {json.dumps(setting.default)}':<36}  ", setting.meaning)


@cli.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def completion(shell: str) -> None:
    """Print the shell's completion script.

    For bash, eval "$(gan-tui completion bash)" in ~/.bashrc; for zsh, eval "$(gan-tui completion zsh)" in ~/.zshrc; for fish,
    gan-tui completion fish | source
    """
    kind = BashWords if shell == BashWords.name else get_completion_class(shell)
    assert kind is not None
    echo(kind(cli, {}, "gan-tui", COMPLETION_VARIABLE).source())
