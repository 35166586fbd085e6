"""`presets`, `themes`, `settings` and `completion`: what can be chosen."""

import json
import sys
from collections.abc import Mapping

import click
from click.shell_completion import get_completion_class

from gan_tui import config
from gan_tui.cli.bash_words import BashWords
from gan_tui.cli.group import cli, echo
from gan_tui.cli.wrapping import wrapped
from gan_tui.errors import UserError
from gan_tui.nearest import perhaps
from gan_tui.printable import printable

STYLE_NET_LINES = (
    "no GAN: a network that repaints photographs in the style of a picture (--style FILE --dataset folder:PHOTOS)",
    "source: Johnson et al. 2016, arXiv:1603.08155",
)
SET_BY: Mapping[str, type[config.RunConfig | config.OptimisationConfig]] = {
    "": config.RunConfig,
    "gan-tui style": config.StyleConfig,
    f"gan-tui --preset {config.STYLE_NET}": config.StyleNetConfig,
    "gan-tui repair, sharpen and project": config.InversionConfig,
}
"""The settings that `--set` changes, by the commands that take them."""
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
@click.argument("which", required=False)
def settings(which: str | None) -> None:
    """List every setting with its default and meaning, for --set and --config.

    First those of a training, then those that other kinds of runs have of their own. WHICH is a section (search), a setting
    (search.rate) or a part of its name (rate): these alone.
    """
    names: set[str] = set()
    missing = True
    for heading, kind in SET_BY.items():
        listed = config.own_settings(kind)
        names |= {one.key for one in listed} | {one.key.partition(".")[0] for one in listed}
        found = [one for one in listed if _is_meant(which, one.key)]
        if found and (heading or which):
            echo(f"{'' if missing else chr(10)}{heading or 'gan-tui'}:")
        for setting in found:
            _say(f"{f'{setting.key} = {json.dumps(setting.default)}':<36}  ", setting.meaning)
            missing = False
    if missing:
        assert which is not None
        said = f"no setting and no section is called '{printable(which)}'{perhaps(which, names)}"
        raise UserError(f"{said}; `gan-tui settings` lists them all")


def _is_meant(which: str | None, key: str) -> bool:
    if which is None:
        return True
    section, _, name = key.partition(".")
    return which in (section, key) or which in name.split("_") or which == name


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
