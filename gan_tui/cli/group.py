"""The group that all commands belong to, and the arguments that several of them share."""

import os
import sys
from pathlib import Path

import click
from click.shell_completion import CompletionItem

from gan_tui import __version__
from gan_tui.errors import UserError
from gan_tui.run import directory
from gan_tui.run.directory import RunDirectory


class DefaultToTrain(click.Group):
    """`gan-tui --epochs 3` is `gan-tui train --epochs 3`, and `gan-tui` alone is `gan-tui train`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put `train` where no command is named."""
        own = {option for parameter in self.get_params(ctx) for option in parameter.opts}
        if not args or (args[0].startswith("-") and args[0] not in own):
            args = ["train", *args]
        return super().parse_args(ctx, args)


class RunParameter(click.ParamType[str]):
    """A run by path, name, beginning of a name, or `latest`."""

    name = "run"

    def shell_complete(self, ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[CompletionItem]:
        """The names of the runs that are there."""
        runs = directory.all_runs(ctx.params.get("runs_dir") or directory.default_runs_dir())
        return [CompletionItem(name) for name in [directory.LATEST, *(run.name for run in runs)] if name.startswith(incomplete)]


def _complete_themes(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    from gan_tui.dashboard.themes import theme_names

    return [name for name in theme_names() if name.startswith(incomplete)]


runs_dir_option = click.option(
    "--runs-dir",
    type=click.Path(path_type=Path, file_okay=False),
    callback=lambda _ctx, _param, value: directory.expand(str(value)) if value else directory.default_runs_dir(),
    help=f"Folder that holds the runs.  [default: ${directory.RUNS_VARIABLE}, else ~/gan-tui-runs]",
)
theme_option = click.option("--theme", metavar="NAME", shell_complete=_complete_themes, help="Colours; `gan-tui themes` lists them.")
headless_option = click.option("--headless", is_flag=True, help="No screen: train in the foreground and print the tutorial's lines.")
run_argument = click.argument("run", type=RunParameter(), metavar="RUN")


@click.group(cls=DefaultToTrain, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, "-V", "--version", message="gan-tui %(version)s")
def cli() -> None:
    """Train a GAN and watch its digits appear.

    Without a command, `gan-tui` starts a new run with the preset `classic` on MNIST and opens its dashboard. Training goes on
    when the screen closes; `gan-tui attach` brings it back.

    RUN is a path, a name, an unambiguous beginning of a name, or `latest`.
    """


def has_terminal() -> bool:
    """Is there somebody to look at a screen?"""
    streams = (sys.stdin, sys.stdout, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams) and os.environ.get("TERM") != "dumb"


def check_theme(theme: str | None) -> None:
    """Complain before a run is made, not after. Raises UserError for a theme that is unknown or broken."""
    if theme is None:
        return
    from gan_tui.dashboard.themes import find_theme

    find_theme(theme)


def open_dashboard(run: RunDirectory, mode: str, theme: str | None, command: list[str] | None = None) -> None:
    """Show a run until the person leaves; `command` starts its trainer. Raises UserError where there is no terminal."""
    check_theme(theme)
    if not has_terminal():
        raise UserError("the dashboard needs a terminal; `gan-tui runs` and `gan-tui control` do without")
    from gan_tui.dashboard.app import Mode
    from gan_tui.dashboard.app import open_dashboard as open_here

    open_here(run, Mode[mode], theme, trainer_command=command)
